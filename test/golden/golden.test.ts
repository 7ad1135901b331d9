// The stored document: what is written is read again, and nothing else is.
import { describe, expect, test } from "bun:test";
import {
  GOLDENS_BYTES_MAX,
  type GoldenDocument,
  printGoldens,
  readStoredGoldens,
} from "../../src/golden/index.ts";
import { thrownBy } from "../helper/coded.ts";

const DOCUMENT: GoldenDocument = {
  precision: "float32",
  batchInvariant: true,
  goldens: [
    {
      name: "short",
      origin: "builder",
      operation: "predict",
      request: { inputs: ["a"] },
      response: { results: [{ embedding: [0.1] }] },
      tolerance: 1e-4,
    },
    {
      name: "\u05d0\n",
      origin: "given",
      operation: "embed",
      request: { inputs: "b" },
      response: [[0.1, -2e-7]],
      tolerance: 0,
    },
  ],
};

const bytesOf = (text: string) => new TextEncoder().encode(text);
const refusal = (text: string) => {
  const error = thrownBy(() => readStoredGoldens(bytesOf(text)));
  expect(error.code).toBe("GOLDEN_DAMAGED");
  return error.message;
};

describe("readStoredGoldens()", () => {
  test.each([
    ["two", DOCUMENT],
    ["none", { precision: "rough", batchInvariant: false, goldens: [] }],
  ] as const)("readStoredGoldens() reads what printGoldens() wrote: %s", (_, document) => {
    const bytes = printGoldens(document);
    expect(readStoredGoldens(bytes)).toEqual(document);
    expect(printGoldens(readStoredGoldens(bytes))).toEqual(bytes);
  });

  test("printGoldens() writes a golden per line", () => {
    const lines = new TextDecoder().decode(printGoldens(DOCUMENT)).trimEnd().split("\n");
    expect(lines).toHaveLength(DOCUMENT.goldens.length + 2);
    expect(lines[0]).toBe('{"version":1,"precision":"float32","batch_invariant":true,"goldens":[');
  });

  const [golden] = DOCUMENT.goldens;
  const head = { version: 1, precision: "float32", batch_invariant: true };
  const withGolden = (change: object) =>
    JSON.stringify({ ...head, goldens: [{ ...golden, ...change }] });

  test.each([
    ["no JSON", "{", "JSON"],
    ["nothing", "", "JSON"],
    ["an array", "[]", "an object is expected: found an array of 0"],
    [
      "another version",
      JSON.stringify({ ...head, version: 2, goldens: [] }),
      '"version": 1 is expected: found 2',
    ],
    ["no version", JSON.stringify({ goldens: [] }), '"version": 1 is expected: found nothing'],
    ["no precision", JSON.stringify({ version: 1, goldens: [] }), '"precision"'],
    [
      "no word on batches",
      JSON.stringify({ ...head, batch_invariant: 1, goldens: [] }),
      '"batch_invariant"',
    ],
    ["an unknown field", JSON.stringify({ ...head, extra: 1, goldens: [] }), 'no field "extra"'],
    ["no goldens", JSON.stringify(head), '"goldens": an array of at most 1000'],
    [
      "too many",
      JSON.stringify({ ...head, goldens: Array(1001).fill(0) }),
      "found an array of 1001",
    ],
    [
      "a golden that is none",
      JSON.stringify({ ...head, goldens: [golden, 5] }),
      "golden 2: an object",
    ],
    ["a field of a golden", withGolden({ extra: 1 }), 'golden 1: no field "extra"'],
    ["an empty name", withGolden({ name: "" }), '"name"'],
    ["a long name", withGolden({ name: "x".repeat(201) }), '"name"'],
    [
      "a name that is none",
      withGolden({ name: 5 }),
      '"name": a text of 1 to 200 characters is expected: found 5',
    ],
    ["an origin", withGolden({ origin: "else" }), '"origin"'],
    ["an operation", withGolden({ operation: "train" }), '"operation": one of predict'],
    [
      "a request",
      withGolden({ request: [] }),
      '"request": an object is expected: found an array of 0',
    ],
    ["no response", withGolden({ response: undefined }), '"response"'],
    ["a response of null", withGolden({ response: null }), '"response"'],
    ["a response that every answer meets", withGolden({ response: {} }), '"response"'],
    ["a negative tolerance", withGolden({ tolerance: -1 }), '"tolerance": a number of at least 0'],
    ["a tolerance beyond numbers", withGolden({}).replace("0.0001", "1e999"), '"tolerance"'],
    ["depth", `${"[".repeat(100_000)}`, "nested levels"],
  ] as const)("readStoredGoldens() refuses %s", (_, text, words) => {
    expect(refusal(text)).toContain(words);
  });

  test("readStoredGoldens() refuses bytes that are no UTF-8, and too many of them", () => {
    const error = thrownBy(() => readStoredGoldens(Uint8Array.of(0x22, 0xff, 0x22)));
    expect(error.message).toContain("UTF-8");
    const large = new Uint8Array(GOLDENS_BYTES_MAX + 1).fill(0x20);
    expect(thrownBy(() => readStoredGoldens(large)).message).toContain(String(GOLDENS_BYTES_MAX));
  });

  test("readStoredGoldens() takes brackets in texts for what they are", () => {
    const name = `\\"${"[".repeat(100)}`;
    const text = withGolden({ name });
    expect(readStoredGoldens(bytesOf(text)).goldens[0]?.name).toBe(name);
  });

  test("readStoredGoldens() refuses every cut of a document", () => {
    const bytes = printGoldens(DOCUMENT);
    for (let length = 0; length < bytes.length - 2; length++) {
      expect(thrownBy(() => readStoredGoldens(bytes.subarray(0, length))).code).toBe(
        "GOLDEN_DAMAGED",
      );
    }
  });
});
