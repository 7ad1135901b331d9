// The contract of a task: what a model is for, without any protocol and without running anything.
import type { Graph, Model } from "../gen/manifest_pb.ts";
import type { ModelType } from "../gen/metadata_pb.ts";
import type { BatchMask, Matrix, OutputTensor } from "../tensor/index.ts";
import type { Encoding } from "../tokenizer/index.ts";

export const TASK_IDS = [
  "embedding",
  "sentence_embedding",
  "sequence_classification",
  "token_classification",
  "reranking",
  "sparse_embedding",
] as const;
export type TaskId = (typeof TASK_IDS)[number];

/** What the caller wants of an input: the task's own answer, or the vectors of its tokens. */
export type View = "default" | "tokens";

/** One text, a pair of them, or tokens. */
export type TaskInput = {
  readonly text: string;
  readonly pair?: string;
  /** Goes before the text as it is; spans of the encoding count from its start. */
  readonly prompt?: string;
  /**
   * Ids of tokens, which run as they are, special tokens only where they are among them. The text
   * is empty then, and there is neither a pair nor a prompt.
   */
  readonly ids?: Int32Array;
  /** Segment of each of `ids`; all 0 when absent. */
  readonly typeIds?: Int32Array;
};

/** One input with what the graph said of it. */
export type Answer = {
  readonly input: TaskInput;
  readonly encoding: Encoding;
  /** What the graph said of it, reduced by the task: one row, or one row per token. */
  readonly reduced: Matrix;
};

/** One step that is computed outside of the graph, on every row. */
export type VectorLayer = (vectors: Matrix) => Matrix;

/** What a batch's output is reduced by. */
export type Reduction = {
  readonly model: Model;
  readonly view: View;
  /** The model's layers in their order, as `loadLayers` made them. */
  readonly layers: readonly VectorLayer[];
};

/** A reason why a graph cannot serve a task; the builder collects all of them. */
export type Problem = { readonly field: string; readonly message: string };

/**
 * One task. `reduce` runs in the worker beside the session and is numeric only: it cuts a batch's
 * output into what each input needs. Turning that into labels, scores and spans happens on the
 * other side, in functions of the task's file.
 */
export type Task = {
  readonly id: TaskId;
  /** Its slot in the published enumeration. */
  readonly modelType: ModelType;
  /** Output names exporters use for this task, best first. */
  readonly outputNames: readonly string[];
  /** Ranks of that output the task can read. */
  readonly outputRanks: readonly number[];
  /** Whether an input may be a pair of texts. */
  readonly takesPairs: boolean;
  /** Task-specific faults of a resolved model: labels that do not match the output and the like. */
  readonly check: (model: Model, graph: Graph) => readonly Problem[];
  readonly reduce: (
    output: OutputTensor,
    mask: BatchMask,
    reduction: Reduction,
  ) => readonly Matrix[];
};
