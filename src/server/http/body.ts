// The bytes of a request, within bounds of size and time. Knows nothing of what they mean.
import { CodedError } from "../../error/index.ts";
import type { HttpLimits } from "./limit.ts";

/**
 * Reads a whole body. The limit holds while bytes arrive, whatever Content-Length says or does not say.
 * Throws `SERVER_BODY_TOO_LARGE`, `SERVER_BODY_TIMEOUT`, or `SERVER_CLIENT_GONE` when the connection ends early.
 */
export async function readBody(
  request: Request,
  limits: Pick<HttpLimits, "bodyBytesMax" | "bodyTimeoutMs">,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax, declared);
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const deadline = Promise.withResolvers<"late">();
  const timer = setTimeout(() => deadline.resolve("late"), limits.bodyTimeoutMs);
  try {
    return await collect(reader, deadline.promise, limits);
  } catch (thrown) {
    // Not awaited: a client that stalls must not stall the answer.
    reader.cancel().catch(() => undefined);
    if (thrown instanceof CodedError) throw thrown;
    throw new CodedError("SERVER_CLIENT_GONE", "Cannot read the body: the connection ended early", {
      cause: thrown,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function collect(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
  deadline: Promise<"late">,
  limits: Pick<HttpLimits, "bodyBytesMax" | "bodyTimeoutMs">,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for (;;) {
    const step = await Promise.race([reader.read(), deadline]);
    if (step === "late") {
      throw new CodedError(
        "SERVER_BODY_TIMEOUT",
        `Cannot read the body as it did not arrive in time: ${byteLength} bytes came within ${limits.bodyTimeoutMs} ms`,
        { detail: { received: byteLength, timeout_ms: limits.bodyTimeoutMs } },
      );
    }
    if (step.done) return concatenate(chunks, byteLength);
    byteLength += step.value.byteLength;
    if (byteLength > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
    chunks.push(step.value);
  }
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
