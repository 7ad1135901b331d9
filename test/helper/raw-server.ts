// A server that does with its sockets what no well-behaved one does: each request is answered by hand.
import { createServer, type Socket } from "node:net";

export type RawRequest = {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Place among all requests of this server, from 0. */
  readonly index: number;
  /** Where the answer is written; nothing more is done to it. */
  readonly socket: Socket;
  /** Writes a whole answer with its length, then closes. */
  answer(
    status: number,
    headers?: Readonly<Record<string, string>>,
    body?: Uint8Array | string,
  ): void;
};

export type RawServer = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RawRequest[];
  /** Breaks every connection there is. */
  readonly drop: () => void;
};

/** Listens on a free port of the loopback. */
export async function startRawServer(handle: (request: RawRequest) => unknown): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Clients that give up are what is tested here.
    socket.on("error", () => undefined);
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const request = parse(received.slice(0, end), requests.length, socket);
      received = received.slice(end + 4);
      requests.push(request);
      handle(request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function parse(head: string, index: number, socket: Socket): RawRequest {
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  return {
    method,
    path,
    headers,
    index,
    socket,
    answer: (status, given = {}, body = "") => {
      const bytes = Buffer.from(body as string);
      const all = { "content-length": `${bytes.length}`, connection: "close", ...given };
      socket.write(printHead(status, all));
      socket.end(method === "HEAD" ? "" : bytes);
    },
  };
}

export function printHead(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
}

/** Answers like a file server that knows ranges and `If-Range`; `etag` is sent when it is given. */
export function answerRange(request: RawRequest, content: Uint8Array, etag?: string): void {
  const tag: Record<string, string> = etag === undefined ? {} : { etag };
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers["range"] ?? "")?.[1] ?? Number.NaN);
  const condition = request.headers["if-range"];
  if (Number.isNaN(from) || (condition !== undefined && condition !== etag)) {
    request.answer(200, tag, content);
  } else if (from >= content.length) {
    request.answer(416, { "content-range": `bytes */${content.length}` });
  } else {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    request.answer(206, { ...tag, "content-range": range }, content.subarray(from));
  }
}

/** Says that all of `content` follows and sends its first `byteLength` bytes; the rest never comes. */
export function answerCut(
  { socket }: RawRequest,
  {
    content,
    byteLength,
    headers = {},
  }: {
    readonly content: Uint8Array;
    readonly byteLength: number;
    readonly headers?: Readonly<Record<string, string>>;
  },
): void {
  const length = { "content-length": `${content.length}` };
  socket.write(printHead(200, { ...length, ...headers }));
  socket.write(content.subarray(0, byteLength));
}
