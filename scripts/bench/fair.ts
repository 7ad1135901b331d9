// How long does a lone short query wait while a job of 2,048 texts runs, beside the same query on an idle server?
import { mixedTexts, quantile } from "../../src/measure/index.ts";
import { COMMON_WORDS } from "../fixture/vocabulary.ts";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { type BenchServer, embed, startServer } from "./server.ts";
import { benchSubject } from "./subject.ts";

const JOB_TEXTS = 2048;
const QUERIES = 200;
const PAUSE_MS = 20;
/** 14 words and two special tokens. */
const QUERY = COMMON_WORDS.slice(0, 14).join(" ");
const ROUNDS = 3;

export async function benchFair(): Promise<Comparison[]> {
  const { encoderfile } = await benchSubject();
  const job = mixedTexts(COMMON_WORDS, JOB_TEXTS);
  const server = await startServer(encoderfile);
  try {
    // Both sides are warm, and the other workers have come.
    await embed(server.url, job.slice(0, 256));
    return [
      await compare({
        question: `fair: a 16-token query beside a request of ${JOB_TEXTS} texts`,
        ours: { name: "while the request runs", run: () => besideJob(server, job) },
        baseline: { name: "on the idle server", run: () => ask(server, () => true) },
        rounds: ROUNDS,
        goal: { "p99 ms": 5 },
      }),
    ];
  } finally {
    await server.stop();
  }
}

async function besideJob(server: BenchServer, job: readonly string[]): Promise<Figures> {
  let runs = true;
  const startedMs = performance.now();
  const running = embed(server.url, job).then((status) => {
    runs = false;
    if (status !== 200) throw new Error(`The job was answered ${status}`);
    return performance.now() - startedMs;
  });
  // Reading and tokenising the request comes first.
  await Bun.sleep(500);
  const figures = await ask(server, () => runs);
  return { ...figures, "job s": (await running) / 1000 };
}

async function ask(server: BenchServer, goesOn: () => boolean): Promise<Figures> {
  const times: number[] = [];
  while (times.length < QUERIES && goesOn()) {
    const startedMs = performance.now();
    const status = await embed(server.url, QUERY);
    if (status !== 200) throw new Error(`The query was answered ${status}`);
    if (goesOn()) times.push(performance.now() - startedMs);
    await Bun.sleep(PAUSE_MS * Math.random());
  }
  return {
    "p50 ms": quantile(times, 0.5),
    "p99 ms": quantile(times, 0.99),
    queries: times.length,
  };
}
