// Which assets a manifest has, and where they belong.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { ASSET_SLOTS, isBulk, listManifestAssets, originalPath } from "../../src/format/asset.ts";
import { EncoderfileManifestSchema, FileRole } from "../../src/gen/manifest_pb.ts";

describe("listManifestAssets()", () => {
  test("gives slots by number, then files, with their names", () => {
    const manifest = create(EncoderfileManifestSchema, {
      tokenizer: {},
      weights: { name: "onnx/model.onnx" },
      files: [
        { name: "LICENSE", role: FileRole.LICENSE, artifact: {} },
        { name: "none", role: FileRole.OTHER },
      ],
    });
    expect(listManifestAssets(manifest).map(({ kind, name, role }) => [kind, name, role])).toEqual([
      ["weights", "onnx/model.onnx", undefined],
      ["tokenizer", "tokenizer.json", undefined],
      ["file", "LICENSE", FileRole.LICENSE],
    ]);
  });

  test("knows every slot of the published format", () => {
    const slots = EncoderfileManifestSchema.fields.filter(
      ({ number }) => number >= 100 && number < 1000,
    );
    expect(ASSET_SLOTS.map(({ field, number }): [string, number] => [field, number])).toEqual(
      slots.map(({ localName, number }): [string, number] => [localName, number]),
    );
  });
});

describe("isBulk()", () => {
  test("is true of weights and external data only", () => {
    expect(isBulk({ kind: "weights" })).toBe(true);
    expect(isBulk({ kind: "file", role: FileRole.EXTERNAL_DATA })).toBe(true);
    expect(isBulk({ kind: "file", role: FileRole.OTHER })).toBe(false);
    expect(isBulk({ kind: "tokenizer" })).toBe(false);
  });
});

describe("originalPath()", () => {
  const cases = [
    { role: FileRole.LICENSE, weights: "onnx/model.onnx", path: "data" },
    { role: FileRole.EXTERNAL_DATA, weights: "onnx/model.onnx", path: "onnx/data" },
    { role: FileRole.EXTERNAL_DATA, weights: "model.onnx", path: "data" },
    { role: FileRole.EXTERNAL_DATA, weights: "", path: "data" },
  ];
  for (const { role, weights, path } of cases) {
    test(`puts role ${role} beside "${weights}" at ${path}`, () => {
      expect(originalPath({ name: "data", role }, weights)).toBe(path);
    });
  }
});
