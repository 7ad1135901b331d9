// Patterns of exporters, each in a graph of its own: what becomes of it, and that it computes the same as before.
import { describe, expect, test } from "bun:test";
import { create, toBinary } from "@bufbuild/protobuf";
import * as ort from "onnxruntime-node";
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  TensorProtoSchema,
} from "../../src/gen/onnx_pb.ts";
import { MemorySource } from "../../src/io/index.ts";
import { Quantizer, quantizeGraph } from "../../src/quantize/index.ts";
import { thrownBy } from "../helper/coded.ts";
import {
  bytesOf,
  constant,
  distance,
  type Feeds,
  float,
  floatInput,
  floatTensor,
  type HandMade,
  handMade,
  int,
  ints,
  NO_FILES,
  node,
  operators,
  parsed,
  quantize,
  randomFloats,
  run,
} from "./graph.ts";

/** Half a step of 1/127 of weights and of 1/255 of activations, summed over many terms. */
const CLOSE = 0.02;

const DQMM = "DynamicQuantizeMatMul";
const DQL = "DynamicQuantizeLinear";
const MMITF = "MatMulIntegerToFloat";
const LOOK_UP = ["Gather", "Gather", "Cast", "Mul"];
const TABLE = [2048, 32];

const ids: Feeds = {
  ids: new ort.Tensor("int64", BigInt64Array.from([0n, 7n, 2047n, -1n]), [2, 2]),
};

const W = floatTensor("w", [64, 32]);
const TURNED = floatTensor("turned", [32, 64]);
const BIAS = floatTensor("bias", [32]);
const LINEAR: HandMade = { nodes: [node("MatMul", ["x", "w"], "y")], tensors: [W] };

type Case = {
  readonly graph: HandMade;
  readonly becomes: readonly string[];
  readonly feeds?: Feeds;
};

const CASES: Readonly<Record<string, Case>> = {
  "MatMul by an initializer": { graph: LINEAR, becomes: [DQMM] },
  "MatMul by a Constant": {
    graph: { nodes: [constant(W), node("MatMul", ["x", "w"], "y")] },
    becomes: [DQMM],
  },
  "MatMul by a transposed initializer": {
    graph: {
      nodes: [
        node("Transpose", ["turned"], "t", [ints("perm", [1, 0])]),
        node("MatMul", ["x", "t"], "y"),
      ],
      tensors: [TURNED],
    },
    becomes: [DQMM],
  },
  "MatMul and Add": {
    graph: {
      nodes: [node("MatMul", ["x", "w"], "h"), node("Add", ["bias", "h"], "y")],
      tensors: [W, BIAS],
    },
    becomes: [DQMM],
  },
  "MatMul and Add of a Constant between them": {
    graph: {
      nodes: [node("MatMul", ["x", "w"], "h"), constant(BIAS), node("Add", ["h", "bias"], "y")],
      tensors: [W],
    },
    becomes: ["Constant", DQMM],
  },
  "MatMul whose sum the graph answers with": {
    graph: {
      nodes: [node("MatMul", ["x", "w"], "h"), node("Add", ["h", "bias"], "y")],
      tensors: [W, BIAS],
      outputs: ["y", "h"],
    },
    becomes: [DQMM, "Add"],
  },
  "three products of the same activations": {
    graph: {
      nodes: [
        node("MatMul", ["x", "w"], "q"),
        node("MatMul", ["x", "w2"], "k"),
        node("MatMul", ["x", "w"], "v"),
        node("Sum", ["q", "k", "v"], "y"),
      ],
      tensors: [W, floatTensor("w2", [64, 32])],
    },
    becomes: [DQL, MMITF, MMITF, MMITF, "Sum"],
  },
  "a shared initializer behind Identity": {
    graph: {
      nodes: [
        node("Identity", ["w"], "same"),
        node("MatMul", ["x", "same"], "h"),
        node("Relu", ["h"], "y"),
      ],
      tensors: [W],
    },
    becomes: [DQMM, "Relu"],
  },
  "Gemm with transB, alpha, beta and a bias": {
    graph: {
      nodes: [
        node("Gemm", ["x", "turned", "bias"], "y", [
          int("transB", 1),
          float("alpha", -0.5),
          float("beta", 2),
        ]),
      ],
      tensors: [TURNED, BIAS],
    },
    becomes: [DQMM],
    feeds: floatInput("x", [5, 64]),
  },
  "Gemm with one number for a bias": {
    graph: {
      nodes: [node("Gemm", ["x", "w", "one"], "y")],
      tensors: [W, floatTensor("one", [1])],
    },
    becomes: [DQMM],
    feeds: floatInput("x", [5, 64]),
  },
  "Gemm with a bias per row": {
    graph: {
      nodes: [node("Gemm", ["x", "w", "column"], "y")],
      tensors: [W, floatTensor("column", [5, 1])],
    },
    becomes: [DQMM, "Add"],
    feeds: floatInput("x", [5, 64]),
  },
  "Gemm with a bias of the graph": {
    graph: {
      nodes: [node("Gemm", ["x", "w", "b"], "y")],
      tensors: [W],
      inputs: { x: "float32", b: "float32" },
    },
    becomes: [DQMM, "Add"],
    feeds: { ...floatInput("x", [5, 64]), ...floatInput("b", [32]) },
  },
  "Gather of a table": {
    graph: {
      nodes: [node("Gather", ["table", "ids"], "y")],
      tensors: [floatTensor("table", TABLE)],
      inputs: { ids: "int64" },
    },
    becomes: LOOK_UP,
    feeds: ids,
  },
  "a table that is the head's weight, too": {
    graph: {
      nodes: [
        node("Gather", ["table", "ids"], "h"),
        node("Transpose", ["table"], "head"),
        node("MatMul", ["h", "head"], "y"),
      ],
      tensors: [floatTensor("table", TABLE)],
      inputs: { ids: "int64" },
    },
    becomes: [...LOOK_UP, DQMM],
    feeds: ids,
  },
};

describe("quantizeGraph() of hand-made graphs", () => {
  test.each(Object.entries(CASES))("rounds %s", async (_, { graph, becomes, feeds }) => {
    const quantized = quantize(graph);
    expect(operators(quantized)).toEqual([...becomes]);
    const given = feeds ?? floatInput("x", [2, 3, 64]);
    const before = await run(bytesOf(handMade(graph)), given);
    const after = await run(quantized.bytes, given);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, numbers] of Object.entries(before)) {
      expect(distance(numbers, after[name]!)).toBeLessThan(CLOSE);
      // Something was rounded, and it shows.
      expect(after[name]).not.toEqual(numbers);
    }
  });

  test("keeps one copy of a weight that several layers read, and none in float32", () => {
    const graph = parsed(
      quantize(CASES["three products of the same activations"]!.graph).bytes,
    ).graph;
    const names = graph?.initializer.map(({ name, dataType }) => `${name} ${dataType}`);
    expect(names?.toSorted()).toEqual(["w2_int8 3", "w2_scale 1", "w_int8 3", "w_scale 1"]);
  });

  test("reads weights in lists of numbers and in files beside the graph, and holds all of them itself", () => {
    const values = randomFloats("w", 64 * 32);
    const listed = create(TensorProtoSchema, {
      name: "w",
      dims: [64n, 32n],
      dataType: 1,
      floatData: [...values],
    });
    const external = create(TensorProtoSchema, {
      name: "w",
      dims: [64n, 32n],
      dataType: 1,
      dataLocation: 1,
      externalData: [
        { key: "location", value: "weights.bin" },
        { key: "offset", value: "3" },
        { key: "length", value: String(values.byteLength) },
      ],
    });
    const file = new Uint8Array(3 + values.byteLength);
    file.set(new Uint8Array(values.buffer), 3);
    const expected = quantize(LINEAR).bytes;
    const read = (location: string, range: { byteOffset: number; byteLength: number }) => {
      expect(location).toBe("weights.bin");
      return file.subarray(range.byteOffset, range.byteOffset + range.byteLength);
    };
    expect(quantize({ ...LINEAR, tensors: [listed] }).bytes).toEqual(expected);
    expect(quantize({ ...LINEAR, tensors: [external] }, {}, read).bytes).toEqual(expected);
    // A layer that is kept moves into the graph as it is.
    const kept = quantize({ ...LINEAR, tensors: [external] }, { exclude: ["w"] }, read);
    expect(parsed(kept.bytes).graph?.initializer[0]?.rawData).toEqual(file.slice(3));
  });

  test("takes initializers that are inputs, too, out of both lists", async () => {
    const graph = { ...LINEAR, inputs: { x: "float32", w: "float32" }, irVersion: 3 } as const;
    const { bytes } = quantize(graph);
    expect(parsed(bytes).graph?.input.map(({ name }) => name)).toEqual(["x"]);
    expect(await run(bytes, floatInput("x", [1, 64]))).toHaveProperty("y");
  });
});

const REASONS: readonly (readonly [reason: string, graph: HandMade])[] = [
  [
    "it has 6 weights (the least worth rounding is 1024)",
    { ...LINEAR, tensors: [floatTensor("w", [2, 3])] },
  ],
  ["its weights have 3 axes, not 2", { ...LINEAR, tensors: [floatTensor("w", [2, 32, 32])] }],
  [
    "its weights have the sizes -64 and -32",
    { ...LINEAR, tensors: [floatTensor("w", [-64, -32])] },
  ],
  [
    "its weights are float16, not float32",
    {
      ...LINEAR,
      tensors: [create(TensorProtoSchema, { name: "w", dims: [64n, 32n], dataType: 10 })],
    },
  ],
  [
    "some of its weights are not finite",
    {
      ...LINEAR,
      tensors: [floatTensor("w", [64, 32], new Float32Array(2048).fill(Number.POSITIVE_INFINITY))],
    },
  ],
  [
    "already quantised",
    {
      nodes: [node("DequantizeLinear", ["q", "s"], "w"), node("MatMul", ["x", "w"], "y")],
      tensors: [create(TensorProtoSchema, { name: "q", dims: [64n, 32n], dataType: 3 })],
    },
  ],
  [
    "its activations are transposed",
    {
      ...LINEAR,
      nodes: [node("Gemm", ["x", "w"], "y", [int("transA", 1)])],
    },
  ],
  [
    "both of its sides are constant",
    {
      nodes: [node("MatMul", ["v", "w"], "h"), node("Add", ["x", "h"], "y")],
      tensors: [W, floatTensor("v", [2, 64])],
    },
  ],
  [
    "what it adds is computed and multiplied",
    {
      nodes: [node("Gemm", ["x", "w", "b"], "y", [float("beta", 2)])],
      tensors: [W],
      inputs: { x: "float32", b: "float32" },
    },
  ],
  [
    "what it adds has a shape of its own and is multiplied",
    {
      nodes: [node("Gemm", ["x", "w", "column"], "y", [float("beta", 2)])],
      tensors: [W, floatTensor("column", [5, 1])],
    },
  ],
  [
    "its sums have 65537 terms, of which 32 bits hold 65536",
    {
      ...LINEAR,
      tensors: [floatTensor("w", [65_537, 1])],
    },
  ],
  [
    "Conv is not quantised",
    {
      nodes: [node("Conv", ["x", "k"], "y")],
      tensors: [floatTensor("k", [64, 64, 1])],
    },
  ],
  [
    "LSTM is not quantised",
    {
      nodes: [node("LSTM", ["x", "k", "r"], "y")],
      tensors: [floatTensor("k", [1, 64, 64]), floatTensor("r", [1, 64, 64])],
    },
  ],
  [
    "its table has 2048 weights (the least worth rounding is 65536)",
    {
      nodes: [node("Gather", ["w", "ids"], "y")],
      tensors: [W],
      inputs: { ids: "int64" },
    },
  ],
  [
    "it looks up along another axis than the first",
    {
      nodes: [node("Gather", ["table", "ids"], "y", [int("axis", 1)])],
      tensors: [floatTensor("table", TABLE)],
      inputs: { ids: "int64" },
    },
  ],
  [
    "its table is transposed in the graph",
    {
      nodes: [node("Transpose", ["table"], "t"), node("Gather", ["t", "ids"], "y")],
      tensors: [floatTensor("table", TABLE)],
      inputs: { ids: "int64" },
    },
  ],
];

describe("quantizeGraph() keeps", () => {
  test.each(REASONS.map(([reason, graph]) => ({ reason, graph })))(
    "a layer and says why: $reason",
    ({ reason, graph }) => {
      const { report, bytes } = quantize(graph);
      expect(report.quantized).toEqual([]);
      expect(report.kept.map((layer) => layer.reason)).toEqual([reason]);
      // What is not rounded is not touched.
      expect(parsed(bytes)).toEqual(handMade(graph));
    },
  );

  test("quantize() does not count products of two activations among the layers with weights", () => {
    const graph = {
      nodes: [node("Transpose", ["x2"], "t"), node("MatMul", ["x", "t"], "y")],
      inputs: { x: "float32", x2: "float32" },
    } as const;
    expect(quantize(graph).report).toEqual({ quantized: [], kept: [], unmatched: [] });
    const nodes = [node("Neg", ["w"], "w2"), node("MatMul", ["x", "w2"], "y")];
    const reasons = quantize({ ...LINEAR, nodes }).report.kept.map(({ reason }) => reason);
    expect(reasons).toEqual(["Neg is not quantised", "its weights are computed in the graph"]);
  });

  test("what is excluded by a part of a name, and what the caller names", () => {
    const graph = CASES["three products of the same activations"]!.graph;
    const byPattern = quantize(graph, { exclude: ["w2"] }).report;
    expect(byPattern.kept).toEqual([{ name: "/k/MatMul", reason: 'excluded by "w2"' }]);
    const { unmatched } = quantize(graph, { exclude: ["w2", "/q/", "w3"] }).report;
    expect(unmatched).toEqual(["w3"]);
    const byName = quantize(graph, { exclude: ["nothing"], keep: new Set(["/q/MatMul"]) }).report;
    expect(byName.kept).toEqual([{ name: "/q/MatMul", reason: "it changes the answers most" }]);
    expect(byName.quantized).toEqual(["/k/MatMul", "/v/MatMul"]);
  });

  test("the bodies of control flow, and what they read from outside", async () => {
    const branch = (name: string, inputs: readonly string[]) => {
      const body = handMade({ nodes: [node("MatMul", inputs, name)], inputs: {}, outputs: [name] });
      return toBinary(GraphProtoSchema, body.graph!);
    };
    const graph: HandMade = {
      nodes: [
        node("MatMul", ["x", "w"], "h"),
        node("If", ["flag"], "y", [
          create(AttributeProtoSchema, {
            name: "then_branch",
            type: 5,
            g: branch("a", ["x", "w"]),
          }),
          create(AttributeProtoSchema, {
            name: "else_branch",
            type: 5,
            g: branch("b", ["h", "v"]),
          }),
        ]),
      ],
      tensors: [W, floatTensor("v", [32, 32])],
      inputs: { x: "float32", flag: "bool" },
    };
    const { bytes, report } = quantize(graph);
    expect(report.quantized).toEqual(["/h/MatMul"]);
    expect(report.kept).toEqual([
      { name: "/y/If", reason: "the bodies of If are left as they are" },
    ]);
    for (const flag of [true, false]) {
      const feeds = { ...floatInput("x", [2, 64]), flag: new ort.Tensor("bool", [flag], []) };
      const { y: before } = await run(bytesOf(handMade(graph)), feeds);
      const { y: after } = await run(bytes, feeds);
      expect(distance(before!, after!)).toBeLessThan(CLOSE);
    }
  });

  test("fields it does not know", () => {
    const bytes = bytesOf(handMade(LINEAR));
    // 6 doc_string of ModelProto and of what comes later.
    const documented = Uint8Array.of(
      ...bytes,
      (6 << 3) | 2,
      2,
      0x68,
      0x69,
      ((1000 << 3) & 0x7f) | 0x80,
      0x3e,
      7,
    );
    const source = new MemorySource(documented, "model.onnx");
    const unknown = parsed(quantizeGraph(source, NO_FILES).bytes).$unknown;
    expect(unknown?.map(({ no, data }) => [no, [...data]])).toEqual([
      [6, [2, 0x68, 0x69]],
      [1000, [7]],
    ]);
  });
});

describe("Quantizer", () => {
  test("quantize() gives the same bytes every time, whatever was asked between", () => {
    const { graph } = CASES["three products of the same activations"]!;
    const source = new MemorySource(bytesOf(handMade(graph)), "model.onnx");
    const quantizer = new Quantizer(source, NO_FILES);
    const first = quantizer.quantize().bytes;
    quantizer.quantize({ keep: new Set(["/q/MatMul"]) });
    expect(quantizer.quantize().bytes).toEqual(first);
    expect(quantize(graph).bytes).toEqual(first);
  });

  test.each([
    ["QUANTIZE_UNSUPPORTED", bytesOf(handMade({ ...LINEAR, opset: 10 }))],
    ["ONNX_MALFORMED", Uint8Array.of(0x3a, 100, 1)],
    ["ONNX_MALFORMED", Uint8Array.of(0x08, 7)],
    [
      "ONNX_MALFORMED",
      bytesOf(handMade({ ...LINEAR, tensors: [floatTensor("w", [64, 32], new Float32Array(9))] })),
    ],
  ])("quantize() throws %s for what it cannot read", (code, bytes) => {
    const source = new MemorySource(bytes, "model.onnx");
    expect(thrownBy(() => quantizeGraph(source, NO_FILES)).code).toBe(code as never);
  });

  test("quantize() throws QUANTIZE_TOO_LARGE for a graph of 2 GiB, before it reads it", () => {
    const source = {
      name: "model.onnx",
      byteLength: 2 ** 31,
      read: () => {
        throw new Error("nothing is read");
      },
    };
    expect(thrownBy(() => quantizeGraph(source, NO_FILES)).code).toBe("QUANTIZE_TOO_LARGE");
  });

  test("quantize() throws QUANTIZE_UNSUPPORTED for bodies nested too deep", () => {
    let body = toBinary(GraphProtoSchema, create(GraphProtoSchema, {}));
    for (let depth = 0; depth < 20; depth++) {
      const inner = create(AttributeProtoSchema, { name: "then_branch", type: 5, g: body });
      body = toBinary(
        GraphProtoSchema,
        create(GraphProtoSchema, { node: [node("If", ["flag"], "a", [inner])] }),
      );
    }
    const attribute = create(AttributeProtoSchema, { name: "then_branch", type: 5, g: body });
    const graph = { nodes: [node("If", ["flag"], "y", [attribute])] };
    expect(thrownBy(() => quantize(graph)).code).toBe("QUANTIZE_UNSUPPORTED");
  });
});
