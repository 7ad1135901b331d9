// What a route answers with, and how it becomes a response.
import { printJson, printJsonParts } from "../../contract/index.ts";
import { PRINT_SLICE_MS } from "./limit.ts";

/**
 * The answer of a route. The body is printed as JSON, but bytes (Uint8Array) are sent as they are, under the content
 * type the headers say, and undefined is no body at all.
 */
export type Reply = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** The same answer, after which the connection is closed. */
export function closing(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, connection: "close" } };
}

/** The same answer with its body as bytes, printed in slices, as the thread that prints answers everybody. */
export async function printed(reply: Reply): Promise<Reply> {
  const { body } = reply;
  if (body === undefined || body instanceof Uint8Array) return reply;
  let text = "";
  let sliceStartMs = performance.now();
  for (const part of printJsonParts(body)) {
    text += part;
    if (performance.now() - sliceStartMs < PRINT_SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    sliceStartMs = performance.now();
  }
  return { ...reply, body: new TextEncoder().encode(text) };
}

export function toResponse({ status, body, headers = {} }: Reply): Response {
  if (body === undefined) return new Response(null, { status, headers });
  const bytes = body instanceof Uint8Array ? body : new TextEncoder().encode(printJson(body));
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    status,
    headers: {
      "content-type": "application/json",
      // Said here because the answer to HEAD loses its body on the way.
      "content-length": String(bytes.length),
      ...headers,
    },
  });
}
