// A server of this very file in a process of its own, on a free port of this machine, to be measured as clients see it.
import { CodedError, printable } from "../error/index.ts";

export type OwnServer = AsyncDisposable & {
  readonly pid: number;
  /** From the spawn to the first answer. */
  readonly firstAnswerMs: number;
  /** Resolves when the body was answered; anything but an answer rejects. */
  readonly ask: (body: string) => Promise<void>;
};

export type OwnServerOptions = {
  /** The program and, where it is not this file itself, what comes before the command. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Flags of `serve` besides its address. */
  readonly flags: readonly string[];
  /** What it is asked first. */
  readonly body: string;
  /** Given what ends the process, as soon as there is one: nothing else ends it when this program is ended. */
  readonly spawned?: (kill: () => void) => void;
};

/** A model of many gigabytes on a slow disk takes minutes. */
const START_TIMEOUT_MS = 600_000;
const POLL_MS = 1;
/** Of the log that is kept for a message. */
const LOG_CHARACTERS_MAX = 2_000;

/** Throws `MEASURE_SERVER_FAILED` when it ends before it answers. */
export async function openOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  const { command, env, flags, body } = options;
  const startedMs = performance.now();
  const child = Bun.spawn([...command, "serve", "--host", "127.0.0.1", "--port", "0", ...flags], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  options.spawned?.(() => child.kill());
  const close = async () => {
    child.kill();
    await child.exited;
  };
  try {
    const url = await addressOf(child.stderr);
    const ask = async (text: string): Promise<void> => {
      const status = await post(url, text);
      if (status !== 200) throw failed(`it answered ${status}`);
    };
    while ((await post(url, body)) === 503) {
      if (performance.now() - startedMs > START_TIMEOUT_MS) throw failed("it is not ready in time");
      await Bun.sleep(POLL_MS);
    }
    const firstAnswerMs = performance.now() - startedMs;
    await ask(body);
    return { pid: child.pid, firstAnswerMs, ask, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function post(url: string, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/predict`, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

async function addressOf(log: ReadableStream<Uint8Array>): Promise<string> {
  const reader = log.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) throw failed(`it ended: ${text.slice(-LOG_CHARACTERS_MAX).trim()}`);
    text += decoder.decode(value, { stream: true });
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
    if (found === null) continue;
    void drain(reader);
    return found[0];
  }
}

/** A log nobody reads would stop the server. */
async function drain(reader: { read: () => Promise<{ readonly done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

function failed(reason: string): CodedError {
  return new CodedError(
    "MEASURE_SERVER_FAILED",
    `Cannot measure a server of this file as ${printable(reason)}: does "serve" work?`,
  );
}
