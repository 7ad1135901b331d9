// What weights cost, by graphs of the fixture maker and by graphs written down here.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { FileSource } from "../../src/io/index.ts";
import { weightFacts } from "../../src/measure/index.ts";
import type { GraphNode, Initializer, ScannedModel } from "../../src/onnx/index.ts";
import { scanModel } from "../../src/onnx/index.ts";

const FLOAT32 = 1;
const INT8 = 3;
const FLOAT16 = 10;

const field = { number: 0, start: 0, end: 0 } as unknown as Initializer["field"];

function weight(name: string, elementType: number, ...dims: readonly number[]): Initializer {
  const place = { kind: "raw", byteOffset: 0, byteLength: 0 } as const;
  return { name, elementType, dims, place, field, dataFields: [] };
}

function node(operator: string, inputs: readonly string[], output = "y"): GraphNode {
  return { operator, inputs, outputs: [output] };
}

function facts(initializers: readonly Initializer[], nodes: readonly GraphNode[]) {
  return weightFacts({ initializers, nodes } as unknown as ScannedModel);
}

describe("weightFacts()", () => {
  const CASES: readonly (readonly [string, Initializer, readonly GraphNode[], number])[] = [
    ["a product", weight("w", FLOAT32, 4, 8), [node("MatMul", ["x", "w"])], 128],
    ["Gemm", weight("w", FLOAT32, 4, 8), [node("Gemm", ["x", "w", "b"])], 128],
    ["bytes", weight("w", INT8, 4, 8), [node("MatMulInteger", ["x", "w"])], 32],
    [
      "operators of ONNX Runtime",
      weight("w", INT8, 4, 8),
      [node("com.microsoft:DynamicQuantizeMatMul", ["x", "w"])],
      32,
    ],
    ["halves, which become whole", weight("w", FLOAT16, 4, 8), [node("MatMul", ["x", "w"])], 128],
    [
      "what is transposed before",
      weight("w", FLOAT32, 4, 8),
      [node("Transpose", ["w"], "t"), node("MatMul", ["x", "t"])],
      128,
    ],
    [
      "two readers of one matrix",
      weight("w", FLOAT32, 4, 8),
      [node("MatMul", ["x", "w"], "a"), node("MatMul", ["a", "w"])],
      256,
    ],
    ["a table that is looked up", weight("w", FLOAT32, 4, 8), [node("Gather", ["w", "x"])], 0],
    ["a stack of matrices", weight("w", FLOAT32, 2, 4, 8), [node("MatMul", ["x", "w"])], 0],
    ["a matrix on the left", weight("w", FLOAT32, 4, 8), [node("MatMul", ["w", "x"])], 0],
    ["a product of activations", weight("w", FLOAT32, 4, 8), [node("MatMul", ["x", "z"])], 0],
    [
      "a circle",
      weight("w", FLOAT32, 4, 8),
      [node("Transpose", ["a"], "b"), node("Transpose", ["b"], "a"), node("MatMul", ["x", "a"])],
      0,
    ],
  ];

  test.each(CASES)("copies what is multiplied: %s", (_, initializer, nodes, packedBytes) => {
    const found = facts([initializer], nodes);
    expect(found.packedBytes).toBe(packedBytes);
    expect(found.mappedBytes).toBe(packedBytes === 0 ? found.weightBytes : 0);
  });

  test("tells what is computed from what lies in the file", () => {
    const [w, half] = [weight("w", FLOAT32, 4, 8), weight("h", FLOAT16, 4, 8)];
    const nodes = [
      node("MatMul", ["x", "w"], "a"),
      node("Transpose", ["w"], "t"),
      node("MatMul", ["a", "t"], "b"),
      node("MatMul", ["b", "h"]),
    ];
    expect(facts([w, half], nodes)).toMatchObject({ packedBytes: 384, foldedBytes: 256 });
  });

  test("finds the widths of a model, and takes no vocabulary for one", async () => {
    const modelDir = await makeFixture({ shape: "tiny", head: "masked-lm" });
    using source = new FileSource(join(modelDir, "model.onnx"));
    const { hidden, inner, weightBytes, packedBytes } = weightFacts(scanModel(source));
    expect(inner).toBeGreaterThanOrEqual(hidden);
    expect(inner).toBeLessThanOrEqual(16 * hidden);
    expect(packedBytes).toBeLessThan(2 * weightBytes);
    expect(hidden).toBeGreaterThan(0);
  });

  test("of a graph without a product has no widths", () => {
    expect(facts([], [])).toEqual({
      weightBytes: 0,
      packedBytes: 0,
      foldedBytes: 0,
      inlineBytes: 0,
      mappedBytes: 0,
      hidden: 0,
      inner: 0,
    });
  });
});
