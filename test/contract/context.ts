// Makes the surroundings of a request, and runs one against answers that are written out.
import { create } from "@bufbuild/protobuf";
import {
  createOperations,
  type ExchangeContext,
  exchangeFor,
  type OperationId,
  type Prepared,
} from "../../src/contract/index.ts";
import { CodedError } from "../../src/error/index.ts";
import { EntailmentSchema } from "../../src/gen/manifest_pb.ts";
import type { Answer } from "../../src/task/index.ts";
import { encodingOf, modelOf, namesOf, Pooling, Task } from "../task/answer.ts";

type Fields = Parameters<typeof modelOf>[0];

export const OPERATIONS = createOperations();

export const MODELS = {
  embedding: modelOf({ task: Task.EMBEDDING, width: 2 }),
  sentence: modelOf({ task: Task.SENTENCE_EMBEDDING, width: 2, pooling: [Pooling.MEAN] }),
  sequence: modelOf({ task: Task.SEQUENCE_CLASSIFICATION, width: 2, labels: ["bad", "good"] }),
  token: modelOf({
    task: Task.TOKEN_CLASSIFICATION,
    width: 3,
    labels: ["O", "B-PER", "I-PER"],
  }),
  reranking: modelOf({ task: Task.RERANKING, width: 1 }),
  sparse: modelOf({ task: Task.SPARSE_EMBEDDING, width: 5 }),
  entailment: modelOf({
    task: Task.SEQUENCE_CLASSIFICATION,
    width: 3,
    labels: ["contradiction", "neutral", "entailment"],
    entailment: create(EntailmentSchema, {
      entailmentIndex: 2,
      contradictionIndex: 0,
      hypothesisTemplate: "This example is {}.",
    }),
  }),
} as const;

export function contextOf(fields: Fields | keyof typeof MODELS): ExchangeContext {
  return {
    model: typeof fields === "string" ? MODELS[fields] : modelOf(fields),
    modelId: "my-model",
    tokenizer: {
      ...namesOf(["ann", "##a", "x"]),
      encode: () => encodingOf([{ id: 1 }, { id: 3, span: [0, 1] }, { id: 2 }]),
    },
    requestId: "request-1",
    createdSeconds: 1_700_000_000,
  };
}

export function prepare(
  id: OperationId,
  body: unknown,
  model: Fields | keyof typeof MODELS,
): Prepared {
  const context = contextOf(model);
  return exchangeFor(OPERATIONS, id, context).prepare(body, context);
}

/**
 * The response as its reader sees it: printed and parsed, and held against the schema that
 * describes it.
 */
export function respond(
  id: OperationId,
  { body, model }: { body: unknown; model: Fields | keyof typeof MODELS },
  answers: readonly Answer[],
): unknown {
  const response = prepare(id, body, model).respond(answers);
  const text = JSON.stringify(response, (_, value) =>
    value instanceof Float32Array ? Array.from(value) : value,
  );
  const parsed: unknown = JSON.parse(text);
  const schema = exchangeFor(OPERATIONS, id, contextOf(model)).response;
  const checked = schema.safeParse(parsed);
  if (!checked.success) throw new Error(`${text}: ${checked.error.message}`);
  return parsed;
}

export function errorOf(run: () => unknown): CodedError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}
