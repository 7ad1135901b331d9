// An operation of an engine, without a transport: the request of its route in, its results out.
import {
  createOperations,
  exchangeFor,
  type OperationId,
  type Operations,
} from "../../contract/index.ts";
import type { Engine } from "../../runtime/index.ts";

export type Prediction = {
  /** One per input. */
  readonly results: readonly unknown[];
  /** How many inputs were cut. */
  readonly truncated: number;
};

/** Answers one request body, whose inputs are a list. Throws what the contract and the engine throw. */
export type Predictor = (body: unknown) => Promise<Prediction>;

export function createPredictor(
  engine: Engine,
  id: OperationId,
  operations: Operations = createOperations(),
): Predictor {
  const exchange = exchangeFor(operations, id, engine);
  return async (body) => {
    const prepared = exchange.prepare(body, {
      model: engine.model,
      modelId: engine.manifest.name,
      tokenizer: await engine.tokenizer,
      // For dialects that show them; this one does not.
      requestId: "",
      createdSeconds: 0,
    });
    const answers = await engine.run(prepared.inputs, prepared.options);
    const response = prepared.respond(answers);
    const truncated = prepared.countTruncated(answers);
    return { results: resultsOf(response), truncated };
  };
}

/** `predict` answers in a frame, the contract's `responseOf`; to a list the others answer with a list. */
function resultsOf(response: unknown): readonly unknown[] {
  if (Array.isArray(response)) return response;
  return (response as { readonly results: readonly unknown[] }).results;
}
