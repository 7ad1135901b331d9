// A route that asks something of the model: the steps between a request's bytes and its answer, the same for all.
import {
  ANSWER_ITEMS_MAX,
  answerTooLarge,
  exchangeFor,
  type OperationId,
  type Prepared,
} from "../../contract/index.ts";
import type { RunOptions } from "../../runtime/index.ts";
import { AnswerRoom } from "./answer-room.ts";
import { requireReady } from "./gate.ts";
import { ok, type Reply } from "./reply.ts";
import { readJson } from "./request-json.ts";
import { operationName, type Route, routeName, type Service } from "./route.ts";
import { inSlices } from "./slices.ts";
import { type Dialect, NATIVE } from "./status.ts";

/** How many inputs of the request were cut; absent when none was. */
const TRUNCATED_HEADER = "x-truncated-inputs";

type Place = {
  readonly path: string;
  readonly summary: string;
  readonly dialect: Dialect;
  /** Whose errors a body gets, which may be anything, where families share a path; the path's when undefined. */
  readonly dialectOf?: ((body: unknown) => Dialect | undefined) | undefined;
};

export function operationRoute(
  operation: OperationId,
  { dialectOf, ...place }: Place,
): Route & { readonly operation: OperationId } {
  return {
    ...place,
    method: "POST",
    operation,
    handle: (request, service) => answerOperation(operation, request, { ...service, dialectOf }),
  };
}

type Asked = Service & Pick<Place, "dialectOf">;

/** Asks the operation of the model. Throws the coded reason why it cannot be answered. */
export async function answerOperation(
  operation: OperationId,
  request: Request,
  service: Asked,
): Promise<Reply> {
  const { engine, operations, scope } = service;
  scope.asksModel = true;
  // The cheap refusals come before the body is read.
  const exchange = exchangeFor(operations, operation, {
    model: engine.model,
    // Several paths may ask the same: the one that was taken is meant.
    nameOf: (id) =>
      id === operation && scope.route !== undefined
        ? routeName(scope.route)
        : operationName(service, id),
  });
  requireReady(engine);
  const body = await readJson(request, service);
  scope.dialect = service.dialectOf?.(body) ?? scope.dialect ?? NATIVE;
  const room = new AnswerRoom(engine.model, scope.reservation);
  const prepared = exchange.prepare(body, {
    model: engine.model,
    modelId: engine.manifest.name,
    tokenizer: await engine.tokenizer,
    requestId: scope.id,
    createdSeconds: Math.floor(Date.now() / 1000),
    startedMs: scope.startedMs,
    answerItemsMax: ANSWER_ITEMS_MAX,
    onAnswerItems: (items) => room.addItems(items),
  });
  const { deadlineMs, meter } = scope;
  scope.inputs = prepared.inputs.length;
  const options = {
    ...prepared.options,
    signal: request.signal,
    meter,
    checkTokens: checkItems(prepared, room),
    checkNumbers: room.checkNumbers,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
  const answers = await engine.run(prepared.inputs, options);
  const truncated = prepared.countTruncated(answers);
  scope.truncated = truncated;
  const reply = ok(await inSlices(prepared.steps(answers), () => request.signal.throwIfAborted()));
  return truncated === 0 ? reply : { ...reply, headers: { [TRUNCATED_HEADER]: String(truncated) } };
}

/**
 * Throws `REQUEST_ANSWER_TOO_LARGE` once so many tokens are asked about that their answer is too large, and
 * `SERVER_BUSY` once there is no room for it beside the answers to others.
 */
function checkItems(
  { countItems, advice, options }: Prepared,
  room: AnswerRoom,
): NonNullable<RunOptions["checkTokens"]> {
  return (count) => {
    const items = countItems?.(count);
    if (items !== undefined && items > ANSWER_ITEMS_MAX) {
      throw answerTooLarge({ fits: count.inputs - 1, maximum: ANSWER_ITEMS_MAX, advice });
    }
    room.expect(count, { items, view: options.view });
  };
}
