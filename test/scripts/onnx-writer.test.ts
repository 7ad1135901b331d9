// The bytes the ONNX writer makes; that the graphs run is shown by the fixtures' own tests.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeOnnxModel,
  type OnnxModel,
  type OnnxTensor,
  tensorByteLength,
  writeOnnxModel,
} from "../../scripts/fixture/onnx-writer.ts";
import { openGraph } from "./run-graph.ts";

const folder = await mkdtemp(join(tmpdir(), "onnx-writer-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

function tensor(name: string, values: readonly number[]): OnnxTensor {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { name, type: "float32", dims: [values.length], bytes: () => bytes };
}

function sumModel(initializers: readonly OnnxTensor[]): OnnxModel {
  const [first, second] = initializers.map(({ name }) => name) as [string, string];
  return {
    irVersion: 8,
    producerName: "test",
    producerVersion: "1",
    opsets: [{ domain: "", version: 17 }],
    graphName: "sum",
    nodes: [
      { name: "one", opType: "Add", inputs: ["x", first], outputs: ["middle"] },
      { name: "two", opType: "Add", inputs: ["middle", second], outputs: ["y"] },
    ],
    initializers,
    inputs: [{ name: "x", type: "float32", dims: ["n", 4] }],
    outputs: [{ name: "y", type: "float32", dims: ["n", 4] }],
  };
}

const MODEL = sumModel([tensor("a", [1, 2, 3, 4]), tensor("b", [10, 20, 30, 40])]);

describe("encodeOnnxModel()", () => {
  test("holds the raw bytes of its tensors", () => {
    const file = Buffer.concat([...encodeOnnxModel(MODEL)]);
    for (const { bytes } of MODEL.initializers) expect(file.includes(bytes())).toBe(true);
    // Field 1, ir_version, comes first.
    expect([...file.subarray(0, 2)]).toEqual([0x08, 8]);
  });

  test("refuses a tensor whose bytes do not fit its shape", () => {
    const wrong = { ...tensor("a", [1, 2, 3]), dims: [4] };
    const model = sumModel([wrong, tensor("b", [1, 2, 3, 4])]);
    expect(() => [...encodeOnnxModel(model)]).toThrow("a needs 16 bytes, not 12");
  });
});

describe("writeOnnxModel()", () => {
  test("places large tensors in the external file at aligned offsets", async () => {
    const path = join(folder, "model.onnx");
    await writeOnnxModel(path, MODEL, { locations: ["weights"], byteLengthMin: 16, alignment: 64 });
    const data = await readFile(join(folder, "weights"));
    expect(data.length).toBe(64 + 16);
    expect([...new Float32Array(data.buffer, data.byteOffset, 4)]).toEqual([1, 2, 3, 4]);
    expect(data.readFloatLE(64)).toBe(10);
    const graph = await readFile(path);
    expect(graph.includes(data.subarray(64))).toBe(false);
    const session = await openGraph(folder);
    expect(session.inputNames).toEqual(["x"]);
    await session.release();
  });
});

describe("tensorByteLength()", () => {
  test.each([
    ["float32", [2, 3], 24],
    ["float16", [2, 3], 12],
    ["int64", [], 8],
    ["bool", [5, 0], 0],
  ] as const)("counts %s %p", (type, dims, expected) => {
    expect(tensorByteLength(type, dims)).toBe(expected);
  });
});
