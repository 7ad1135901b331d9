// Clients that cost little, as they share the machine with the server they ask: requests are bytes made beforehand,
// and of an answer only its status and its length are read.

const HEADER_END = Buffer.from("\r\n\r\n");

/** One POST of a JSON body, as it goes over the wire. */
function requestBytes(url: URL, path: string, body: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(body));
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: ${url.host}`,
    "content-type: application/json",
    `content-length: ${text.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), text]);
}

export type Load = {
  readonly url: string;
  readonly path: string;
  readonly bodies: readonly unknown[];
  /** Connections that each ask one after another. */
  readonly clients: number;
};

/** When each answer was there whole, in the order they came. Throws at the first that is not 200. */
export async function askAll({ url, path, bodies, clients }: Load): Promise<readonly number[]> {
  const place = new URL(url);
  const requests = bodies.map((body) => requestBytes(place, path, body));
  const answeredMs: number[] = [];
  let next = 0;
  const client = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let head = Buffer.alloc(0);
    let left = 0;
    const ask = (socket: Bun.Socket) => {
      const request = requests[next++];
      if (request === undefined) socket.end();
      else socket.write(request);
    };
    const take = (socket: Bun.Socket, chunk: Buffer) => {
      if (left === 0) {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf(HEADER_END);
        if (end < 0) return;
        left = bodyLength(head.toString("latin1", 0, end)) - (head.length - end - 4);
        head = Buffer.alloc(0);
      } else {
        left -= chunk.length;
      }
      if (left > 0) return;
      answeredMs.push(performance.now());
      ask(socket);
    };
    const socket = {
      open: ask,
      data: take,
      error: (_: Bun.Socket, error: Error) => reject(error),
      connectError: (_: Bun.Socket, error: Error) => reject(error),
      close: () => resolve(),
    };
    Bun.connect({ hostname: place.hostname, port: Number(place.port), socket }).catch(reject);
    return promise;
  };
  await Promise.all(Array.from({ length: clients }, client));
  if (answeredMs.length < bodies.length) throw new Error("The server closed a connection early");
  return answeredMs;
}

function bodyLength(head: string): number {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (!head.startsWith("HTTP/1.1 200") || length === undefined) {
    throw new Error(`The server answered\n${head}`);
  }
  return Number(length);
}
