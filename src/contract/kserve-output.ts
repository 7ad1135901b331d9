// What each task gives as tensors of the Open Inference Protocol: vectors, scores and labels, and
// the graph's own output. Rows of tokens are as wide as the longest, with zeros for padding.
import { assert } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import {
  type Activation,
  type Answer,
  classify,
  expectFinite,
  givesView,
  labelOf,
  rankDocuments,
  rawTokenVectors,
  sentenceVector,
  sparseVector,
  type TaskId,
  taskOfModel,
  textTokens,
  type View,
} from "../task/index.ts";
import { argmax, softmax } from "../tensor/index.ts";
import { ANSWER_ITEMS_MAX, AnswerBudget } from "./answer-limit.ts";
import type { ExchangeContext } from "./exchange.ts";
import { type Layout, tensorFault } from "./kserve-tensor.ts";

/**
 * Numbers of one tensor, padding included. A single long text among thousands of short ones would
 * otherwise make them all as long.
 */
const TENSOR_NUMBERS_MAX = ANSWER_ITEMS_MAX;

type Datatype = "FP32" | "INT64" | "BYTES";

/** The elements in row-major order. */
type TensorData = {
  readonly shape: number[];
  readonly data: Float32Array | number[] | string[];
};

export type OutputOptions = {
  readonly normalize?: boolean | null | undefined;
  readonly dimensions?: number | null | undefined;
  readonly function_to_apply?: Activation | null | undefined;
  readonly offsets?: "codepoint" | "utf16" | "byte" | null | undefined;
};

export type Given = {
  readonly answers: readonly Answer[];
  /** Where tokens lie that came as a tensor. */
  readonly layout: Layout | undefined;
  readonly options: OutputOptions;
  readonly context: Pick<
    ExchangeContext,
    "model" | "tokenizer" | "answerItemsMax" | "onAnswerItems"
  >;
};

export type Output = {
  readonly name: string;
  readonly datatype: Datatype;
  /** -1 where it depends on the request. */
  readonly shape: readonly number[];
  /** What the engine is asked for. */
  readonly view: View;
  /** Whether texts are answered with it. */
  readonly isNatural: boolean;
  /** Whether it is the graph's own, which tokens are answered with. */
  readonly isGraph: boolean;
  readonly make: (given: Given) => TensorData;
};

type OutputParts = Pick<Output, "name" | "shape" | "make"> & Partial<Output>;

function output(parts: OutputParts): Output {
  return { datatype: "FP32", view: "default", isNatural: true, isGraph: false, ...parts };
}

/** All a model can be asked for, of different names. */
export function outputsOf(model: Model): readonly Output[] {
  const natural = NATURAL[taskOfModel(model).id](model);
  const graph = graphOutput(model);
  if (graph === undefined) return natural;
  const namesake = natural.find(({ name }) => name === graph.name);
  if (namesake === undefined) return [...natural, graph];
  // One tensor, or two of one name: then the graph's cannot be asked for.
  const isSame = namesake.make === graph.make;
  return natural.map((item) => (item === namesake && isSame ? { ...item, isGraph: true } : item));
}

/** Which outputs a request that names none gets. */
export function defaultOutputs(model: Model, isTokens: boolean): readonly Output[] {
  const all = outputsOf(model);
  const graph = all.filter(({ isGraph }) => isGraph);
  return isTokens && graph.length > 0 ? graph : all.filter(({ isNatural }) => isNatural);
}

const NATURAL: Readonly<Record<TaskId, (model: Model) => readonly Output[]>> = {
  sentence_embedding: ({ width }) => [
    output({
      name: "embedding",
      shape: [-1, width],
      make: ({ answers, options, context }) => {
        const dimensions = options.dimensions ?? undefined;
        const normalize = options.normalize ?? undefined;
        return joinRows(
          answers.map((answer) => sentenceVector(answer, context.model, { normalize, dimensions })),
        );
      },
    }),
  ],
  embedding: ({ width }) => [
    output({
      name: "embeddings",
      shape: [-1, -1, width],
      make: (given) =>
        padRows(given, (answer) => rawTokenVectors(answer, given.context.model), width),
    }),
    ...TOKEN_OUTPUTS,
  ],
  sequence_classification: ({ width }) => [
    output({ name: "logits", shape: [-1, width], make: reducedRows }),
    output({
      name: "scores",
      shape: [-1, width],
      make: ({ answers, options, context }) => {
        const activation = options.function_to_apply ?? undefined;
        return joinRows(
          answers.map((answer) => classify(answer, context.model, activation).scores),
        );
      },
    }),
    output({
      name: "predicted_label",
      datatype: "BYTES",
      shape: [-1],
      make: ({ answers, context: { model } }) =>
        listOf(answers.map((answer) => labelOf(model, classify(answer, model).predictedIndex))),
    }),
    labelsOutput(width),
  ],
  token_classification: ({ width }) => [
    output({
      name: "scores",
      shape: [-1, -1, width],
      make: (given) => padRows(given, (answer) => rowsOf(answer).map(softmax), width),
    }),
    output({
      name: "predicted_label",
      datatype: "BYTES",
      shape: [-1, -1],
      make: (given) =>
        padTokens(given, "", (answer) =>
          rowsOf(answer).map((row) => labelOf(given.context.model, argmax(row))),
        ),
    }),
    labelsOutput(width),
    ...TOKEN_OUTPUTS,
  ],
  reranking: ({ width }) => [
    output({ name: "logits", shape: [-1, width], make: reducedRows }),
    output({
      name: "scores",
      shape: [-1],
      make: ({ answers }) => {
        const scores = new Float32Array(answers.length);
        for (const { index, score } of rankDocuments(answers)) scores[index] = score;
        return { shape: [scores.length], data: scores };
      },
    }),
  ],
  sparse_embedding: () => [
    output({
      name: "indices",
      datatype: "INT64",
      shape: [-1, 2],
      make: ({ answers, context: { answerItemsMax, onAnswerItems } }) => {
        // The values come on top.
        const budget = new AnswerBudget(answerItemsMax, onAnswerItems);
        const data = answers.flatMap((answer, row) =>
          budget.take(sparseVector(answer), 3).flatMap(({ index }) => [row, index]),
        );
        return { shape: [data.length / 2, 2], data };
      },
    }),
    output({
      name: "values",
      shape: [-1],
      make: ({ answers }) => {
        const values = answers.flatMap((answer) => sparseVector(answer).map(({ value }) => value));
        return { shape: [values.length], data: Float32Array.from(values) };
      },
    }),
  ],
};

/** What is told of the tokens the rows are about; all 0 for padding. */
const TOKEN_OUTPUTS: readonly Output[] = [
  output({
    name: "input_ids",
    datatype: "INT64",
    shape: [-1, -1],
    make: (given) => padTokens(given, 0, ({ encoding }) => [...encoding.ids]),
  }),
  output({
    name: "attention_mask",
    datatype: "INT64",
    shape: [-1, -1],
    make: (given) => padTokens(given, 0, ({ encoding }) => [...encoding.ids].fill(1)),
  }),
  output({
    name: "special_tokens_mask",
    datatype: "INT64",
    shape: [-1, -1],
    make: (given) => padTokens(given, 0, ({ encoding }) => [...encoding.specialMask]),
  }),
  output({
    name: "offsets",
    datatype: "INT64",
    shape: [-1, -1, 2],
    make: (given) => {
      const display = { tokenizer: given.context.tokenizer, unit: given.options.offsets } as const;
      const unit = display.unit ?? "codepoint";
      const side = (name: "start" | "end") =>
        padTokens(given, 0, (answer) => {
          const places = Array<number>(answer.encoding.ids.length).fill(0);
          for (const token of textTokens(answer, { ...display, unit })) {
            places[token.index] = token[name];
          }
          return places;
        });
      const [starts, ends] = [side("start"), side("end")];
      const data = starts.data.flatMap((start, index) => [start, ends.data[index] ?? 0]);
      return { shape: [...starts.shape, 2], data };
    },
  }),
];

function labelsOutput(width: number): Output {
  return output({
    name: "labels",
    datatype: "BYTES",
    shape: [width],
    make: ({ context: { model } }) =>
      listOf(Array.from({ length: model.width }, (_, index) => labelOf(model, index))),
  });
}

/**
 * What leaves the graph itself; undefined where the engine changes it before it can be given: by
 * layers that follow the graph, or for a vocabulary, whose rows are as long as it is.
 */
function graphOutput(model: Model): Output | undefined {
  const { output: name, width, outputWidth, layers } = model;
  const columns = outputWidth || width;
  const perToken = (view: View) =>
    output({
      name,
      shape: [-1, -1, columns],
      view,
      isNatural: false,
      isGraph: true,
      make: (given) => padRows(given, rowsOf, columns),
    });
  const perInput = () =>
    output({
      name,
      shape: [-1, columns],
      isNatural: false,
      isGraph: true,
      make: reducedRows,
    });
  switch (taskOfModel(model).id) {
    case "sequence_classification":
    case "reranking":
      return perInput();
    case "token_classification":
      return perToken("default");
    case "embedding":
      return layers.length === 0 ? perToken("default") : undefined;
    case "sentence_embedding":
      if (givesView(model, "tokens")) return perToken("tokens");
      return layers.length === 0 ? perInput() : undefined;
    case "sparse_embedding":
      return undefined;
  }
}

function listOf(data: string[]): TensorData {
  return { shape: [data.length], data };
}

/** The rows of an answer's numbers, as they left the graph. */
function rowsOf(answer: Answer): readonly Float32Array[] {
  expectFinite(answer.reduced);
  const { data, rows, columns } = answer.reduced;
  return Array.from({ length: rows }, (_, row) =>
    data.subarray(row * columns, (row + 1) * columns),
  );
}

/** One row per input. */
function reducedRows({ answers }: Given): TensorData {
  return joinRows(answers.flatMap(rowsOf));
}

function joinRows(rows: readonly Float32Array[]): TensorData {
  const columns = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * columns);
  for (const [row, numbers] of rows.entries()) data.set(numbers, row * columns);
  return { shape: [rows.length, columns], data };
}

function layoutOf({ answers, layout }: Given): Layout {
  if (layout !== undefined) return layout;
  const columns = answers.reduce((most, { encoding }) => Math.max(most, encoding.ids.length), 0);
  return { columns, starts: answers.map(() => 0) };
}

/** Throws `REQUEST_INVALID` for a tensor that would be too large. */
export function checkTensorSize(shape: readonly number[]): void {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count <= TENSOR_NUMBERS_MAX) return;
  throw tensorFault({
    path: "inputs",
    found: `a batch whose answer has ${count} numbers in the shape [${shape.join(", ")}]`,
    expected: `an answer of at most ${TENSOR_NUMBERS_MAX} (fewer inputs, or of like lengths)`,
  });
}

/** One row of `width` numbers per token. */
function padRows(
  given: Given,
  rowsOfAnswer: (answer: Answer) => readonly Float32Array[],
  width: number,
): TensorData {
  const { columns, starts } = layoutOf(given);
  const shape = [given.answers.length, columns, width];
  checkTensorSize(shape);
  const data = new Float32Array(given.answers.length * columns * width);
  for (const [index, answer] of given.answers.entries()) {
    const first = index * columns + (starts[index] ?? 0);
    for (const [place, row] of rowsOfAnswer(answer).entries()) {
      assert(row.length === width, "every row of a tensor is of one width");
      data.set(row, (first + place) * width);
    }
  }
  return { shape, data };
}

/** One value per token. */
function padTokens<T extends string | number>(
  given: Given,
  padding: T,
  valuesOf: (answer: Answer) => readonly T[],
): { readonly shape: number[]; readonly data: T[] } {
  const { columns, starts } = layoutOf(given);
  const shape = [given.answers.length, columns];
  checkTensorSize(shape);
  const data = Array<T>(given.answers.length * columns).fill(padding);
  for (const [index, answer] of given.answers.entries()) {
    const first = index * columns + (starts[index] ?? 0);
    for (const [place, value] of valuesOf(answer).entries()) data[first + place] = value;
  }
  return { shape, data };
}
