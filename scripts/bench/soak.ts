// A hundred thousand requests of random shapes, some of them malformed: is each answered as it must be, and does memory
// stay what it was once all was warm? ENCODERFILE_BENCH_REQUESTS says how many; ENCODERFILE_BENCH_FILE names an
// encoderfile of a sentence embedder to ask instead of a tiny one.
import { join } from "node:path";
import { seededRandom } from "../../test/helper/seeded-random.ts";
import { makeFixture } from "../fixture/make-model.ts";
import { COMMON_WORDS } from "../fixture/vocabulary.ts";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { type BenchServer, residentMegabytes, startServer } from "./server.ts";
import { BENCH_FOLDER, benchSubject, runQuietly } from "./subject.ts";

const REQUESTS = Number(process.env["ENCODERFILE_BENCH_REQUESTS"] ?? 100_000);
const CLIENTS = 16;
const SEED = 4;
/** Memory moves up and down with the collector: samples of a hundredth of the run, of which the mean counts. */
const SAMPLES = 1_000;
const SAMPLES_PER_FIGURE = 20;
/** What comes before is warm-up. */
const WARM_SHARE = 0.1;
const GROWTH_GOAL = 1.1;

const WORDS_MAX = 300;
const TEXTS_MAX = 32;

type Shape = {
  readonly path: string;
  /** Sent as it is when it is a text; none with GET. */
  readonly body?: unknown;
  readonly status: number;
};

export async function benchSoak(): Promise<Comparison[]> {
  const file = process.env["ENCODERFILE_BENCH_FILE"] ?? (await tinyFile());
  const server = await startServer(file);
  try {
    let warm = 0;
    return [
      await compare({
        question: `soak: ${REQUESTS} requests of random shapes, ${CLIENTS} clients`,
        ours: {
          name: "at the end",
          run: async () => {
            const { figures, warmMegabytes } = await soak(server);
            warm = warmMegabytes;
            return figures;
          },
        },
        baseline: {
          name: `after the first ${WARM_SHARE * 100} %`,
          run: async () => ({ "RSS MB": warm }),
        },
        rounds: 1,
        warmUps: 0,
        goal: { "RSS MB": GROWTH_GOAL },
      }),
    ];
  } finally {
    await server.stop();
  }
}

async function tinyFile(): Promise<string> {
  const { base } = await benchSubject();
  const modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
  const file = join(BENCH_FOLDER, "tiny.encoderfile");
  runQuietly(base, "build", modelDir, "-o", file, "--force");
  return file;
}

async function soak({
  url,
  pid,
}: BenchServer): Promise<{ readonly figures: Figures; readonly warmMegabytes: number }> {
  const random = seededRandom(SEED);
  const megabytes: number[] = [];
  let sent = 0;
  let refused = 0;
  const client = async () => {
    while (sent < REQUESTS) {
      sent += 1;
      if (sent % Math.ceil(REQUESTS / SAMPLES) === 0) megabytes.push(residentMegabytes(pid));
      const shape = randomShape(random);
      await ask(url, shape);
      if (shape.status !== 200) refused += 1;
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const elapsedS = (performance.now() - startedMs) / 1000;
  const warmEnd = Math.ceil(megabytes.length * WARM_SHARE);
  const figures = {
    "RSS MB": mean(megabytes.slice(-SAMPLES_PER_FIGURE)),
    "most RSS MB": Math.max(...megabytes),
    refused,
    "requests per second": Math.round(REQUESTS / elapsedS),
  };
  return {
    figures,
    warmMegabytes: mean(megabytes.slice(Math.max(0, warmEnd - SAMPLES_PER_FIGURE), warmEnd)),
  };
}

async function ask(url: string, { path, body, status }: Shape): Promise<void> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    ...(body === undefined ? {} : { method: "POST", body: text }),
    headers: { "content-type": "application/json" },
  });
  await response.arrayBuffer();
  if (response.status === status) return;
  throw new Error(`${path} was answered ${response.status} instead of ${status} to ${text}`);
}

/** One of what clients send, right ones far more often than wrong ones. */
function randomShape(random: () => number): Shape {
  const below = (count: number) => Math.floor(random() * count);
  // Short texts and small requests are the most frequent ones, of any size the next is twice as rare as half of it.
  const skewed = (most: number) => Math.floor(most ** random());
  const text = () =>
    Array.from({ length: skewed(WORDS_MAX) }, () => COMMON_WORDS[below(COMMON_WORDS.length)]).join(
      " ",
    );
  const texts = () => Array.from({ length: skewed(TEXTS_MAX) }, text);
  const right: readonly (() => Omit<Shape, "status">)[] = [
    () => ({ path: "/embed", body: { inputs: text() } }),
    () => ({ path: "/embed", body: { inputs: texts(), normalize: random() < 0.5 } }),
    () => ({ path: "/v1/embeddings", body: { input: texts(), model: "m" } }),
    () => ({
      path: "/v1/embeddings",
      body: { input: text(), model: "m", encoding_format: "base64" },
    }),
    () => ({ path: "/api/embed", body: { model: "m", input: texts() } }),
    () => ({ path: "/predict", body: { inputs: texts() } }),
    () => ({
      path: "/similarity",
      body: { inputs: { source_sentence: text(), sentences: texts() } },
    }),
    () => ({ path: "/tokenize", body: { inputs: texts() } }),
    () => ({ path: "/info" }),
    () => ({ path: "/metrics" }),
  ];
  const wrong: readonly (() => Shape)[] = [
    () => ({ path: "/embed", body: `{"inputs": "${text()}`, status: 400 }),
    () => ({ path: "/v1/embeddings", body: { input: below(9), model: "m" }, status: 400 }),
    () => ({ path: `/nothing/${below(1e9)}`, body: {}, status: 404 }),
  ];
  if (random() < 0.05) return wrong[below(wrong.length)]!();
  return { ...right[below(right.length)]!(), status: 200 };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
