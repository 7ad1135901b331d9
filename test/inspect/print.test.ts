// Reports as text.
import { expect, test } from "bun:test";
import { printVerify, table } from "../../src/inspect/index.ts";

test("table() aligns columns by what is seen", () => {
  expect(
    table([
      ["a", "b"],
      ["文字", "c"],
    ]),
  ).toBe("  a     b\n  文字  c");
  expect(table([])).toBe("");
});

test("table() lets no control characters through", () => {
  expect(table([["\u001b[2Ja\nb\u202e", "c"]])).toBe("  \\u001b[2Ja\\u000ab\\u202e  c");
});

test.each([
  [{ ok: true, complete: true }, "Intact: every byte is accounted for, model digest ab"],
  [{ ok: true, complete: false }, "Intact as far as the file vouches for itself, model digest ab"],
  [{ ok: false, complete: true }, "Damaged, model digest ab"],
])("printVerify() gives the verdict %j", (verdict, line) => {
  const part = {
    part: "asset",
    name: "model.onnx",
    byteOffset: 1,
    byteLength: 2,
    status: "intact",
  } as const;
  const text = printVerify({ ...verdict, byteLength: 3, modelDigest: "ab", parts: [part] });
  expect(text).toBe(`  intact  asset model.onnx  1  2 bytes\n\n${line}\n`);
});
