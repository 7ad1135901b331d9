// TEI's routes about tokens, which the tokenizer answers without the model. They work in slices, as
// tokenising is done on the thread that answers everybody.
import {
  ANSWER_ITEMS_MAX,
  AnswerBudget,
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
import { CodedError } from "../../error/index.ts";
import { AnswerRoom } from "./answer-room.ts";
import { requireReady } from "./gate.ts";
import { SLICE_MS } from "./limit.ts";
import { ok } from "./reply.ts";
import { readJson } from "./request-json.ts";
import type { Route } from "./route.ts";
import type { RequestScope } from "./scope.ts";
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
    const { engine, requestLimits, scope } = service;
    requireReady(engine);
    const body = parseRequest(
      tokenizeRequestSchema(requestLimits),
      await readJson(request, service),
    );
    const tokenizer = await engine.tokenizer;
    const addSpecialTokens = body.add_special_tokens ?? true;
    const patience = patienceOf(request, scope);
    const room = new AnswerRoom(engine.model, scope.reservation);
    const budget = new AnswerBudget(ANSWER_ITEMS_MAX, (items) => room.addItems(items));
    const tokensOf = async (text: string) => {
      const encoding = await engine.tokenize(text, { addSpecialTokens, ...patience });
      budget.take(encoding.ids, ITEMS_PER_TOKEN);
      return toTextTokens(text, encoding, { offsets: body.offsets, tokenizer });
    };
    return ok(await mapInSlices(textsToTokenize(body, engine.model), tokensOf, patience));
  },
};

const decode: Route = {
  method: "POST",
  path: "/decode",
  summary: "texts of token ids",
  dialect: TEI,
  schemas: (limits) => ({ request: decodeRequestSchema(limits), response: decodeResponseSchema }),
  handle: async (request, service) => {
    const { engine, requestLimits, scope } = service;
    requireReady(engine);
    const body = parseRequest(decodeRequestSchema(requestLimits), await readJson(request, service));
    const tokenizer = await engine.tokenizer;
    const textOf = (ids: readonly number[]) => decodeIds(ids, body, tokenizer);
    return ok(await mapInSlices(idListsOf(body), textOf, patienceOf(request, scope)));
  },
};

/** Five fields and their names. */
const ITEMS_PER_TOKEN = 10;

/** How long somebody waits. */
type Patience = { readonly signal: AbortSignal; readonly deadlineMs?: number };

function patienceOf({ signal }: Request, { deadlineMs }: Pick<RequestScope, "deadlineMs">) {
  return deadlineMs === undefined ? { signal } : { signal, deadlineMs };
}

/** Throws the signal's reason once it fired, or `ENGINE_DEADLINE_EXCEEDED` when the time is up. */
function checkWanted({ signal, deadlineMs = Number.POSITIVE_INFINITY }: Patience): void {
  signal.throwIfAborted();
  if (performance.now() <= deadlineMs) return;
  throw new CodedError(
    "ENGINE_DEADLINE_EXCEEDED",
    "Cannot answer in time as the deadline came before the end: send less at once, or allow more time",
  );
}

/** Rejects as `checkWanted` throws, which is asked between slices. */
async function mapInSlices<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result | Promise<Result>,
  patience: Patience,
): Promise<Result[]> {
  const results: Result[] = [];
  checkWanted(patience);
  let sliceStartMs = performance.now();
  for (const item of items) {
    results.push(await map(item));
    if (performance.now() - sliceStartMs < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    checkWanted(patience);
    sliceStartMs = performance.now();
  }
  return results;
}

export const TEI_TOKEN_ROUTES: readonly Route[] = [tokenize, decode];
