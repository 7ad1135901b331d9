// Checks the assets of a file against their digests on a thread of its own.
import { CodedError } from "../error/index.ts";
import { type DigestMessage, type FromDigestWorker, failureError } from "./worker-message.ts";
import { workerUrl } from "./worker-url.ts";

/** Resolves when every asset is what the manifest says; rejects with `FORMAT_DAMAGED_ASSET` or why it cannot be read. */
export function checkDigests(path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(workerUrl("digest-worker"));
  worker.onmessage = ({ data }: MessageEvent<FromDigestWorker>) => {
    if (data.kind === "intact") resolve();
    else reject(failureError(data.failure));
    worker.terminate();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new CodedError("ENGINE_WORKER_FAILED", `Digest worker failed: ${event.message}`));
  };
  const message: DigestMessage = { path };
  worker.postMessage(message);
  return promise;
}
