// How many texts a second does a server answer to many clients, beside the same texts in one process without a server?
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mixedTexts } from "../../src/measure/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { COMMON_WORDS } from "../fixture/vocabulary.ts";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { BENCH_FOLDER, benchSubject, peerFolder } from "./subject.ts";

const PEER = { name: "@huggingface/transformers", version: "4.3.1" };
const CLIENTS = 64;
const ROUNDS = 3;
/** Times the texts are asked for by clients that never pause. */
const PASSES = 5;
const FIGURE = "ms per text";

export async function benchThroughput(): Promise<Comparison[]> {
  const { encoderfile, modelDir } = await benchSubject();
  const texts = mixedTexts(COMMON_WORDS);
  const graph = join(modelDir, "model.onnx");
  const ids = writeIds(texts, modelDir);
  const peer = peerFolder(PEER.name, PEER.version);
  const ours = {
    name: `HTTP, ${CLIENTS} clients, a text a request`,
    run: () => askServer(encoderfile, texts),
  };
  const baselines = [
    [
      `transformers.js ${PEER.version} on Node, one by one`,
      () => runPeer(peer, modelDir, texts),
      1 / 1.4,
    ],
    ["ONNX Runtime, padded batches of 8 in order", () => runInProcess("fifo", graph, ids), 1 / 2.5],
    [
      "ONNX Runtime, sorted batches, a session per core",
      () => runInProcess("sorted", graph, ids),
      1 / 0.93,
    ],
  ] as const;
  const comparisons: Comparison[] = [];
  for (const [name, run, goal] of baselines) {
    const baseline = { name, run: async () => run() };
    const question = `throughput: ${texts.length} texts of mixed lengths`;
    const goals = { [FIGURE]: Number(goal.toFixed(3)) };
    comparisons.push(await compare({ question, ours, baseline, rounds: ROUNDS, goal: goals }));
  }
  return comparisons;
}

/** Without a server nothing is tokenised: the ids are given. */
function writeIds(texts: readonly string[], modelDir: string): string {
  const tokenizer = loadTokenizer(readFileSync(join(modelDir, "tokenizer.json")));
  const ids = texts.map((text) => [...tokenizer.encode(text, { maxLength: 256 }).ids]);
  const path = join(BENCH_FOLDER, "throughput-ids.json");
  writeFileSync(path, JSON.stringify(ids));
  return path;
}

async function askServer(encoderfile: string, texts: readonly string[]): Promise<Figures> {
  const server = Bun.spawn([encoderfile, "serve", "--port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    const url = await addressOf(server.stderr);
    const answeredMs = await askAll(url, Array(PASSES).fill(texts).flat());
    // The first pass warms up; at the end there are ever fewer clients that still ask.
    const first = texts.length;
    const last = answeredMs.length - CLIENTS;
    return { [FIGURE]: (answeredMs[last]! - answeredMs[first]!) / (last - first) };
  } finally {
    server.kill();
    await server.exited;
  }
}

async function addressOf(log: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of log) {
    text += new TextDecoder().decode(chunk);
    const found = /https?:\/\/[^\s/]+:\d+/.exec(text);
    if (found) return found[0];
  }
  throw new Error(`The server ended before it listened:\n${text}`);
}

/** When each answer came, in the order they came. */
async function askAll(url: string, texts: readonly string[]): Promise<readonly number[]> {
  const waiting = [...texts];
  const answeredMs: number[] = [];
  const client = async () => {
    for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
      const response = await fetch(`${url}/embed`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ inputs: text }),
      });
      await response.arrayBuffer();
      if (response.status === 503) waiting.push(text);
      else if (response.status !== 200) throw new Error(`Answered ${response.status}`);
      else answeredMs.push(performance.now());
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answeredMs;
}

function runInProcess(way: "fifo" | "sorted", graph: string, ids: string): Figures {
  const program = join(import.meta.dir, "throughput-process.ts");
  return lastFigures([process.execPath, program, way, graph, ids], BENCH_FOLDER);
}

function runPeer(peer: string, modelDir: string, texts: readonly string[]): Figures {
  const program = `
    import { env, pipeline } from "@huggingface/transformers";
    env.allowRemoteModels = false;
    const texts = ${JSON.stringify(texts)};
    const extract = await pipeline("feature-extraction", ${JSON.stringify(modelDir)}, { dtype: "fp32", subfolder: "" });
    const all = async () => {
      for (const text of texts) await extract(text, { pooling: "mean", normalize: true });
    };
    await all();
    const startedMs = performance.now();
    await all();
    console.log(JSON.stringify({ "${FIGURE}": (performance.now() - startedMs) / texts.length }));
    process.exit(0);`;
  return lastFigures(["node", "--input-type=module", "-e", program], peer);
}

function lastFigures(command: readonly string[], cwd: string): Figures {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, stdin: "ignore" });
  if (exitCode !== 0) throw new Error(`${command[0]} failed:\n${stderr}`);
  return JSON.parse(stdout.toString().trim().split("\n").at(-1) ?? "") as Figures;
}
