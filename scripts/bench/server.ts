// A server under test: the executable as a process of its own, with its address and what it costs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  // To a file: who reads a pipe shares the machine with the server.
  const folder = mkdtempSync(join(tmpdir(), "encoderfile-bench-"));
  const log = join(folder, "server.log");
  writeFileSync(log, "");
  const server = Bun.spawn([encoderfile, "serve", "--port", "0", ...options], {
    stdio: ["ignore", "ignore", Bun.file(log)],
  });
  const url = await addressIn(log, server);
  while ((await fetch(`${url}/readyz`)).status !== 200) await Bun.sleep(5);
  const stop = async () => {
    server.kill();
    await server.exited;
    rmSync(folder, { recursive: true });
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

async function addressIn(log: string, server: Bun.Subprocess): Promise<string> {
  while (true) {
    const text = readFileSync(log, "utf8");
    const found = /https?:\/\/[^\s/]+:\d+/.exec(text);
    if (found !== null) return found[0];
    if (server.exitCode !== null) throw new Error(`The server ended before it listened:\n${text}`);
    await Bun.sleep(5);
  }
}
