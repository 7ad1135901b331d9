// A graph that answers NaN or infinity: an error to whoever asked, for every task, and to nobody else.
import { afterAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Activation, type Model, Pooling, SparsePooling, Task } from "../../src/gen/manifest_pb.ts";
import {
  type Answer,
  classify,
  findEntities,
  rankDocuments,
  rawTokenVectors,
  sentenceVector,
  sparseVector,
  tokenVectors,
} from "../../src/task/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { writeSafetensors } from "../helper/safetensors-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { floats, node, TINY_ROWS, value, writeTinyModelDir } from "../helper/tiny-graph.ts";
import { startEngine } from "./model-file.ts";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());
const plainDir = await writeTinyModelDir(folder.join("plain"));
const tokenizer = loadTokenizer(readFileSync(join(plainDir, "tokenizer.json")));
const BROKEN_ID = tokenizer.tokenToId("z") ?? 0;

const BATCH = ["batch", "sequence"] as const;

/** A look-up of `columns` numbers per token, which are `broken` for the token "z"; one row per text if it is to pool. */
async function brokenDir(broken: number, pools: boolean, columns = 4): Promise<string> {
  const table = floats("embeddings.weight", [TINY_ROWS, columns], (index) =>
    Math.floor(index / columns) === BROKEN_ID ? broken : Math.cos(index),
  );
  const graph = {
    initializers: [table],
    nodes: [node("Gather", ["embeddings.weight", "input_ids"], pools ? "found" : "answer")],
    outputs: [value("answer", pools ? ["batch", columns] : [...BATCH, columns], "float32")],
  };
  const mean = { axes: { ints: [1] }, keepdims: { int: 0 } };
  if (pools) graph.nodes.push(node("ReduceMean", ["found"], "answer", mean));
  return await writeTinyModelDir(folder.join(`${broken}-${pools}-${columns}`), graph);
}

function denseFile(): Uint8Array {
  const data = Float32Array.from({ length: 16 }, (_, index) => (index % 5 === 0 ? 1 : 0));
  const path = folder.join("dense.safetensors");
  writeSafetensors(path, { weight: { shape: [4, 4], data } });
  return Uint8Array.from(readFileSync(path));
}

const dense = {
  inWidth: 4,
  outWidth: 4,
  activation: Activation.SIGMOID,
  weight: { file: "dense", name: "weight" },
};

type Case = {
  readonly name: string;
  readonly model: object;
  readonly pools: boolean;
  /** 4 unless said. */
  readonly columns?: number;
  readonly read: (answer: Answer, model: Model) => unknown;
};

const display = { tokenizer, unit: "utf16" } as const;
const readSentence = (answer: Answer, model: Model) => sentenceVector(answer, model, {});

const CASES: readonly Case[] = [
  {
    name: "embedding",
    model: { task: Task.EMBEDDING },
    pools: false,
    read: (answer, model) => tokenVectors(answer, model, display),
  },
  {
    name: "raw embedding",
    model: { task: Task.EMBEDDING },
    pools: false,
    read: rawTokenVectors,
  },
  ...([Pooling.MEAN, Pooling.MAX, Pooling.MEAN_SQRT_LEN, Pooling.WEIGHTED_MEAN] as const).map(
    (pooling): Case => ({
      name: `sentence embedding, pooling ${pooling}`,
      model: { task: Task.SENTENCE_EMBEDDING, pooling: [pooling] },
      pools: false,
      read: readSentence,
    }),
  ),
  {
    name: "sentence embedding the graph pools",
    model: { task: Task.SENTENCE_EMBEDDING, pooling: [Pooling.NONE] },
    pools: true,
    read: readSentence,
  },
  {
    name: "sentence embedding whose layer saturates",
    model: {
      task: Task.SENTENCE_EMBEDDING,
      pooling: [Pooling.MEAN],
      layers: [{ kind: { case: "dense", value: dense } }],
    },
    pools: false,
    read: readSentence,
  },
  {
    name: "sequence classification",
    model: { task: Task.SEQUENCE_CLASSIFICATION },
    pools: true,
    read: (answer, model) => classify(answer, model),
  },
  {
    name: "token classification",
    model: { task: Task.TOKEN_CLASSIFICATION },
    pools: false,
    read: (answer, model) => findEntities(answer, model, { ...display, strategy: "simple" }),
  },
  {
    name: "reranking",
    model: { task: Task.RERANKING },
    pools: true,
    columns: 2,
    read: (answer) => rankDocuments([answer]),
  },
  {
    name: "sparse embedding",
    model: { task: Task.SPARSE_EMBEDDING, sparsePooling: SparsePooling.SPARSE_MAX },
    pools: false,
    read: sparseVector,
  },
];

const NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY] as const;
const TABLE = CASES.flatMap((item) => NUMBERS.map((number) => [number, item.name, item] as const));

test.each(TABLE)(
  "%p of a graph is TASK_OUTPUT_NOT_FINITE: %s",
  async (number, _, { model, pools, columns, read }) => {
    const modelDir = await brokenDir(number, pools, columns);
    await using engine = await startEngine(folder, {
      modelDir,
      model,
      files: { dense: denseFile() },
    });
    const [broken, whole] = await engine.run([{ text: "a z b" }, { text: "a b" }]);
    const error = thrownBy(() => read(broken!, engine.model));
    expect([error.code, error.kind]).toEqual(["TASK_OUTPUT_NOT_FINITE", "internal"]);
    expect(() => read(whole!, engine.model)).not.toThrow();
  },
);
