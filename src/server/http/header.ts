// The response headers that every answer has, in one place: who asked, what answered, where the time went, and what a
// browser must not do with it.
import type { RequestScope } from "./scope.ts";

/** Headers of the answer to `scope`, as far as it is known by now. */
export function scopeHeaders(
  scope: RequestScope,
  modelDigest: string,
): Readonly<Record<string, string>> {
  const totalMs = performance.now() - scope.startedMs;
  return {
    "x-request-id": scope.id,
    ...(scope.tellsModel ? { "x-model-digest": modelDigest } : {}),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    // For who opens an answer as a page; pages say more than this themselves.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    ...(scope.inputs === 0 ? {} : timingHeaders(scope, totalMs)),
  };
}

/** `Server-Timing`, which browsers and proxies read, and the headers clients of Text Embeddings Inference read. */
function timingHeaders({ meter }: RequestScope, totalMs: number): Record<string, string> {
  const { tokenizeMs, queueMs, inferenceMs } = meter;
  const parts = { tok: tokenizeMs, queue: queueMs, inference: inferenceMs, total: totalMs };
  const timing = Object.entries(parts).map(([name, ms]) => `${name};dur=${ms.toFixed(2)}`);
  const whole = (value: number) => String(Math.round(value));
  return {
    "server-timing": timing.join(", "),
    "x-compute-type": "cpu",
    "x-compute-time": whole(totalMs),
    "x-compute-characters": whole(meter.characters),
    "x-compute-tokens": whole(meter.tokens),
    "x-total-time": whole(totalMs),
    "x-tokenization-time": whole(tokenizeMs),
    "x-queue-time": whole(queueMs),
    "x-inference-time": whole(inferenceMs),
  };
}
