// What does a request cost besides the model? A server with an engine that answers at once, asked by as many clients as
// a busy host has; the same server without counters and log is the baseline of what observing costs.
import { join } from "node:path";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { ROOT } from "./subject.ts";

const REQUESTS = 20_000;
const CLIENTS = 32;
const ROUNDS = 5;

/** Goal of a request in milliseconds of CPU, and how much more the observed one may cost. */
const CPU_GOAL_MS = 0.3;
const RATIO_GOAL = 1.2;

export async function benchHttp(): Promise<Comparison[]> {
  const name = (what: string) => `${what}, ${CLIENTS} clients`;
  const goal = { "CPU ms per request": RATIO_GOAL };
  const comparison = await compare({
    question: `http: overhead of a request, goal ${CPU_GOAL_MS} ms of CPU`,
    ours: { name: name("with metrics and a line per request"), run: () => measure("observed") },
    baseline: { name: name("with neither"), run: () => measure("bare") },
    rounds: ROUNDS,
    goal,
  });
  return [comparison];
}

/** The server has a process of its own, whose CPU time is what counts; this one asks. */
async function measure(way: "observed" | "bare"): Promise<Figures> {
  const script = join(ROOT, "scripts/bench/http-process.ts");
  const server = Bun.spawn([process.execPath, script, way], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = readLines(server.stdout);
  try {
    const url = (await lines.next()).value ?? "";
    await ask(url, REQUESTS / 4);
    const before = await cpuMs(server.stdin, lines);
    const startMs = performance.now();
    await ask(url, REQUESTS);
    const elapsedMs = performance.now() - startMs;
    const spentMs = (await cpuMs(server.stdin, lines)) - before;
    return {
      "CPU ms per request": spentMs / REQUESTS,
      "requests per second": (REQUESTS / elapsedMs) * 1000,
    };
  } finally {
    server.kill();
    await server.exited;
  }
}

async function cpuMs(stdin: Bun.FileSink, lines: AsyncIterator<string>): Promise<number> {
  stdin.write("cpu\n");
  await stdin.flush();
  return Number((await lines.next()).value);
}

async function ask(url: string, count: number): Promise<void> {
  let left = count;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      const response = await fetch(`${url}/embed`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"inputs":"a short text that a client might ask about"}',
      });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`Answered ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
