// The trained sentiment model as an ONNX graph.
import { GraphBuilder } from "../fixture/graph-builder.ts";
import type { OnnxModel } from "../fixture/onnx-writer.ts";
import { addWindow, demoModel } from "./demo-graph.ts";
import { SENTIMENT_SIZE, type SentimentWeights } from "./sentiment-model.ts";

/** input_ids and attention_mask to logits [batch_size, labels]. */
export function buildSentimentGraph(weights: SentimentWeights, tokenCount: number): OnnxModel {
  const size = SENTIMENT_SIZE;
  const graph = new GraphBuilder(17);
  const weight = (name: string, dims: readonly number[], values: Float32Array) =>
    graph.weight(name, dims, () => values);
  const table = weight(
    "embedding.weight",
    [tokenCount, size.embedding],
    weights.embedding.toFloat32(),
  );
  const mask = graph.add("", "Cast", ["attention_mask"], { to: { int: 1 } });
  const wideMask = graph.addAlong("", "Unsqueeze", { input: mask, axes: [2] });
  const found = graph.add("/embedding", "Gather", [table, "input_ids"]);
  // Padding becomes zero here, which is also what lies beyond the ends of the window.
  const words = graph.add("/embedding", "Mul", [found, wideMask]);

  const linear = (name: string, input: string, dims: readonly [number, number], of: Float32Array) =>
    graph.add(`/${name}`, "MatMul", [input, weight(`${name}.weight`, dims, of)]);
  const features = linear(
    "feature",
    words,
    [size.embedding, size.feature],
    weights.feature.toFloat32(),
  );
  const hidden = addWindow(graph, features, {
    kernel: weights.window.toFloat32(),
    bias: weights.hiddenBias.toFloat32(),
    sizes: { from: size.feature, to: size.hidden, before: size.before, after: size.after },
  });
  const opened = linear("gate", hidden, [size.hidden, size.value], weights.gate.toFloat32());
  const bias = weight("gate.bias", [size.value], weights.gateBias.toFloat32());
  const gate = graph.add("/gate", "Tanh", [graph.add("/gate", "Add", [opened, bias])]);
  const value = linear("value", words, [size.embedding, size.value], weights.value.toFloat32());
  const gated = graph.add("", "Mul", [value, gate]);
  const sum = graph.addAlong("", "ReduceSum", { input: gated, axes: [1], keepDims: false });
  const scores = linear("output", sum, [size.value, size.labels], weights.output.toFloat32());
  const outputBias = weight("output.bias", [size.labels], weights.outputBias.toFloat32());
  graph.output("logits", "Add", [scores, outputBias]);
  return demoModel(graph, { name: "logits", dims: ["batch_size", size.labels] });
}
