// Demo models are judged on sentences held out of training, with ONNX Runtime and the official
// tokenizer library alone.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { Tokenizer } from "tokenizers";
import { ENTITY_LABELS, makeEntityCorpus } from "../../scripts/demo-model/entity-corpus.ts";
import {
  HELD_OUT_ENTITIES,
  HELD_OUT_RANKINGS,
  HELD_OUT_SENTIMENT,
  HELD_OUT_TRIPLES,
} from "../../scripts/demo-model/held-out.ts";
import { DEMO_MODEL_NAMES, makeDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { makeSentencePairs } from "../../scripts/demo-model/sentence-corpus.ts";
import { makeSentimentCorpus } from "../../scripts/demo-model/sentiment-corpus.ts";
import { SENTIMENT_LABELS } from "../../scripts/demo-model/sentiment-demo.ts";
import { openGraph, type Row, runGraph } from "./run-graph.ts";

/** Training takes about 20 s on two cores; a loaded machine may need several times that. */
const TRAINING_TIMEOUT_MS = 120_000;
const BYTE_LENGTH_MAX = 1_000_000;
/** A run of so many words in common would mean that a held-out sentence was copied. */
const COMMON_RUN_WORDS_MAX = 4;
const PADDING_TOLERANCE = 1e-5;

const folder = await mkdtemp(join(tmpdir(), "demo-model-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeAll(async () => {
  // The second training runs beside the first, through the command.
  const script = join(import.meta.dir, "../../scripts/demo-model.ts");
  const again = Bun.spawn([process.execPath, script, join(folder, "again")]);
  await makeDemoModels(join(folder, "once"));
  expect(await again.exited).toBe(0);
}, TRAINING_TIMEOUT_MS);

type Model = { readonly session: InferenceSession; readonly tokenizer: Tokenizer };

async function openModel(name: string): Promise<Model> {
  const path = join(folder, "once", name);
  const tokenizer = Tokenizer.fromFile(join(path, "tokenizer.json"));
  return { session: await openGraph(path), tokenizer };
}

async function encode({ tokenizer }: Model, text: string, pair?: string): Promise<Row> {
  const encoding = await tokenizer.encode(text, pair ?? null);
  return { ids: encoding.getIds(), typeIds: encoding.getTypeIds() };
}

/** Mean pooling and L2 normalisation, as modules.json of the model asks. */
async function embed(model: Model, text: string, length = 0): Promise<Float64Array> {
  const row = await encode(model, text);
  const { data, dims } = await runGraph(model.session, [row], { length });
  const width = dims[2]!;
  const mean = new Float64Array(width);
  for (let at = 0; at < row.ids.length * width; at++) mean[at % width]! += data[at]!;
  const norm = Math.hypot(...mean);
  return mean.map((value) => value / norm);
}

function cosine(left: Float64Array, right: Float64Array): number {
  return left.reduce((sum, value, index) => sum + value * right[index]!, 0);
}

/** Kind, start and end of each run of B and I labels of one kind. */
function mergeEntities(logits: Float32Array, offsets: readonly number[][]) {
  const found: [string, number, number][] = [];
  for (const [at, offset] of offsets.entries()) {
    const row = logits.subarray(at * ENTITY_LABELS.length, (at + 1) * ENTITY_LABELS.length);
    const [position, kind] = ENTITY_LABELS[row.indexOf(Math.max(...row))]!.split("-");
    const last = found.at(-1);
    if (kind === undefined) continue;
    if (position === "I" && last?.[0] === kind) last[2] = offset[1]!;
    else found.push([kind, offset[0]!, offset[1]!]);
  }
  return found;
}

describe("makeDemoModels()", () => {
  test("gives identical bytes on each run, under a megabyte a model", async () => {
    for (const name of DEMO_MODEL_NAMES) {
      const path = join(folder, "once", name);
      let total = 0;
      const names = (await readdir(path, { recursive: true })).sort();
      expect(names).toContain("README.md");
      expect(names).toContain("LICENSE");
      for (const file of names) {
        if ((await stat(join(path, file))).isDirectory()) continue;
        const bytes = await readFile(join(path, file));
        expect(bytes.equals(await readFile(join(folder, "again", name, file)))).toBe(true);
        total += bytes.length;
      }
      expect(total).toBeLessThan(BYTE_LENGTH_MAX);
    }
  });

  test("gives a sentiment model right on at least 36 of 40 held-out sentences", async () => {
    const model = await openModel("sentiment");
    const rows = await Promise.all(HELD_OUT_SENTIMENT.map(([, text]) => encode(model, text)));
    const batch = await runGraph(model.session, rows);
    expect(batch.dims).toEqual([HELD_OUT_SENTIMENT.length, 2]);
    const right = HELD_OUT_SENTIMENT.filter(([label], index) => {
      const [negative, positive] = batch.data.subarray(index * 2, index * 2 + 2);
      return SENTIMENT_LABELS[positive! > negative! ? 1 : 0] === label;
    });
    expect(HELD_OUT_SENTIMENT).toHaveLength(40);
    expect(right.length).toBeGreaterThanOrEqual(36);
    for (const [index, row] of rows.entries()) {
      const alone = await runGraph(model.session, [row]);
      for (const [label, value] of alone.data.entries()) {
        expect(Math.abs(value - batch.data[index * 2 + label]!)).toBeLessThan(PADDING_TOLERANCE);
      }
    }
  });

  test("gives a sentence model that puts all 20 paraphrases before the strangers", async () => {
    const model = await openModel("sentences");
    expect(HELD_OUT_TRIPLES).toHaveLength(20);
    const wrong: string[] = [];
    for (const [anchor, paraphrase, stranger] of HELD_OUT_TRIPLES) {
      const vector = await embed(model, anchor);
      const near = cosine(vector, await embed(model, paraphrase));
      const far = cosine(vector, await embed(model, stranger));
      if (near <= far) wrong.push(anchor);
      const padded = await embed(model, anchor, 64);
      expect(Math.abs(cosine(vector, padded) - 1)).toBeLessThan(PADDING_TOLERANCE);
    }
    expect(wrong).toEqual([]);
  });

  test("gives a reranker that puts the answer first for 8 of 10 held-out queries", async () => {
    const model = await openModel("reranker");
    expect(HELD_OUT_RANKINGS).toHaveLength(10);
    let right = 0;
    for (const [query, documents] of HELD_OUT_RANKINGS) {
      const rows = await Promise.all(documents.map((text) => encode(model, query, text)));
      const { data, dims } = await runGraph(model.session, rows);
      expect(dims).toEqual([documents.length, 1]);
      if (data[0] === Math.max(...data)) right += 1;
      const alone = await runGraph(model.session, rows.slice(0, 1));
      expect(Math.abs(alone.data[0]! - data[0]!)).toBeLessThan(PADDING_TOLERANCE);
    }
    expect(right).toBeGreaterThanOrEqual(8);
  });

  test("gives an entity model that finds exactly the entities of at least 17 of 20", async () => {
    const model = await openModel("entities");
    expect(HELD_OUT_ENTITIES).toHaveLength(20);
    let right = 0;
    for (const [text, expected] of HELD_OUT_ENTITIES) {
      const encoding = await model.tokenizer.encode(text);
      const { data, dims } = await runGraph(model.session, [{ ids: encoding.getIds() }]);
      expect(dims).toEqual([1, encoding.getLength(), ENTITY_LABELS.length]);
      const found = mergeEntities(data, encoding.getOffsets());
      const named = found.map(([kind, start, end]) => [kind, text.slice(start, end)]);
      if (Bun.deepEquals(named, expected)) right += 1;
    }
    expect(right).toBeGreaterThanOrEqual(17);
  });

  test.each(DEMO_MODEL_NAMES)("gives finite answers to odd texts: %s", async (name) => {
    const model = await openModel(name);
    for (const text of ["", " ", "?", "日本語", "x".repeat(200), "no ".repeat(500)]) {
      const rows = [await encode(model, text), await encode(model, text, "and this")];
      for (const row of rows) {
        const { data } = await runGraph(model.session, [row]);
        expect(data.every(Number.isFinite)).toBe(true);
      }
    }
  });
});

describe("held-out sentences", () => {
  const words = (text: string) => text.toLowerCase().match(/[a-z']+/g) ?? [];

  /** Runs of words in a text, each longer than may be common by chance. */
  function runs(text: string): string[] {
    const all = words(text);
    const length = COMMON_RUN_WORDS_MAX + 1;
    return all.slice(length - 1).map((_, at) => all.slice(at, at + length).join(" "));
  }

  const generated = makeSentencePairs("sentences", 10_000).flatMap(({ texts }) => texts);
  const rankings = HELD_OUT_RANKINGS.flatMap(([query, documents]) => [query, ...documents]);
  const classified = HELD_OUT_SENTIMENT.map(([, text]) => text);
  const named = makeEntityCorpus("entities", 7000).map((words) => {
    return words.map(({ word }) => word).join(" ");
  });
  const judged = makeSentimentCorpus("sentiment", 13_000).map(({ text }) => text);

  test.each([
    ["sentiment", classified, judged],
    ["triples", HELD_OUT_TRIPLES.flat(), generated],
    ["rankings", rankings, generated],
    ["entities", HELD_OUT_ENTITIES.map(([text]) => text), named],
  ])("share no long run of words with the training text: %s", (_, heldOut, training) => {
    const known = new Set(training.flatMap(runs));
    expect(heldOut.filter((text) => runs(text).some((run) => known.has(run)))).toEqual([]);
  });
});
