// Layers outside of a graph: loaded from a manifest and its tensors, right and wrong ones.
import { describe, expect, test } from "bun:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  Activation,
  type LayerSchema,
  ModelSchema,
  Pooling,
  type StoredTensor,
  Task,
} from "../../src/gen/manifest_pb.ts";
import { loadLayers, vectorWidth } from "../../src/task/index.ts";
import { thrownBy } from "../helper/coded.ts";

type LayerFields = MessageInitShape<typeof LayerSchema>;
type ModelFields = MessageInitShape<typeof ModelSchema>;

const FILE = "2_Dense/model.safetensors";
const tensor = (name: string) => ({ file: FILE, name });

function denseLayer(fields: object = {}): LayerFields {
  const value = {
    inWidth: 2,
    outWidth: 3,
    activation: Activation.IDENTITY,
    weight: tensor("linear.weight"),
    bias: tensor("linear.bias"),
    ...fields,
  };
  return { kind: { case: "dense", value } };
}

function normLayer(fields: object = {}): LayerFields {
  const value = {
    width: 2,
    epsilon: 1e-5,
    weight: tensor("norm.weight"),
    bias: tensor("norm.bias"),
    ...fields,
  };
  return { kind: { case: "layerNorm", value } };
}

const unitLayer: LayerFields = { kind: { case: "unitLength", value: {} } };

function modelOf(layers: LayerFields[], fields: ModelFields = {}) {
  return create(ModelSchema, {
    task: Task.SENTENCE_EMBEDDING,
    pooling: [Pooling.MEAN],
    outputWidth: 2,
    width: 3,
    layers,
    ...fields,
  });
}

const TENSORS: Readonly<Record<string, { data: Float32Array; shape: readonly number[] }>> = {
  "linear.weight": { data: Float32Array.of(1, 0, 0, 1, 1, -1), shape: [3, 2] },
  "linear.bias": { data: Float32Array.of(10, 20, 30), shape: [3] },
  "norm.weight": { data: Float32Array.of(2, 4), shape: [2] },
  "norm.bias": { data: Float32Array.of(1, 1), shape: [2] },
};

function readFrom(tensors: typeof TENSORS) {
  return ({ name }: StoredTensor) => tensors[name] ?? { data: new Float32Array(0), shape: [] };
}

const read = readFrom(TENSORS);
const rows = { data: Float32Array.of(3, 4, -1, 1), rows: 2, columns: 2 };

describe("loadLayers", () => {
  test("loadLayers() of a model without layers reads nothing", () => {
    const model = create(ModelSchema, { task: Task.RERANKING });
    expect(
      loadLayers(model, () => {
        throw new Error("read");
      }),
    ).toEqual([]);
  });

  test("loadLayers() gives steps in their order", () => {
    const layers = loadLayers(modelOf([normLayer(), unitLayer, denseLayer()]), read);
    const [norm, unit, dense] = layers;
    expect(layers).toHaveLength(3);
    expect(dense?.(rows)).toEqual({
      data: Float32Array.of(13, 24, 29, 9, 21, 28),
      rows: 2,
      columns: 3,
    });
    expect(unit?.(rows)).toEqual({
      data: Float32Array.of(0.6, 0.8, -Math.SQRT1_2, Math.SQRT1_2),
      rows: 2,
      columns: 2,
    });
    const normalised = norm?.(rows);
    // Two numbers are one deviation from their mean, but for epsilon.
    const expected = [-1, 5, -1, 5];
    normalised?.data.forEach((value, index) => {
      expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-4);
    });
    expect(normalised).toMatchObject({ rows: 2, columns: 2 });
  });

  test.each([
    [Activation.TANH, Math.tanh(-1)],
    [Activation.RELU, 0],
    [Activation.GELU, -0.15865525393145707],
    [Activation.SIGMOID, 0.2689414213699951],
    [Activation.SILU, -0.2689414213699951],
  ])("loadLayers() knows the activation %p, and layers without a bias", (activation, expected) => {
    const layer = denseLayer({ activation, bias: undefined });
    const [dense] = loadLayers(modelOf([layer]), read);
    expect(dense?.(rows).data[2]).toBe(Math.fround(expected));
  });

  test("loadLayers() starts from all poolings, and from the graph's width for tokens", () => {
    const wide = { pooling: [Pooling.CLS, Pooling.MEAN], outputWidth: 1 };
    expect(loadLayers(modelOf([denseLayer()], wide), read)).toHaveLength(1);
    const tokens = { pooling: [], task: Task.EMBEDDING };
    expect(loadLayers(modelOf([denseLayer()], tokens), read)).toHaveLength(1);
    const same = { pooling: [], task: Task.EMBEDDING, outputWidth: 0, width: 2 };
    expect(loadLayers(modelOf([normLayer()], same), read)).toHaveLength(1);
  });

  const dense1 = "layer 1 (dense)";
  const norm1 = "layer 1 (layer norm)";
  test.each<[string, LayerFields[], ModelFields, string, string]>([
    [
      "a model without vectors",
      [unitLayer],
      { task: Task.RERANKING },
      "the layers",
      "they belong to a model that gives no vectors",
    ],
    [
      "a kind that is not known",
      [unitLayer, {}],
      {},
      "layer 2 (unknown)",
      "its kind is not known: was the file made by a newer builder?",
    ],
    [
      "a dense layer of another width",
      [denseLayer()],
      { outputWidth: 4 },
      dense1,
      "it takes vectors of 2 numbers and gets some of 4",
    ],
    [
      "a second layer of another width",
      [denseLayer(), normLayer()],
      {},
      "layer 2 (layer norm)",
      "it takes vectors of 2 numbers and gets some of 3",
    ],
    [
      "no width at all",
      [denseLayer({ inWidth: 0 })],
      { outputWidth: 0, width: 0 },
      dense1,
      "it takes vectors of 0 numbers and gets some of 0",
    ],
    [
      "an end of another width",
      [normLayer()],
      {},
      "the layers",
      "the last gives vectors of 2 numbers: expected 3",
    ],
    [
      "no activation",
      [denseLayer({ activation: Activation.ACTIVATION_UNSPECIFIED })],
      {},
      dense1,
      "its activation is number 0, which is not known",
    ],
    ["no weight", [denseLayer({ weight: undefined })], {}, dense1, "it has no weight"],
    ["no scale", [normLayer({ weight: undefined })], {}, norm1, "it has no weight"],
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY].map(
      (epsilon): [string, LayerFields[], ModelFields, string, string] => [
        `an epsilon of ${epsilon}`,
        [normLayer({ epsilon })],
        {},
        norm1,
        `its epsilon is ${epsilon}: expected a number above 0`,
      ],
    ),
  ])("loadLayers() refuses %s with TASK_LAYER_INVALID", (_, layers, fields, layer, reason) => {
    const error = thrownBy(() => loadLayers(modelOf(layers, fields), read));
    expect(error.code).toBe("TASK_LAYER_INVALID");
    expect(error.kind).toBe("invalid_file");
    expect(error.detail).toEqual({ layer, reason });
  });

  const weight = TENSORS["linear.weight"]!;
  const nan = Float32Array.of(1, 0, 0, Number.NaN, 1, -1);
  test.each<[string, string, { data: Float32Array; shape: number[] }, string]>([
    [
      "of another shape",
      "linear.weight",
      { ...weight, shape: [2, 3] },
      "has shape [2, 3]: expected [3, 2]",
    ],
    [
      "of another rank",
      "linear.weight",
      { ...weight, shape: [6] },
      "has shape [6]: expected [3, 2]",
    ],
    [
      "that is not there",
      "linear.bias",
      { data: new Float32Array(0), shape: [] },
      "has shape []: expected [3]",
    ],
    [
      "cut short",
      "linear.bias",
      { data: new Float32Array(2), shape: [3] },
      "has shape [3]: expected [3]",
    ],
    [
      "with NaN",
      "linear.weight",
      { data: nan, shape: [3, 2] },
      "holds NaN at 3: expected finite numbers",
    ],
    [
      "with infinity",
      "linear.bias",
      { data: Float32Array.of(1, Infinity, 2), shape: [3] },
      "holds Infinity at 1: expected finite numbers",
    ],
  ])(
    "loadLayers() refuses a tensor %s, naming layer, file and tensor",
    (_, name, stored, reason) => {
      const broken = readFrom({ ...TENSORS, [name]: stored });
      const error = thrownBy(() => loadLayers(modelOf([denseLayer()]), broken));
      expect(error.code).toBe("TASK_LAYER_INVALID");
      expect(error.message).toBe(
        `Cannot compute layer 1 (dense) as the tensor "${name}" of "${FILE}" ${reason}: ` +
          "build the file again from a whole model",
      );
      expect(error.detail).toMatchObject({ file: FILE, tensor: name, layer: "layer 1 (dense)" });
    },
  );
});

describe("vectorWidth", () => {
  test.each<[number, ModelFields, LayerFields[]]>([
    [7, { pooling: [Pooling.NONE] }, []],
    [7, { pooling: [] }, [normLayer(), unitLayer]],
    [21, { pooling: [Pooling.CLS, Pooling.MAX, Pooling.MEAN] }, [unitLayer]],
    [7, { task: Task.EMBEDDING, pooling: [] }, []],
    [3, { pooling: [Pooling.CLS, Pooling.MAX] }, [denseLayer(), unitLayer]],
    [5, {}, [denseLayer(), denseLayer({ inWidth: 3, outWidth: 5 })]],
  ])("vectorWidth() is %p for %j with layers %j over an output of 7", (width, fields, layers) => {
    expect(vectorWidth(modelOf(layers, fields), 7)).toBe(width);
  });
});
