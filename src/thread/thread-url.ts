// Where the entries of the other threads lie: beside their module in the source tree, inside the executable of a base.

/** Put in place by scripts/base.ts. */
declare const ENCODERFILE_WORKER_PATH: string | undefined;
declare const ENCODERFILE_TOKENIZER_PATH: string | undefined;

/** The entry that runs inference. */
export function workerUrl(): string {
  return typeof ENCODERFILE_WORKER_PATH === "string"
    ? ENCODERFILE_WORKER_PATH
    : new URL("../runtime/worker.ts", import.meta.url).href;
}

/** The entry that tokenises long texts. */
export function tokenizerUrl(): string {
  return typeof ENCODERFILE_TOKENIZER_PATH === "string"
    ? ENCODERFILE_TOKENIZER_PATH
    : new URL("../runtime/tokenizer-worker.ts", import.meta.url).href;
}
