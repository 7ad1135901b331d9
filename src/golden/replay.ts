// A golden as a request that can be run: by an engine, or by whatever else answers inputs. It runs nothing itself.
import {
  createOperations,
  type ExchangeContext,
  exchangeFor,
  type OperationId,
  type RunPlan,
} from "../contract/index.ts";
import type { Answer } from "../task/index.ts";
import { type Difference, firstDifference } from "./difference.ts";
import type { Golden } from "./golden.ts";

/** What is known of the model that is asked. */
export type GoldenContext = Pick<ExchangeContext, "model" | "modelId" | "tokenizer">;

export type PreparedGolden = RunPlan & {
  readonly operation: OperationId;
  /** The response, of which numbers may be Float32Array. Throws what the task throws, NaN being a reason. */
  readonly respond: (answers: readonly Answer[]) => unknown;
  /** Where the response is not what is expected; undefined when it is. Throws as `respond`. */
  readonly differenceOf: (answers: readonly Answer[]) => Difference | undefined;
};

/** Throws the coded reason why the model does not serve the operation, or the request is none. */
export function prepareGolden(
  golden: Pick<Golden, "operation" | "request" | "response" | "tolerance">,
  context: GoldenContext,
): PreparedGolden {
  operations ??= createOperations();
  const exchange = exchangeFor(operations, golden.operation, context);
  // Some dialects show identity and time of a request: goldens do not speak of them.
  const about = { ...context, requestId: "", createdSeconds: 0 };
  const { inputs, options, respond } = exchange.prepare(golden.request, about);
  const differenceOf = (answers: readonly Answer[]) =>
    firstDifference(golden.response, respond(answers), golden.tolerance);
  return { operation: golden.operation, inputs, options, respond, differenceOf };
}

/** Their schemas are made once, when a golden is first prepared. */
let operations: ReturnType<typeof createOperations> | undefined;
