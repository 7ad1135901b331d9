// Door of the module `thread`.
export { beginThread, PREPARE, settleThread, takeThread } from "./early-thread.ts";
export { tokenizerUrl, workerUrl } from "./thread-url.ts";
