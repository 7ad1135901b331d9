// Rules of the manifest that protobuf cannot say.
import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  decodeManifest,
  encodeManifest,
  FILES_MAX,
  listAssets,
  MANIFEST_LENGTH_MAX,
} from "../../src/format/manifest.ts";
import {
  type EncoderfileManifest,
  EncoderfileManifestSchema,
  FileRole,
} from "../../src/gen/manifest_pb.ts";
import { thrownBy } from "../helper/coded.ts";

const sha256 = new Uint8Array(32);
const artifact = { offset: 100n, length: 5n, sha256 };

function manifest(init: MessageInitShape<typeof EncoderfileManifestSchema>): EncoderfileManifest {
  return create(EncoderfileManifestSchema, { modelType: 1, name: "m", version: "1", ...init });
}

describe("encodeManifest()", () => {
  test("is undone by decodeManifest() and gives the same bytes again", () => {
    const bytes = encodeManifest(manifest({ weights: artifact, builderVersion: "0.1.0" }), "x");
    const decoded = decodeManifest(bytes, "x");
    expect(decoded.weights?.offset).toBe(100n);
    expect(encodeManifest(decoded, "x").toHex()).toBe(bytes.toHex());
  });

  test("keeps the length whatever the places and digests", () => {
    const lengthOf = (offset: bigint, byte: number) =>
      encodeManifest(
        manifest({ weights: { offset, length: 5n, sha256: new Uint8Array(32).fill(byte) } }),
        "x",
      ).length;
    expect(lengthOf(1n, 0)).toBe(lengthOf(2n ** 52n, 255));
  });

  const tooLarge: readonly {
    what: string;
    init: MessageInitShape<typeof EncoderfileManifestSchema>;
    field: string;
  }[] = [
    {
      what: "labels",
      init: { model: { labels: Array(50_000).fill("a".repeat(100)), output: "logits" } },
      field: "labels",
    },
    {
      what: "one label",
      init: { model: { labels: ["a".repeat(MANIFEST_LENGTH_MAX)], decisions: [{}] } },
      field: "labels",
    },
    {
      what: "a graph",
      init: { model: { graph: { producer: "a".repeat(MANIFEST_LENGTH_MAX) }, labels: ["a"] } },
      field: "graph",
    },
    {
      what: "provenance",
      init: { provenance: { license: "a".repeat(MANIFEST_LENGTH_MAX) }, model: { labels: ["a"] } },
      field: "provenance",
    },
  ];
  for (const { what, init, field } of tooLarge) {
    test(`refuses a manifest that is too large for ${what}, as the fault of the model`, () => {
      const error = thrownBy(() => encodeManifest(manifest(init), "x"));
      expect([error.code, error.kind]).toEqual(["FORMAT_CANNOT_HOLD", "invalid_config"]);
      expect(error.message).toMatch(
        new RegExp(
          `^Cannot write "x" as its manifest would have \\d+ bytes, more than 4194304: \\d+ of them are ${field}: `,
        ),
      );
      expect(error.detail["field"]).toBe(field);
    });
  }

  const MARK = "\u202e";
  const turned: readonly {
    what: string;
    init: MessageInitShape<typeof EncoderfileManifestSchema>;
  }[] = [
    { what: "name", init: { name: `m${MARK}` } },
    { what: "version", init: { version: `m${MARK}` } },
    { what: "weights", init: { weights: { ...artifact, name: `m${MARK}` } } },
    { what: "file", init: { files: [{ name: `m${MARK}`, artifact }] } },
  ];
  for (const { what, init } of turned) {
    test(`refuses a direction mark in the ${what}, which decodeManifest() takes`, () => {
      const error = thrownBy(() => encodeManifest(manifest(init), "x"));
      expect(error.code).toBe("FORMAT_CANNOT_HOLD");
      expect(error.message).toEndWith(`${what}: "m\\u{202e}" turns the direction of writing`);
      const bytes = toBinary(EncoderfileManifestSchema, manifest(init));
      expect(decodeManifest(bytes, "x")).toEqual(manifest(init));
    });
  }
});

describe("decodeManifest()", () => {
  test("rejects bytes that are no protobuf, with the reason as cause", () => {
    const error = thrownBy(() => decodeManifest(new Uint8Array([0xff]), "x"));
    expect(error.code).toBe("FORMAT_BAD_MANIFEST");
    expect(error.cause).toBeInstanceOf(Error);
  });

  test("rejects groups nested as deep as they fit", () => {
    const bytes = new Uint8Array(MANIFEST_LENGTH_MAX);
    for (let index = 0; index < bytes.length; index += 2) bytes.set([0xa3, 0x7d], index);
    expect(thrownBy(() => decodeManifest(bytes, "x")).code).toBe("FORMAT_BAD_MANIFEST");
  });

  test("skips fields it does not know", () => {
    const bytes = encodeManifest(manifest({}), "x");
    const unknown = Uint8Array.from([...bytes, 0xa2, 0xf4, 0x03, 0x01, 0x61]);
    expect(decodeManifest(unknown, "x").name).toBe("m");
  });
});

describe("a checked manifest", () => {
  const file = { name: "a", role: 7, artifact };
  const cases: readonly {
    what: string;
    init: MessageInitShape<typeof EncoderfileManifestSchema>;
    fault: string;
  }[] = [
    { what: "no model type", init: { modelType: 0 }, fault: "model_type: is not stated" },
    { what: "a long name", init: { name: "a".repeat(1025) }, fault: "name: has 1025 characters" },
    {
      what: "a control character",
      init: { version: "\u001b" },
      fault: "version: contains a control",
    },
    {
      what: "a place beyond 2^53",
      init: { weights: { ...artifact, offset: 2n ** 53n - 1n } },
      fault: "weights: offset 9007199254740991 and length 5",
    },
    {
      what: "a short digest",
      init: { tokenizer: { ...artifact, sha256: new Uint8Array(31) } },
      fault: "tokenizer: the sha256 has 31 bytes, not 32",
    },
    {
      what: "a slot name outside",
      init: { modelConfig: { ...artifact, name: "../x" } },
      fault: 'model_config: the name "../x" has a segment',
    },
    {
      what: "a file without name",
      init: { files: [{ ...file, name: "" }] },
      fault: 'files[0]: the name "" is empty',
    },
    {
      what: "a file without artifact",
      init: { files: [{ name: "a" }] },
      fault: "files[0]: has no artifact",
    },
    {
      what: "a file with two names",
      init: { files: [{ ...file, artifact: { ...artifact, name: "b" } }] },
      fault: "files[0]: has two names",
    },
    {
      what: "a name twice",
      init: { files: [file, file] },
      fault: 'asset "a": the name is used twice',
    },
    {
      what: "too many files",
      init: { files: Array(FILES_MAX + 1).fill(file) },
      fault: "files: found 4097, at most 4096",
    },
    {
      what: "a base beyond 2^53",
      init: { base: { sha256, length: 2n ** 53n } },
      fault: "base: length 9007199254740992 lies beyond any file",
    },
    {
      what: "a base without digest",
      init: { base: {} },
      fault: "base: the sha256 has 0 bytes, not 32",
    },
  ];
  for (const { what, init, fault } of cases) {
    test(`has not ${what}`, () => {
      const bytes = toBinary(EncoderfileManifestSchema, manifest(init));
      const reading = thrownBy(() => decodeManifest(bytes, "x"));
      expect([reading.code, reading.kind]).toEqual(["FORMAT_BAD_MANIFEST", "invalid_file"]);
      expect(reading.message).toContain(`breaks the rules of the format: ${fault}`);
      const writing = thrownBy(() => encodeManifest(manifest(init), "x"));
      expect([writing.code, writing.kind]).toEqual(["FORMAT_CANNOT_HOLD", "invalid_config"]);
      expect(writing.message).toBe(
        `Cannot write "x" as no encoderfile can hold this: ${writing.detail["faults"]}`,
      );
      expect(writing.message).toContain(fault);
    });
  }

  test("is refused with all its faults at once", () => {
    const error = thrownBy(() =>
      encodeManifest(manifest({ modelType: 0, base: {}, weights: {} }), "x"),
    );
    expect(error.detail["faults"]).toHaveLength(3);
  });

  test("is refused with no more faults than a person reads", () => {
    const files = Array.from({ length: 100 }, () => ({ name: "" }));
    const error = thrownBy(() => encodeManifest(manifest({ files }), "x"));
    expect(error.detail["faults"]).toHaveLength(11);
    expect(error.message).toEndWith("and 190 more");
  });
});

describe("listAssets()", () => {
  test("gives absolute places and hexadecimal digests", () => {
    const files = [{ name: "LICENSE", role: FileRole.LICENSE, artifact }];
    expect(listAssets(manifest({ weights: artifact, files }), 1000)).toEqual([
      {
        kind: "weights",
        name: "model.onnx",
        byteOffset: 1100,
        byteLength: 5,
        sha256: "00".repeat(32),
      },
      {
        kind: "file",
        name: "LICENSE",
        role: 5,
        byteOffset: 1100,
        byteLength: 5,
        sha256: "00".repeat(32),
      },
    ]);
  });
});
