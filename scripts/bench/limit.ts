// How near is the encoder to what the processor can do? Its operations a second at the shapes of batches,
// on one thread, beside those of one large product of matrices in the same run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { MemorySource } from "../../src/io/index.ts";
import { quantizeGraph } from "../../src/quantize/index.ts";
import { FIXTURE_SHAPES } from "../fixture/fixture-option.ts";
import { GraphBuilder } from "../fixture/graph-builder.ts";
import { writeOnnxModel } from "../fixture/onnx-writer.ts";
import { randomWeights } from "../fixture/random-weight.ts";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { benchSubject } from "./subject.ts";

/** Rows, terms and columns of the product. */
const SIDE = 1024;
/** Texts and tokens in each: what batches of 256 tokens look like, a short text, and a batch beyond the caches. */
const SHAPES = [
  [1, 16],
  [1, 64],
  [8, 32],
  [4, 64],
  [1, 256],
  [32, 32],
] as const;
const ROUNDS = 5;
const MS_PER_ROUND = 400;
const FIGURE = "ns per 1000 operations";

type Graphs = { readonly encoder: InferenceSession; readonly product: InferenceSession };

export async function benchLimit(): Promise<Comparison[]> {
  const { modelDir } = await benchSubject();
  const folder = mkdtempSync(join(tmpdir(), "encoderfile-limit-"));
  try {
    const comparisons: Comparison[] = [];
    for (const kind of ["float32", "int8"] as const) {
      const graphs = await openGraphs(kind, join(modelDir, "model.onnx"), folder);
      for (const [texts, tokens] of SHAPES) {
        const baseline = {
          name: `a product of ${SIDE} x ${SIDE} x ${SIDE}, ${kind}`,
          run: () => perOperation(2 * SIDE ** 3, () => runProduct(graphs.product)),
        };
        const ours = {
          name: `the encoder at ${texts} x ${tokens} tokens, ${kind}`,
          run: () =>
            perOperation(operationsOf(texts, tokens), () => runEncoder(graphs, texts, tokens)),
        };
        const question = `limit: operations of the encoder, ${kind}, one thread`;
        comparisons.push(await compare({ question, ours, baseline, rounds: ROUNDS, goal: {} }));
      }
    }
    return comparisons;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of products of matrices, which are nearly all: those of the layers, and those of attention. */
function operationsOf(texts: number, tokens: number): number {
  const { hidden, intermediate, layers } = FIXTURE_SHAPES["minilm-l6"];
  const perToken = 4 * hidden ** 2 + 2 * hidden * intermediate + 2 * tokens * hidden;
  return 2 * texts * tokens * layers * perToken;
}

async function perOperation(operations: number, run: () => Promise<void>): Promise<Figures> {
  const startedMs = performance.now();
  let runs = 0;
  let elapsedMs = 0;
  for (; elapsedMs < MS_PER_ROUND; runs++) {
    await run();
    elapsedMs = performance.now() - startedMs;
  }
  const nanoseconds = (elapsedMs / runs) * 1e6;
  return {
    [FIGURE]: (nanoseconds / operations) * 1000,
    "GOP/s": operations / nanoseconds,
  };
}

async function openGraphs(
  kind: "float32" | "int8",
  encoderPath: string,
  folder: string,
): Promise<Graphs> {
  const product = await openGraph(kind, await writeProduct(folder), folder);
  return { encoder: await openGraph(kind, encoderPath, folder), product };
}

async function openGraph(
  kind: "float32" | "int8",
  path: string,
  folder: string,
): Promise<InferenceSession> {
  if (kind === "float32") return await openSession(path);
  const source = new MemorySource(readFileSync(path), "model.onnx");
  const { bytes } = quantizeGraph(source, () => {
    throw new Error("The graph is one file");
  });
  const rounded = join(folder, "rounded.onnx");
  writeFileSync(rounded, bytes);
  return await openSession(rounded);
}

function openSession(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    enableCpuMemArena: false,
    enableMemPattern: false,
    graphOptimizationLevel: "extended",
    logSeverityLevel: 3,
  });
}

async function writeProduct(folder: string): Promise<string> {
  const graph = new GraphBuilder(17);
  const weight = graph.weight("weight", [SIDE, SIDE], () => randomWeights("1", SIDE ** 2, 1));
  graph.output("product", "MatMul", ["rows", weight]);
  const path = join(folder, `product-${crypto.randomUUID()}.onnx`);
  await writeOnnxModel(path, {
    irVersion: 8,
    producerName: "encoderfile-bench",
    producerVersion: "1",
    opsets: [{ domain: "", version: graph.opset }],
    graphName: "main_graph",
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: [{ name: "rows", type: "float32", dims: ["count", SIDE] }],
    outputs: [{ name: "product", type: "float32", dims: ["count", SIDE] }],
  });
  return path;
}

const ROWS = new Tensor("float32", randomWeights("2", SIDE ** 2, 1), [SIDE, SIDE]);

async function runProduct(session: InferenceSession): Promise<void> {
  await session.run({ rows: ROWS });
}

async function runEncoder({ encoder }: Graphs, texts: number, tokens: number): Promise<void> {
  const dims = [texts, tokens];
  const filled = (value: bigint) =>
    new Tensor("int64", new BigInt64Array(texts * tokens).fill(value), dims);
  await encoder.run({
    input_ids: filled(1000n),
    attention_mask: filled(1n),
    token_type_ids: filled(0n),
  });
}
