// Runs the compiled executables as a user would: the base of this machine, files built with it, servers on free ports.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { baseFileName, findTarget, hostTarget } from "../../src/target/index.ts";
import { ROOT } from "../helper/source-tree.ts";

/** Nothing these executables do takes this long; a hanging one fails its test with its output. */
const RUN_TIMEOUT_MS = 60_000;

export function basePath(target = hostTarget().name): string {
  const path = join(ROOT, "dist", baseFileName(findTarget(target)));
  if (!existsSync(path)) throw new Error(`Missing ${path}: run "bun run base" first`);
  return path;
}

export type Finished = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
};

/** Runs a command to its end. The environment is bare: nothing of the developer's machine leaks in. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? "/",
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    timeout: RUN_TIMEOUT_MS,
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  return { exitCode: child.exitCode, stdout, stderr };
}

/** Runs a command that must succeed and returns what it printed. */
export async function runWell(
  command: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const finished = await run(command, options);
  if (finished.exitCode !== 0) {
    throw new Error(`${command.join(" ")} ended with ${finished.exitCode}:\n${finished.stderr}`);
  }
  return finished;
}

/** Builds `modelDir` with the base and returns the path of the file. */
export async function buildFile(
  output: string,
  modelDir: string,
  ...flags: readonly string[]
): Promise<string> {
  await runWell([basePath(), "build", modelDir, "-o", output, "--force", ...flags]);
  return output;
}

export type RunningServer = AsyncDisposable & {
  readonly url: string;
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<number>;
  /** All it has written to stderr so far. */
  readonly log: () => string;
};

/** Starts the server of a file on a free port and waits until it says where it listens and that it is ready. */
export async function startServer(
  file: string,
  args: readonly string[] = ["serve", "--port", "0"],
  options: RunOptions = {},
): Promise<RunningServer> {
  const child = Bun.spawn([file, ...args], {
    cwd: options.cwd ?? "/",
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  let log = "";
  const url = Promise.withResolvers<string>();
  void (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      log += decoder.decode(chunk, { stream: true });
      const found = /https?:\/\/[^\s/]+:\d+/.exec(log);
      if (found) url.resolve(found[0]);
    }
    url.reject(new Error(`${file} ended before it listened:\n${log}`));
  })();
  const address = await url.promise;
  await untilReady(address, () => log);
  return {
    url: address,
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    exited: child.exited,
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function untilReady(url: string, log: () => string): Promise<void> {
  const endMs = performance.now() + RUN_TIMEOUT_MS;
  while (performance.now() < endMs) {
    const response = await fetch(`${url}/health`);
    await response.arrayBuffer();
    if (response.status === 200) return;
    await Bun.sleep(5);
  }
  throw new Error(`${url} did not become ready:\n${log()}`);
}

export type Answer = { readonly status: number; readonly body: unknown };

export async function post(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
