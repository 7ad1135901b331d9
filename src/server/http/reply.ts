// What a route answers with, and how it becomes a response.
import { printJson } from "../../contract/index.ts";

/** The answer of a route; the body is printed as JSON. */
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

export function toResponse({ status, body, headers }: Reply): Response {
  const bytes = new TextEncoder().encode(printJson(body));
  return new Response(bytes, {
    status,
    headers: {
      "content-type": "application/json",
      // Said here because the answer to HEAD loses its body on the way.
      "content-length": String(bytes.length),
      ...headers,
    },
  });
}
