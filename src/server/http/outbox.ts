// What answers hold, over all requests: from when it is known how much they will, until clients have taken them. Short
// ones are with the system at once; long ones are handed over as clients take them.
import { CodedError } from "../../error/index.ts";
import type { HttpLimits } from "./limit.ts";
import { OUTBOX_BYTES_MIN } from "./limit.ts";
import type { Printed } from "./reply.ts";

type OutboxLimits = Pick<HttpLimits, "answerBytesTotalMax" | "answerTimeoutMs" | "requestsMax">;

/** The room of one request. */
export type Reservation = {
  /** Reserves so many bytes in all, unless as many are. Throws `SERVER_BUSY` when there is no room; the rest stays. */
  readonly hold: (byteLength: number) => void;
  /** Gives back all of it but what was posted; it takes none any more. */
  readonly release: () => void;
};

export class Outbox {
  readonly #limits: OutboxLimits;
  /** So little is never refused: all requests there may be at once hold no more than the bound again. */
  readonly #smallBytes: number;
  #held = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
    const share = Math.floor(limits.answerBytesTotalMax / limits.requestsMax);
    this.#smallBytes = Math.min(share, OUTBOX_BYTES_MIN);
  }

  /** Bytes that are reserved, or posted and not taken. */
  get held(): number {
    return this.#held;
  }

  /** A reservation of nothing yet. Whoever is alone gets all it asks for. */
  reserve(): Reservation {
    let own = 0;
    let isOpen = true;
    return {
      hold: (byteLength) => {
        if (!isOpen || byteLength <= own) return;
        this.#expectRoom(byteLength, this.#held - own);
        this.#held += byteLength - own;
        own = byteLength;
      },
      release: () => {
        this.#held -= own;
        own = 0;
        isOpen = false;
      },
    };
  }

  #expectRoom(byteLength: number, others: number): void {
    const { answerBytesTotalMax } = this.#limits;
    if (others === 0 || others + byteLength <= answerBytesTotalMax) return;
    if (byteLength <= this.#smallBytes) return;
    throw new CodedError(
      "SERVER_BUSY",
      "Cannot take the request as this server is busy: what is held of answers that are being made, or that clients " +
        `have not taken yet, may have ${answerBytesTotalMax} bytes: come back later`,
    );
  }

  /**
   * The body of a response. A long one counts until its last part was taken, the client has gone, or its time is up; it
   * takes the place of what was reserved. Throws `SERVER_BUSY` where that is not enough and there is no room.
   */
  post(
    { chunks, byteLength }: Printed,
    reservation?: Reservation,
  ): Uint8Array | ReadableStream<Uint8Array> {
    reservation?.hold(byteLength);
    if (byteLength < OUTBOX_BYTES_MIN) return joined(chunks, byteLength);
    reservation?.release();
    let next = 0;
    let left = byteLength;
    let timer: Timer | undefined;
    const settle = (bytes: number) => {
      this.#held -= bytes;
      left -= bytes;
      if (left === 0) clearTimeout(timer);
    };
    this.#held += byteLength;
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
