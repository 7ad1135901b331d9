// The bytes of a request, within bounds of size and time. Knows nothing of what they mean.
import { CodedError } from "../../error/index.ts";
import type { Admitted } from "./admission.ts";
import type { HttpLimits } from "./limit.ts";

type BodyLimits = Pick<HttpLimits, "bodyBytesMax" | "bodyTimeoutMs">;

/** What a body is read under. */
export type BodyWait = {
  readonly stopping: AbortSignal;
  readonly admitted?: Admitted | undefined;
};

/** Up to here a body of known length is taken in one piece: most requests of a text or some. */
const WHOLE_BODY_BYTES_MAX = 2 ** 16;

/** What ends the wait for a body. */
type Interruption = "late" | "stopping";

/**
 * Reads a whole body. The limit holds while bytes arrive, whatever Content-Length says or does not say.
 * Throws `SERVER_BODY_TOO_LARGE`, `SERVER_BODY_TIMEOUT`, `SERVER_CLIENT_GONE` when the connection ends early,
 * `SERVER_BUSY` when all bodies together are too much, or `SERVER_NOT_READY` when `stopping` fires first.
 */
export async function readBody(
  request: Request,
  limits: BodyLimits,
  { stopping, admitted }: BodyWait,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax, declared);
  const isShort = declared > 0 && declared <= WHOLE_BODY_BYTES_MAX;
  // Asked for, it becomes a stream, which costs more than all there is in a short one.
  const body = isShort ? undefined : request.body;
  if (body === null) return new Uint8Array(0);
  admitted?.expect(declared);
  const end = Promise.withResolvers<Interruption>();
  const timer = setTimeout(() => end.resolve("late"), limits.bodyTimeoutMs);
  const stop = () => end.resolve("stopping");
  stopping.addEventListener("abort", stop);
  if (stopping.aborted) stop();
  const collecting = { ...limits, admitted };
  try {
    return await (body === undefined
      ? takeWhole(request, end.promise, { ...collecting, declared })
      : collect(body, end.promise, collecting));
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    throw new CodedError("SERVER_CLIENT_GONE", "Cannot read the body: the connection ended early", {
      cause: thrown,
    });
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener("abort", stop);
  }
}

type Collecting = BodyLimits & Pick<BodyWait, "admitted">;

async function takeWhole(
  request: Request,
  interruption: Promise<Interruption>,
  { declared, ...limits }: Collecting & { readonly declared: number },
): Promise<Uint8Array> {
  const whole = await Promise.race([request.bytes(), interruption]);
  if (whole === "late" || whole === "stopping") {
    throw interrupted(whole, { declared, timeoutMs: limits.bodyTimeoutMs });
  }
  limits.admitted?.take(whole.byteLength);
  return whole;
}

async function collect(
  body: ReadableStream<Uint8Array>,
  interruption: Promise<Interruption>,
  limits: Collecting,
): Promise<Uint8Array> {
  const reader = body.getReader();
  try {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    for (;;) {
      const step = await Promise.race([reader.read(), interruption]);
      if (step === "late" || step === "stopping") {
        throw interrupted(step, { received: byteLength, timeoutMs: limits.bodyTimeoutMs });
      }
      if (step.done) return concatenate(chunks, byteLength);
      byteLength += step.value.byteLength;
      if (byteLength > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
      limits.admitted?.take(step.value.byteLength);
      chunks.push(step.value);
    }
  } catch (thrown) {
    // Not awaited: a client that stalls must not stall the answer.
    reader.cancel().catch(() => undefined);
    throw thrown;
  }
}

type Arrival = {
  /** Bytes that came, where they were counted. */
  readonly received?: number;
  readonly declared?: number;
  readonly timeoutMs: number;
};

function interrupted(by: Interruption, { timeoutMs, ...arrival }: Arrival): CodedError {
  const { received, declared } = arrival;
  const came = received === undefined ? `not all of its ${declared} bytes` : `${received} bytes`;
  return by === "late"
    ? new CodedError(
        "SERVER_BODY_TIMEOUT",
        `Cannot read the body as it did not arrive in time: ${came} came within ${timeoutMs} ms`,
        { detail: { ...arrival, timeout_ms: timeoutMs } },
      )
    : new CodedError(
        "SERVER_NOT_READY",
        `Cannot read the body as this server is shutting down: ${came} had come: try another`,
        { detail: arrival },
      );
}

function concatenate(chunks: readonly Uint8Array[], byteLength: number): Uint8Array {
  const only = chunks[0];
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(byteLength);
  let byteOffset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, byteOffset);
    byteOffset += chunk.byteLength;
  }
  return whole;
}

function tooLarge(limit: number, declared?: number): CodedError {
  const found = declared === undefined ? "more" : `${declared}`;
  return new CodedError(
    "SERVER_BODY_TOO_LARGE",
    `Cannot read the body as it may have ${limit} bytes: found ${found}: send fewer inputs per request`,
    { detail: declared === undefined ? { limit } : { limit, found: declared } },
  );
}
