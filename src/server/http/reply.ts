// What a route answers with, and how it becomes a response.
import { printJson, printJsonParts, type Steps } from "../../contract/index.ts";
import { PRINTED_CHUNK_CHARACTERS } from "./limit.ts";
import { inSlices } from "./slices.ts";

/**
 * The answer of a route. The body is printed as JSON, but bytes (Uint8Array, or a stream of such) are sent as they are,
 * under the content type the headers say, and undefined is no body at all.
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

/** A body in pieces, in their order. */
export type Printed = { readonly chunks: readonly Uint8Array[]; readonly byteLength: number };

/** The body as bytes, printed in slices, as the thread that prints answers everybody; undefined for none. */
export async function printBody({ body }: Pick<Reply, "body">): Promise<Printed | undefined> {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return { chunks: [body], byteLength: body.length };
  return await inSlices(printSteps(body));
}

function* printSteps(body: unknown): Steps<Printed> {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  let text = "";
  const encode = () => {
    const chunk = encoder.encode(text);
    chunks.push(chunk);
    byteLength += chunk.length;
    text = "";
  };
  for (const part of printJsonParts(body)) {
    text += part;
    if (text.length >= PRINTED_CHUNK_CHARACTERS) encode();
    yield;
  }
  if (text !== "" || chunks.length === 0) encode();
  return { chunks, byteLength };
}

export function toResponse({ status, body, headers = {} }: Reply): Response {
  if (body === undefined) return new Response(null, { status, headers });
  if (body instanceof ReadableStream) {
    return new Response(body, {
      status,
      headers: { "content-type": "application/json", ...headers },
    });
  }
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
