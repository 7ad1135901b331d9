// The operation `predict` of an engine, without a transport: the request of the published route in, its results out.
import { createOperations, exchangeFor } from "../../contract/index.ts";
import type { Engine } from "../../runtime/index.ts";

/** Answers one request body with one result per input. Throws what the contract and the engine throw. */
export type Predictor = (body: unknown) => Promise<readonly unknown[]>;

export function createPredictor(engine: Engine): Predictor {
  const exchange = exchangeFor(createOperations(), "predict", engine);
  return async (body) => {
    const prepared = exchange.prepare(body, {
      model: engine.model,
      modelId: engine.manifest.name,
      tokenizer: await engine.tokenizer,
      // For dialects that show them; this one does not.
      requestId: "",
      createdSeconds: 0,
    });
    const response = prepared.respond(await engine.run(prepared.inputs, prepared.options));
    // Every task's predict answers in this frame: the contract's `responseOf`.
    return (response as { readonly results: readonly unknown[] }).results;
  };
}
