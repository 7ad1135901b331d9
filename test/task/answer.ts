// Makes models, graphs and answers for tests without a tokenizer or a session.
import { create } from "@bufbuild/protobuf";
import {
  GraphSchema,
  type Model,
  ModelSchema,
  Pooling,
  ProblemType,
  Task,
} from "../../src/gen/manifest_pb.ts";
import type { Answer, TaskInput } from "../../src/task/index.ts";

export { Pooling, ProblemType, Task };

type ModelFields = Omit<Partial<Model>, "$typeName" | "tokenizer"> & {
  readonly kind?: string;
  readonly words?: WordSigns;
};

/** What files tell of words since they do. */
export type WordSigns = { readonly continuingPrefix: string; readonly unknownId?: number };

export function modelOf({ kind = "WordPiece", words, ...fields }: ModelFields): Model {
  return create(ModelSchema, { output: "out", ...fields, tokenizer: { kind, ...words } });
}

/** A graph with one output; a dimension of -1 is not fixed. */
export function graphOf(shape: readonly number[], elementType = 1) {
  return create(GraphSchema, {
    outputs: [{ name: "out", elementType, shape: shape.map((size) => ({ size: BigInt(size) })) }],
  });
}

/** What the graph said of one input, a row per token or a single one. */
export function answerOf(rows: readonly (readonly number[])[], tokens: TokenSpec[] = []): Answer {
  const columns = rows[0]?.length ?? 0;
  const data = Float32Array.from(rows.flat());
  const reduced = { data, rows: rows.length, columns };
  return { input: { text: "" }, encoding: encodingOf(tokens), reduced };
}

export type TokenSpec = {
  readonly id: number;
  /** [start, end) in UTF-16 units; absent for special tokens. */
  readonly span?: readonly [number, number];
  readonly word?: number;
  readonly sequence?: 0 | 1;
};

export function encodingOf(tokens: readonly TokenSpec[]): Answer["encoding"] {
  return {
    ids: Int32Array.from(tokens, ({ id }) => id),
    typeIds: new Int32Array(tokens.length),
    specialMask: Uint8Array.from(tokens, ({ span }) => (span === undefined ? 1 : 0)),
    spans: Int32Array.from(tokens.flatMap(({ span }) => [...(span ?? [0, 0])])),
    sequenceIds: Int8Array.from(tokens, ({ span, sequence }) =>
      span === undefined ? -1 : (sequence ?? 0),
    ),
    wordIds: Int32Array.from(tokens, ({ word }) => word ?? -1),
    truncated: false,
  };
}

/**
 * Names of the ids used in `TokenSpec`; id 0 is the unknown token, 1 and 2 are put around texts.
 */
export function namesOf(names: readonly string[]) {
  const all = ["[UNK]", "[CLS]", "[SEP]", ...names];
  return { idToToken: (id: number) => all[id], specialTokenIds: new Set([0, 1, 2]) };
}

/** [CLS], the tokens, [SEP] with made-up rows around those given. */
export function taggedAnswer(
  input: TaskInput,
  tokens: readonly (TokenSpec & { readonly row: readonly number[] })[],
): Answer {
  const width = tokens[0]?.row.length ?? 0;
  // The rows of special tokens are the most certain of all: none may leak into an answer.
  const certain = Array.from({ length: width }, (_, index) => (index === width - 1 ? 50 : 0));
  const rows = [certain, ...tokens.map(({ row }) => row), certain];
  return { ...answerOf(rows, [{ id: 1 }, ...tokens, { id: 2 }]), input };
}
