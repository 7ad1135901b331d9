// Names that must not become paths.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { listManifestAssets } from "../../src/format/asset.ts";
import {
  findPathConflicts,
  findPathFault,
  hasControlCharacter,
  hasDirectionMark,
  quoteName,
} from "../../src/format/asset-path.ts";
import { EncoderfileManifestSchema, FileRole } from "../../src/gen/manifest_pb.ts";

describe("findPathFault()", () => {
  const bad = [
    { path: "", fault: "is empty" },
    { path: "/etc/passwd", fault: "is absolute" },
    { path: "C:/x", fault: "is absolute" },
    { path: "../x", fault: 'has a segment ".."' },
    { path: "a/../../x", fault: 'has a segment ".."' },
    { path: "a/./x", fault: 'has a segment "."' },
    { path: "a//x", fault: 'has a segment ""' },
    { path: "a/", fault: 'has a segment ""' },
    { path: "..", fault: 'has a segment ".."' },
    { path: "a\\b", fault: "contains a backslash" },
    { path: "a\0b", fault: "contains a control character" },
    { path: "a\u001b[2Jb", fault: "contains a control character" },
    { path: "a".repeat(1025), fault: "is longer than 1024" },
    { path: `${"a/".repeat(32)}a`, fault: "is deeper than 32" },
  ];
  for (const { path, fault } of bad) {
    test(`says that ${JSON.stringify(path.slice(0, 20))} ${fault}`, () => {
      expect(findPathFault(path)).toBe(fault);
    });
  }

  test("accepts ordinary paths", () => {
    for (const path of ["a", "1_Pooling/config.json", "..a", "a..", "größe/模型.onnx", ".hidden"]) {
      expect(findPathFault(path)).toBeUndefined();
    }
  });
});

describe("hasControlCharacter()", () => {
  test("knows both ranges and their neighbours", () => {
    for (const text of ["\0", "\u001f", "\u007f", "\u0085", "\u009f"]) {
      expect(hasControlCharacter(text)).toBe(true);
    }
    for (const text of ["", " ", "~", "\u00a0", "😀"])
      expect(hasControlCharacter(text)).toBe(false);
  });
});

describe("hasDirectionMark()", () => {
  test("knows the marks and their neighbours", () => {
    const marks = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
    for (const mark of marks) expect(hasDirectionMark(`a${mark}b`)).toBe(true);
    for (const text of ["", "größe", "模型", "نموذج", "\u200c\u200d", "\u2029", "\u202f"]) {
      expect(hasDirectionMark(text)).toBe(false);
    }
  });
});

describe("quoteName()", () => {
  test("shows what would change the terminal or the direction of writing as its number", () => {
    expect(quoteName("größe/模型 نموذج.onnx")).toBe('"größe/模型 نموذج.onnx"');
    expect(quoteName("a\u001b[2J\u009b\u202e\u2066b")).toBe(
      '"a\\u{1b}[2J\\u{9b}\\u{202e}\\u{2066}b"',
    );
  });

  test("shows no more than a person reads", () => {
    expect(quoteName("x".repeat(100))).toBe(`"${"x".repeat(100)}"`);
    expect(quoteName("🙂".repeat(101))).toBe(`"${"🙂".repeat(100)}..."`);
  });
});

describe("findPathConflicts()", () => {
  const conflicts = (names: readonly string[], role: FileRole = FileRole.OTHER) =>
    findPathConflicts(
      listManifestAssets(
        create(EncoderfileManifestSchema, {
          weights: { name: "onnx/model.onnx" },
          files: names.map((name) => ({ name, role, artifact: {} })),
        }),
      ),
    );

  test("finds names used twice, also with slots and other case", () => {
    expect(conflicts(["a", "A"])).toEqual(['asset "a": the name is used twice']);
    expect(conflicts(["onnx/model.onnx"])).toHaveLength(1);
    expect(conflicts(["model.onnx"])).toEqual([]);
  });

  test("finds external data that would lie on the weights", () => {
    expect(conflicts(["model.onnx"], FileRole.EXTERNAL_DATA)).toHaveLength(1);
  });

  test("finds a file where another asset needs a folder", () => {
    expect(conflicts(["onnx"])).toEqual([
      'asset "onnx/model.onnx": "onnx" is a file, not a folder',
    ]);
    expect(conflicts(["a/b/c", "a"])).toHaveLength(1);
    expect(conflicts(["a/b", "ab"])).toEqual([]);
  });
});
