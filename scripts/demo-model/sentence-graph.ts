// The word vectors as ONNX graphs: one that embeds, one that compares a pair.
import { GraphBuilder } from "../fixture/graph-builder.ts";
import type { OnnxModel } from "../fixture/onnx-writer.ts";
import { demoModel } from "./demo-graph.ts";
import type { RerankerWeights } from "./reranker-model.ts";
import { SENTENCE_DIMENSION as D } from "./sentence-model.ts";

const OPSET = 17;
/** Added under roots, so that a text without words has a length. */
const EPSILON = 1e-12;

/** input_ids and attention_mask to last_hidden_state; padding is zero. */
export function buildSentenceGraph(table: Float32Array): OnnxModel {
  const graph = new GraphBuilder(OPSET);
  const mask = addFloat(graph, "attention_mask");
  const wide = graph.addAlong("", "Unsqueeze", { input: mask, axes: [2] });
  graph.output("last_hidden_state", "Mul", [addWords(graph, table), wide]);
  const dims = ["batch_size", "sequence_length", D];
  return demoModel(graph, { name: "last_hidden_state", dims });
}

/** input_ids, attention_mask and token_type_ids to logits [batch_size, 1]. */
export function buildRerankerGraph(table: Float32Array, weights: RerankerWeights): OnnxModel {
  const graph = new GraphBuilder(OPSET);
  const words = addWords(graph, table);
  const mask = addFloat(graph, "attention_mask");
  const second = graph.add("", "Mul", [addFloat(graph, "token_type_ids"), mask]);
  const first = graph.add("", "Sub", [mask, second]);

  const total = (scope: string, of: string) => {
    const wide = graph.addAlong(scope, "Unsqueeze", { input: of, axes: [2] });
    const kept = graph.add(scope, "Mul", [words, wide]);
    const sum = graph.addAlong(scope, "ReduceSum", { input: kept, axes: [1], keepDims: false });
    return graph.add(scope, "Div", [sum, addLength(graph, scope, sum)]);
  };
  const product = graph.add("/whole", "Mul", [total("/query", first), total("/document", second)]);
  const whole = graph.addAlong("/whole", "ReduceSum", {
    input: product,
    axes: [1],
    keepDims: true,
  });

  const matched = addWordMatch(graph, { words, first, second });
  const weigh = (input: string, factor: number) =>
    graph.add("/output", "Mul", [input, graph.float("/output", factor)]);
  const both = graph.add("/output", "Add", [
    weigh(whole, weights.whole),
    weigh(matched, weights.words),
  ]);
  graph.output("logits", "Add", [both, graph.float("/output", weights.bias)]);
  return demoModel(graph, { name: "logits", dims: ["batch_size", 1], pairs: true });
}

/** Each word's vector [batch, sequence, dimension]. */
function addWords(graph: GraphBuilder, table: Float32Array): string {
  const name = graph.weight("embedding.weight", [table.length / D, D], () => table);
  return graph.add("/embedding", "Gather", [name, "input_ids"]);
}

function addFloat(graph: GraphBuilder, input: string): string {
  return graph.add("", "Cast", [input], { to: { int: 1 } });
}

/** Euclidean length along the last axis, which stays with size 1. */
function addLength(graph: GraphBuilder, scope: string, input: string): string {
  const square = graph.add(scope, "Mul", [input, input]);
  const sum = graph.addAlong(scope, "ReduceSum", { input: square, axes: [-1], keepDims: true });
  return graph.add(scope, "Sqrt", [graph.add(scope, "Add", [sum, graph.float(scope, EPSILON)])]);
}

/** Mean over the query's words, weighted by squared length, of the best cosine in the document. */
function addWordMatch(
  graph: GraphBuilder,
  io: { words: string; first: string; second: string },
): string {
  const scope = "/match";
  const length = addLength(graph, scope, io.words);
  const unit = graph.add(scope, "Div", [io.words, length]);
  const turned = graph.add(scope, "Transpose", [unit], { perm: { ints: [0, 2, 1] } });
  const cosines = graph.add(scope, "MatMul", [unit, turned]);
  // Words outside the document get -2 added, which is below any cosine.
  const outside = graph.add(scope, "Sub", [io.second, graph.float(scope, 1)]);
  const penalty = graph.add(scope, "Mul", [outside, graph.float(scope, 2)]);
  const wide = graph.addAlong(scope, "Unsqueeze", { input: penalty, axes: [1] });
  const allowed = graph.add(scope, "Add", [cosines, wide]);
  const best = graph.add(scope, "ReduceMax", [allowed], {
    axes: { ints: [2] },
    keepdims: { int: 0 },
  });
  const flat = graph.addAlong(scope, "Squeeze", { input: length, axes: [2] });
  const square = graph.add(scope, "Mul", [flat, flat]);
  const weight = graph.add(scope, "Mul", [square, io.first]);
  const sum = (input: string) =>
    graph.addAlong(scope, "ReduceSum", { input, axes: [1], keepDims: true });
  const matched = sum(graph.add(scope, "Mul", [best, weight]));
  return graph.add(scope, "Div", [matched, sum(weight)]);
}
