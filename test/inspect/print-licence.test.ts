// What a file prints of its model's licence.
import { expect, test } from "bun:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { openFile, writeEncoderfile } from "../../src/format/index.ts";
import { FileRole, ProvenanceSchema } from "../../src/gen/manifest_pb.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { printModelLicence } from "../../src/inspect/index.ts";
import { FileSource, MemorySource } from "../../src/io/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const bytes = (text: string) => new MemorySource(Buffer.from(text), "x");

function printed(provenance: MessageInitShape<typeof ProvenanceSchema>, licence?: string): string {
  using folder = createTempDir();
  const path = folder.join("file");
  const manifest = { modelType: ModelType.EMBEDDING, name: "minilm", version: "1.0.0" };
  const file = { kind: "file", name: "LICENSE", role: FileRole.LICENSE } as const;
  const assets = [
    { kind: "weights", content: bytes("graph") } as const,
    ...(licence === undefined ? [] : [{ ...file, content: bytes(licence) }]),
  ];
  const request = {
    base: bytes("base"),
    manifest: { ...manifest, provenance: create(ProvenanceSchema, provenance) },
    assets,
  };
  writeEncoderfile(request, path);
  using source = new FileSource(path);
  return printModelLicence(openFile(source));
}

test("printModelLicence() names model, licence and repository, safe for a terminal", () => {
  const text = printed({ license: "apache-2.0", repository: "owner/na\u001bme" });
  expect(text).toContain("  licence     apache-2.0\n");
  expect(text).toContain("  model       minilm 1.0.0\n");
  expect(text).toContain("repository");
  expect(text).not.toContain("commit");
  expect(text).not.toContain("\u001b");
});

test("printModelLicence() says when a licence is not stated", () => {
  expect(printed({})).toContain("not stated");
});

test("printModelLicence() prints the licence files of the model, without what moves a cursor", () => {
  const text = printed({ license: "mit" }, "Copyright\tA\r\n\u001b[2JDo as you like.\n");
  expect(text).toContain(
    "LICENSE of the model:\n\nCopyright\tA\n\\u001b[2JDo as you like.\n\nThe rest",
  );
});
