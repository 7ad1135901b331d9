// A server under test: the executable as a process of its own, with its address and what it costs.
import { readFileSync } from "node:fs";

export type BenchServer = {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
};

/** Resolves once it answers. */
export async function startServer(
  encoderfile: string,
  ...options: readonly string[]
): Promise<BenchServer> {
  const server = Bun.spawn([encoderfile, "serve", "--port", "0", ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const url = await addressOf(server.stderr);
  while ((await fetch(`${url}/readyz`)).status !== 200) await Bun.sleep(5);
  const stop = async () => {
    server.kill();
    await server.exited;
  };
  return { url, pid: server.pid, stop };
}

/** Status of the answer, which is read to its end. */
export async function embed(url: string, inputs: string | readonly string[]): Promise<number> {
  const response = await fetch(`${url}/embed`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Memory the process has in use, in megabytes; Linux only. */
export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
}

async function addressOf(log: ReadableStream<Uint8Array>): Promise<string> {
  const reader = log.getReader();
  let text = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The server ended before it listened:\n${text}`);
    text += new TextDecoder().decode(value);
    const found = /https?:\/\/[^\s/]+:\d+/.exec(text);
    if (found === null) continue;
    void drain(reader);
    return found[0];
  }
}

/** A log nobody reads would stop the server. */
async function drain(reader: { read: () => Promise<{ readonly done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}
