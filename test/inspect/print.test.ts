// Reports as text.
import { expect, test } from "bun:test";
import {
  type InspectReport,
  printInspect,
  printReportJson,
  printVerify,
  table,
} from "../../src/inspect/index.ts";

test("table() aligns columns by what is seen", () => {
  expect(
    table([
      ["a", "b"],
      ["文字", "c"],
    ]),
  ).toBe("  a     b\n  文字  c");
  expect(table([])).toBe("");
});

test("table() goes on in the next line behind a cell that is too long for its column", () => {
  const long = "x".repeat(50);
  const short = "y".repeat(40);
  const rows = [
    ["output", long, "(found)"],
    ["task", short, "(said)"],
    ["last", long, ""],
    ["a", "b", long],
  ];
  expect(table(rows).split("\n")).toEqual([
    `  output  ${long}`,
    `${" ".repeat(52)}(found)`,
    `  task    ${short}  (said)`,
    `  last    ${long}`,
    `  a       b${" ".repeat(39)}  ${long}`,
  ]);
});

test("table() lets no control characters through", () => {
  expect(table([["\u001b[2Ja\nb\u202e", "c"]])).toBe("  \\u001b[2Ja\\u000ab\\u202e  c");
});

/** A file whose every name was chosen to take over the terminal it is shown on. */
const EVIL = "\u001b[2J\u009b1m\u202ex\ny";
const HOSTILE: InspectReport = {
  path: EVIL,
  byteLength: 1,
  name: EVIL,
  version: EVIL,
  task: EVIL,
  modelType: EVIL,
  modelDigest: EVIL,
  sealed: true,
  builderVersion: EVIL,
  base: { version: EVIL, target: EVIL, onnxruntimeVersion: EVIL, byteLength: 1, sha256: EVIL },
  output: EVIL,
  width: 1,
  pooling: [EVIL],
  layers: [{ kind: EVIL, file: EVIL, activation: EVIL }],
  prompts: [{ name: EVIL, text: EVIL }],
  defaultPrompt: EVIL,
  similarity: EVIL,
  sparsePooling: EVIL,
  problemType: EVIL,
  labels: [EVIL],
  labelScheme: EVIL,
  entailment: { entailment: EVIL, contradiction: EVIL, hypothesisTemplate: EVIL },
  quantization: {
    recipe: EVIL,
    layers: [EVIL],
    kept: [{ name: EVIL, reason: EVIL }],
    quality: { texts: 1, textsSha256: EVIL },
  },
  graph: {
    irVersion: 8,
    producer: EVIL,
    opsets: [{ domain: EVIL, version: 1 }],
    inputs: [{ name: EVIL, type: EVIL, shape: [EVIL], role: EVIL }],
    outputs: [{ name: EVIL, type: EVIL, shape: [EVIL] }],
  },
  tokenizer: {
    kind: EVIL,
    vocabularySize: 1,
    maxLength: 1,
    padToken: EVIL,
    padId: 0,
    padSide: "left",
    truncationSide: "left",
    fixedLength: 0,
    truncationStrategy: EVIL,
  },
  assets: [{ name: EVIL, kind: EVIL, byteOffset: 0, byteLength: 1, sha256: EVIL }],
  provenance: {
    license: EVIL,
    repository: EVIL,
    revision: EVIL,
    endpoint: EVIL,
    files: [{ name: EVIL, byteLength: 1, sha256: EVIL }],
  },
  decisions: [{ setting: EVIL, value: EVIL, source: EVIL }],
  problems: [EVIL],
};

test("printInspect() and printReportJson() let no name of a hostile file reach the terminal as it is", () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const treacherous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;
  const text = printInspect(HOSTILE);
  expect(text).not.toMatch(treacherous);
  expect(text).not.toMatch(/^y/m);
  expect(text).toContain("\\u001b[2J\\u009b1m\\u202ex\\u000ay");
  const json = printReportJson(HOSTILE);
  expect(json).not.toMatch(treacherous);
  expect(JSON.parse(json)).toMatchObject({ path: EVIL, labels: [EVIL] });
});

test("printInspect() says what is not known", () => {
  const { graph, tokenizer, provenance } = HOSTILE;
  const text = printInspect({
    ...HOSTILE,
    graph: { ...graph!, producer: null },
    tokenizer: { ...tokenizer!, padToken: null },
    provenance: { ...provenance!, license: null, revision: null },
  });
  for (const words of [/producer +unknown/, /left, no token \(0\)/, /licence +not stated/]) {
    expect(text).toMatch(words);
  }
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
