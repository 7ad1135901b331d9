// How many texts a second does a server answer to many clients, beside the same texts in one process without a server?
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mixedTexts } from "../../src/measure/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { COMMON_WORDS } from "../fixture/vocabulary.ts";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { askAll } from "./raw-client.ts";
import { startServer } from "./server.ts";
import { BENCH_FOLDER, benchSubject, peerFolder, runQuietly } from "./subject.ts";

const PEER = { name: "@huggingface/transformers", version: "4.3.1" };
const CLIENTS = 64;
const ROUNDS = 3;
/** Times the texts are asked for by clients that never pause, and times before, while the server gets to know them. */
const PASSES = 4;
const WARM_UPS = 7;
const FIGURE = "ms per text";

export async function benchThroughput(): Promise<Comparison[]> {
  const { base, encoderfile, modelDir } = await benchSubject();
  const quantized = join(BENCH_FOLDER, "minilm-int8.encoderfile");
  runQuietly(base, "build", modelDir, "--quantize", "int8", "-o", quantized, "--force");
  const texts = mixedTexts(COMMON_WORDS);
  const graph = join(modelDir, "model.onnx");
  const ids = writeIds(texts, modelDir);
  const peer = peerFolder(PEER.name, PEER.version);
  const served = `HTTP, ${CLIENTS} clients, a text a request`;
  const http = { name: served, run: () => askServer(encoderfile, texts) };
  const int8 = { name: `${served}, int8`, run: () => askServer(quantized, texts) };
  const oneByOne = {
    name: `transformers.js ${PEER.version} on Node, one by one`,
    run: async () => runPeer(peer, modelDir, texts),
  };
  const fifo = {
    name: "ONNX Runtime, padded batches of 8 in order",
    run: async () => runInProcess("fifo", graph, ids),
  };
  const sorted = {
    name: "ONNX Runtime, sorted batches, a session per core",
    run: async () => runInProcess("sorted", graph, ids),
  };
  const pairs = [
    { ours: http, baseline: oneByOne, goal: 1 / 1.4 },
    { ours: http, baseline: fifo, goal: 1 / 2.5 },
    { ours: http, baseline: sorted, goal: 1 / 0.93 },
    { ours: int8, baseline: http, goal: 1 / 2.2 },
    { ours: int8, baseline: oneByOne, goal: 1 / 3 },
    // What a server without any cost of its own would reach: the bound of the first of these.
    { ours: sorted, baseline: oneByOne },
  ];
  const comparisons: Comparison[] = [];
  for (const { goal, ...pair } of pairs) {
    const question = `throughput: ${texts.length} texts of mixed lengths`;
    const goals = goal === undefined ? {} : { [FIGURE]: Number(goal.toFixed(3)) };
    comparisons.push(await compare({ ...pair, question, rounds: ROUNDS, goal: goals }));
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
  const server = await startServer(encoderfile);
  try {
    const passes = Array<readonly string[]>(WARM_UPS + PASSES).fill(texts);
    const answeredMs = await askAll({
      url: server.url,
      path: "/embed",
      bodies: passes.flat().map((inputs) => ({ inputs })),
      clients: CLIENTS,
    });
    // At the end there are ever fewer clients that still ask.
    const first = WARM_UPS * texts.length;
    const last = answeredMs.length - CLIENTS;
    return { [FIGURE]: (answeredMs[last]! - answeredMs[first]!) / (last - first) };
  } finally {
    await server.stop();
  }
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
