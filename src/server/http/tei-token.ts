// TEI's routes about tokens, which the tokenizer answers without the model. They work in slices, as
// tokenising is done on the thread that answers everybody.
import {
  decodeIds,
  decodeRequestSchema,
  decodeResponseSchema,
  idListsOf,
  parseRequest,
  textsToTokenize,
  tokenizeRequestSchema,
  tokenizeResponseSchema,
  toTextTokens,
} from "../../contract/index.ts";
import { requireReady } from "./gate.ts";
import { TOKENIZE_SLICE_MS } from "./limit.ts";
import { ok } from "./reply.ts";
import { readJson } from "./request-json.ts";
import type { Route } from "./route.ts";
import { TEI } from "./status.ts";

const tokenize: Route = {
  method: "POST",
  path: "/tokenize",
  summary: "tokens of texts, with their places",
  dialect: TEI,
  schemas: (limits) => ({
    request: tokenizeRequestSchema(limits),
    response: tokenizeResponseSchema,
  }),
  handle: async (request, service) => {
    const { engine, requestLimits } = service;
    requireReady(engine);
    const body = parseRequest(
      tokenizeRequestSchema(requestLimits),
      await readJson(request, service),
    );
    const tokenizer = await engine.tokenizer;
    const addSpecialTokens = body.add_special_tokens ?? true;
    const { signal } = request;
    const tokensOf = async (text: string) => {
      const encoding = await engine.tokenize(text, { addSpecialTokens, signal });
      return toTextTokens(text, encoding, { offsets: body.offsets, tokenizer });
    };
    return ok(await mapInSlices(textsToTokenize(body, engine.model), tokensOf, signal));
  },
};

const decode: Route = {
  method: "POST",
  path: "/decode",
  summary: "texts of token ids",
  dialect: TEI,
  schemas: (limits) => ({ request: decodeRequestSchema(limits), response: decodeResponseSchema }),
  handle: async (request, service) => {
    const { engine, requestLimits } = service;
    requireReady(engine);
    const body = parseRequest(decodeRequestSchema(requestLimits), await readJson(request, service));
    const tokenizer = await engine.tokenizer;
    const textOf = (ids: readonly number[]) => decodeIds(ids, body, tokenizer);
    return ok(await mapInSlices(idListsOf(body), textOf, request.signal));
  },
};

/** Rejects with the signal's reason once it fires. */
async function mapInSlices<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result | Promise<Result>,
  signal: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  let sliceStartMs = performance.now();
  for (const item of items) {
    results.push(await map(item));
    if (performance.now() - sliceStartMs < TOKENIZE_SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    sliceStartMs = performance.now();
  }
  return results;
}

export const TEI_TOKEN_ROUTES: readonly Route[] = [tokenize, decode];
