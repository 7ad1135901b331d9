// Whether a graph's output is what a task reads: as declared, at build, and as delivered, at run
// time.
import { CodedError } from "../error/index.ts";
import type { Graph, Model } from "../gen/manifest_pb.ts";
import {
  type BatchMask,
  indexOfNonFinite,
  type Matrix,
  type OutputTensor,
} from "../tensor/index.ts";
import { vectorWidth } from "./layer.ts";
import type { Problem } from "./task.ts";

/** ONNX element types a result is read from: float32 and float16. */
const READABLE_ELEMENT_TYPES: readonly number[] = [1, 10];

/**
 * Faults of the declared output: absent, of another type, rank or width, or not as wide as answers
 * need. An unknown shape has none.
 */
export function checkOutput(
  model: Model,
  graph: Graph,
  ranks: readonly number[],
): readonly Problem[] {
  const output = graph.outputs.find((candidate) => candidate.name === model.output);
  if (output === undefined) {
    const names = graph.outputs.map((candidate) => `"${candidate.name}"`).join(", ");
    return [problem("output", `the graph has no output "${model.output}": it has ${names}`)];
  }
  const problems: Problem[] = [];
  if (!READABLE_ELEMENT_TYPES.includes(output.elementType)) {
    const found = `"${output.name}" has ONNX element type ${output.elementType}`;
    problems.push(problem("output", `${found}: expected float32 (1) or float16 (10)`));
  }
  const rank = output.shape.length;
  if (rank > 0 && !ranks.includes(rank)) {
    const found = `"${output.name}" has ${rank} dimensions`;
    problems.push(problem("output", `${found}: expected ${ranks.join(" or ")}`));
  }
  const width = Number(output.shape.at(-1)?.size ?? -1n);
  const expected = graphWidth(model);
  if (rank > 1 && width > 0 && width !== expected) {
    const found = `"${output.name}" is ${width} wide`;
    problems.push(problem("width", `${found}: expected ${expected}`));
  }
  if (model.width === 0) problems.push(problem("width", "found 0: expected the output's width"));
  const made = vectorWidth(model, expected);
  if (model.width > 0 && made !== model.width) {
    const found = `found ${model.width}`;
    problems.push(problem("width", `${found}: expected ${made}, made of an output of ${expected}`));
  }
  return problems;
}

/** Width of the graph output's last dimension. */
export function graphWidth({ outputWidth, width }: Model): number {
  return outputWidth || width;
}

export function problem(field: string, message: string): Problem {
  return { field, message };
}

/**
 * Throws `TASK_OUTPUT_UNEXPECTED` unless a graph delivered one of the ranks for this batch and
 * width.
 */
export function expectOutput(
  output: OutputTensor,
  mask: BatchMask,
  expected: { readonly ranks: readonly number[]; readonly width: number },
): void {
  const { shape } = output;
  const wanted = expected.ranks.map((rank) =>
    rank === 3 ? [mask.batch, mask.sequence, expected.width] : [mask.batch, expected.width],
  );
  const fits = wanted.some((want) => want.join() === shape.join());
  const count = shape.reduce((product, size) => product * size, 1);
  if (fits && output.data.length === count) return;
  const found = `[${shape.join(", ")}]`;
  const shapes = wanted.map((want) => `[${want.join(", ")}]`).join(" or ");
  throw new CodedError(
    "TASK_OUTPUT_UNEXPECTED",
    `Cannot read the model's output of shape ${found} as the task needs ${shapes}: rebuild the ` +
      "file with a graph that has dynamic axes",
    { detail: { found, expected: shapes } },
  );
}

/**
 * Throws `TASK_OUTPUT_NOT_FINITE` when the graph answered NaN or infinity, which JSON cannot carry.
 */
export function expectFinite(reduced: Matrix): void {
  const index = indexOfNonFinite(reduced.data);
  if (index < 0) return;
  const found = String(reduced.data[index]);
  throw new CodedError(
    "TASK_OUTPUT_NOT_FINITE",
    `Cannot answer as the model computed ${found} where a finite number is expected: the model ` +
      "is broken or overflows on this input",
    {
      detail: { found, column: index % reduced.columns, row: Math.floor(index / reduced.columns) },
    },
  );
}
