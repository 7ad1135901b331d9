// Answers on their way to clients: how many bytes wait for being taken, over all requests, and for how long. Small ones
// are with the system at once; long ones are handed over as clients take them.
import { CodedError } from "../../error/index.ts";
import type { HttpLimits } from "./limit.ts";
import { OUTBOX_BYTES_MIN } from "./limit.ts";
import type { Printed } from "./reply.ts";

type OutboxLimits = Pick<HttpLimits, "answerBytesTotalMax" | "answerTimeoutMs">;

export class Outbox {
  readonly #limits: OutboxLimits;
  #waiting = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Throws `SERVER_BUSY` unless there is room for such an answer; the first one always has room. */
  expectRoom(byteLength = 0): void {
    const { answerBytesTotalMax } = this.#limits;
    if (this.#waiting === 0 || this.#waiting + byteLength <= answerBytesTotalMax) return;
    throw new CodedError(
      "SERVER_BUSY",
      "Cannot take the request as this server is busy: answers that clients have not taken yet may have " +
        `${answerBytesTotalMax} bytes: come back later`,
    );
  }

  /** The body of a response. It counts until its last part was taken, the client has gone, or its time is up. */
  post({ chunks, byteLength }: Printed): Uint8Array | ReadableStream<Uint8Array> {
    if (byteLength < OUTBOX_BYTES_MIN) return joined(chunks, byteLength);
    let next = 0;
    let left = byteLength;
    let timer: Timer | undefined;
    const settle = (bytes: number) => {
      this.#waiting -= bytes;
      left -= bytes;
      if (left === 0) clearTimeout(timer);
    };
    this.#waiting += byteLength;
    const late = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      settle(left);
      next = chunks.length;
      // The connection ends with it: the client must not take a part for the whole.
      controller.error(new Error("The answer was not taken in time"));
    };
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          timer = setTimeout(() => late(controller), this.#limits.answerTimeoutMs);
        },
        pull: (controller) => {
          const chunk = chunks[next++];
          if (chunk === undefined) return;
          controller.enqueue(chunk);
          settle(chunk.byteLength);
          if (next === chunks.length) controller.close();
        },
        cancel: () => settle(left),
      },
      // Nothing is asked for before it can be sent.
      { highWaterMark: 0 },
    );
  }
}

function joined(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(byteLength);
  let byteOffset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, byteOffset);
    byteOffset += chunk.byteLength;
  }
  return whole;
}
