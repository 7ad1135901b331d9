// What of a batch belongs to which input.
import { describe, expect, test } from "bun:test";
import { AssertionError } from "../../src/error/index.ts";
import { inputRows, tokenRows } from "../../src/tensor/index.ts";

const output = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 3, 2] };
const mask = { data: Uint8Array.of(1, 1, 0, 0, 0, 1), batch: 2, sequence: 3 };

describe("rows", () => {
  test("inputRows() gives one row per input", () => {
    const rows = inputRows({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    expect(rows).toEqual([
      { data: Float32Array.of(1, 2, 3), rows: 1, columns: 3 },
      { data: Float32Array.of(4, 5, 6), rows: 1, columns: 3 },
    ]);
  });

  test("tokenRows() keeps the real tokens, whichever side the padding is on", () => {
    expect(tokenRows(output, mask)).toEqual([
      { data: Float32Array.of(0, 1, 2, 3), rows: 2, columns: 2 },
      { data: Float32Array.of(10, 11), rows: 1, columns: 2 },
    ]);
  });

  test("tokenRows() gives no row for an input without a token", () => {
    const [first] = tokenRows(output, { ...mask, data: new Uint8Array(6) });
    expect(first).toEqual({ data: new Float32Array(0), rows: 0, columns: 2 });
  });

  test("inputRows() and tokenRows() copy, so that no batch is kept alive", () => {
    expect(tokenRows(output, mask)[0]?.data.buffer.byteLength).toBe(16);
    const [row] = inputRows({ data: new Float32Array(6), shape: [2, 3] });
    expect(row?.data.buffer.byteLength).toBe(12);
  });

  test.each([
    ["a rank of its own", () => tokenRows({ ...output, shape: [6, 2] }, mask)],
    ["another sequence", () => tokenRows(output, { ...mask, sequence: 2 })],
    ["another batch", () => tokenRows(output, { ...mask, batch: 3 })],
    ["too little data", () => tokenRows({ ...output, data: new Float32Array(4) }, mask)],
    ["a rank of three", () => inputRows(output)],
    ["too much data", () => inputRows({ data: new Float32Array(7), shape: [2, 3] })],
  ])("rows assert against an output with %s", (_, run) => {
    expect(run).toThrow(AssertionError);
  });
});
