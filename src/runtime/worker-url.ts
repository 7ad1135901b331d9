// Where the entries of workers lie: beside this file in the source tree, and where scripts/base.ts put them in a base.

/** Put in place by scripts/base.ts: the folder of the workers' entries inside the executable, with its last slash. */
declare const ENCODERFILE_WORKER_FOLDER: string | undefined;

export type WorkerEntry = "worker" | "digest-worker";

export function workerUrl(entry: WorkerEntry): string {
  return typeof ENCODERFILE_WORKER_FOLDER === "string"
    ? `${ENCODERFILE_WORKER_FOLDER}${entry}.js`
    : new URL(`./${entry}.ts`, import.meta.url).href;
}
