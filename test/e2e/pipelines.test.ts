// Whole pipelines of compiled executables against ONNX Runtime, the official tokenizer and formulas written out here:
// sentence-transformers modules, prompts, sparse and late-interaction vectors, zero-shot labels, windows, redaction.
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { writeSafetensors } from "../helper/safetensors-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, runWell, startServer } from "./executable.ts";
import {
  FLOAT32_TOLERANCE,
  maxDifference,
  openReference,
  type ReferenceModel,
  softmax,
  unit,
} from "./reference.ts";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

const TEXTS = ["the cat sat on the mat", "a", "many more words than the others have, with commas"];

type Head = Parameters<typeof makeFixture>[0]["head"];

/** A model directory of its own, which may be changed. */
async function modelDir(name: string, head: Head & string): Promise<string> {
  const dir = folder.join(name);
  cpSync(await makeFixture({ shape: "tiny", head }), dir, { recursive: true });
  return dir;
}

function writeJson(dir: string, name: string, value: unknown): void {
  mkdirSync(join(dir, name, ".."), { recursive: true });
  writeFileSync(join(dir, name), JSON.stringify(value));
}

function openDir(dir: string): Promise<ReferenceModel> {
  return openReference(join(dir, "model.onnx"), join(dir, "tokenizer.json"));
}

/** Numbers that look random and are the same every time. */
function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(seed + index * 1.7) / 3);
}

const WIDTH = 32;
const MIDDLE = 24;
const OUT = 16;
const DENSE_1 = {
  weight: numbers(2 * WIDTH * MIDDLE, 1),
  bias: numbers(MIDDLE, 2),
  inWidth: 2 * WIDTH,
  outWidth: MIDDLE,
};
const DENSE_2 = { weight: numbers(MIDDLE * OUT, 3), inWidth: MIDDLE, outWidth: OUT };

function writeDense(dir: string, path: string, dense: typeof DENSE_1 | typeof DENSE_2) {
  const bias = "bias" in dense ? dense.bias : undefined;
  writeJson(dir, `${path}/config.json`, {
    in_features: dense.inWidth,
    out_features: dense.outWidth,
    bias: bias !== undefined,
    activation_function:
      bias === undefined ? "torch.nn.modules.linear.Identity" : "torch.nn.modules.activation.Tanh",
  });
  const { weight, inWidth, outWidth } = dense;
  writeSafetensors(join(dir, path, "model.safetensors"), {
    "linear.weight": { shape: [outWidth, inWidth], data: weight },
    ...(bias === undefined ? {} : { "linear.bias": { shape: [outWidth], data: bias } }),
  });
}

async function pipelineDir(): Promise<string> {
  const dir = await modelDir("pipeline", "embedding");
  const types = ["Transformer", "Pooling", "Dense", "Dense", "Normalize"];
  writeJson(
    dir,
    "modules.json",
    types.map((type, idx) => ({
      ...{ idx, name: String(idx), path: idx === 0 ? "" : `${idx}_${type}` },
      type: `sentence_transformers.models.${type}`,
    })),
  );
  writeJson(dir, "1_Pooling/config.json", {
    word_embedding_dimension: WIDTH,
    pooling_mode_cls_token: true,
    pooling_mode_mean_tokens: true,
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
    include_prompt: false,
  });
  writeDense(dir, "2_Dense", DENSE_1);
  writeDense(dir, "3_Dense", DENSE_2);
  writeJson(dir, "config_sentence_transformers.json", {
    prompts: { query: "the query: ", document: "" },
    default_prompt_name: "query",
    similarity_fn_name: "dot",
  });
  return dir;
}

function applyDense(
  vector: readonly number[],
  { weight, outWidth, inWidth, ...rest }: typeof DENSE_1 | typeof DENSE_2,
): number[] {
  const bias = "bias" in rest ? rest.bias : undefined;
  return Array.from({ length: outWidth }, (_, out) => {
    const sum = vector.reduce(
      (total, value, at) => total + value * (weight[out * inWidth + at] ?? 0),
      0,
    );
    return bias === undefined ? sum : Math.tanh(sum + (bias[out] ?? 0));
  });
}

/** The first and the mean of the tokens that are not of the prompt, joined, through both layers. */
async function expectedVector(reference: ReferenceModel, prompt: string, text: string) {
  const { rows } = await reference(prompt + text);
  // Tokens of the prompt alone, without the [SEP] at its end.
  const skipped = prompt === "" ? 0 : (await reference(prompt)).ids.length - 1;
  const kept = rows.slice(skipped);
  const first = kept[0] ?? [];
  const mean = first.map(
    (_, at) => kept.reduce((sum, row) => sum + (row[at] ?? 0), 0) / kept.length,
  );
  return applyDense(applyDense([...first, ...mean], DENSE_1), DENSE_2);
}

describe("sentence-transformers pipeline", () => {
  test("cls + mean without the prompt, two Dense layers and Normalize equal the formulas", async () => {
    const dir = await pipelineDir();
    const file = await buildFile(folder.join("pipeline.encoderfile"), dir);
    const reference = await openDir(dir);
    await using server = await startServer(file);
    for (const [options, prompt] of [
      [{}, "the query: "],
      [{ prompt_name: "query" }, "the query: "],
      [{ prompt_name: "document" }, ""],
      [{ prompt: "" }, ""],
      [{ prompt: "a cat: " }, "a cat: "],
    ] as const) {
      const { body } = await post(`${server.url}/embed`, { inputs: TEXTS, ...options });
      for (const [index, text] of TEXTS.entries()) {
        const raw = await expectedVector(reference, prompt, text);
        const vector = (body as number[][])[index] ?? [];
        expect(maxDifference(vector, unit(raw))).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
      }
    }
    const raw = await expectedVector(reference, "the query: ", TEXTS[0] ?? "");
    const cut = await post(`${server.url}/embed`, { inputs: TEXTS[0], dimensions: 5 });
    const found = (cut.body as number[][])[0] ?? [];
    expect(maxDifference(found, unit(raw.slice(0, 5)))).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    const unknown = await post(`${server.url}/embed`, { inputs: "a", prompt_name: "passage" });
    expect(unknown.status).toBe(422);
    expect(JSON.stringify(unknown.body)).toContain("document");
  });

  test("inspect names the file each setting comes from, and extract gives all of them back", async () => {
    const file = folder.join("pipeline.encoderfile");
    const { stdout } = await runWell([file, "inspect"]);
    for (const word of ["cls + mean", "2_Dense", "tanh", "the query: ", "dot", "Normalize"]) {
      expect(stdout).toContain(word);
    }
    for (const name of ["config_sentence_transformers.json", "1_Pooling/config.json"]) {
      expect(stdout).toContain(name);
    }
    const out = folder.join("extracted");
    await runWell([file, "extract", "-o", out]);
    const again = await buildFile(folder.join("again.encoderfile"), out, "--name", "pipeline");
    const digest = /model digest\s+([0-9a-f]{64})/;
    const rebuilt = (await runWell([again, "inspect"])).stdout;
    expect(digest.exec(rebuilt)?.[1]).toBe(digest.exec(stdout)?.[1] ?? "none");
  });
});

describe("other vectors", () => {
  test("a masked-language-model head gives SPLADE's weights at /embed_sparse", async () => {
    const dir = await modelDir("splade", "masked-lm");
    const file = await buildFile(
      folder.join("splade.encoderfile"),
      dir,
      ...["--task", "sparse_embedding"],
    );
    const reference = await openDir(dir);
    await using server = await startServer(file);
    const { body } = await post(`${server.url}/embed_sparse`, { inputs: TEXTS });
    for (const [index, text] of TEXTS.entries()) {
      const { rows } = await reference(text);
      const largest = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at] ?? 0)));
      const expected = largest.flatMap((logit, at) =>
        logit > 0 ? [{ index: at, value: Math.log1p(logit) }] : [],
      );
      const found = (body as { index: number; value: number }[][])[index] ?? [];
      expect(found.map((weight) => weight.index)).toEqual(expected.map((weight) => weight.index));
      const values = found.map(({ value }) => value);
      const wanted = expected.map(({ value }) => value);
      expect(maxDifference(values, wanted)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    }
  });

  test("late interaction gives a vector of length 1 per token at /embed_all", async () => {
    const dir = await modelDir("late", "embedding");
    const flags = ["--task", "embedding", "--normalize"];
    const file = await buildFile(folder.join("late.encoderfile"), dir, ...flags);
    const reference = await openDir(dir);
    await using server = await startServer(file);
    const { body } = await post(`${server.url}/embed_all`, { inputs: TEXTS });
    for (const [index, text] of TEXTS.entries()) {
      const { rows } = await reference(text);
      const found = (body as number[][][])[index] ?? [];
      const expected = rows.flatMap((row) => unit(row));
      expect(maxDifference(found.flat(), expected)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    }
  });
});

describe("labels", () => {
  test("an entailment model classifies with any labels", async () => {
    const dir = await modelDir("nli", "sequence-classification");
    const flags = ["--labels", "contradiction,neutral,entailment", "--name", "nli"];
    const file = await buildFile(folder.join("nli.encoderfile"), dir, ...flags);
    const reference = await openDir(dir);
    await using server = await startServer(file);
    const candidates = ["sport", "the weather", "music"];
    const [text = ""] = TEXTS;
    const logits = await Promise.all(
      candidates.map(
        async (label) =>
          (await reference(text, { pair: `This text is about ${label}.` })).rows[0] ?? [],
      ),
    );
    const single = softmax(logits.map((row) => row[2] ?? 0));
    const multi = logits.map((row) => softmax([row[0] ?? 0, row[2] ?? 0])[1] ?? 0);
    for (const [multi_label, scores] of [
      [false, single],
      [true, multi],
    ] as const) {
      const { body, status } = await post(`${server.url}/classify`, {
        inputs: text,
        parameters: {
          ...{ candidate_labels: candidates, multi_label },
          hypothesis_template: "This text is about {}.",
        },
      });
      expect(status).toBe(200);
      const found = body as { sequence: string; labels: string[]; scores: number[] };
      const order = [...candidates.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
      expect(found.sequence).toBe(text);
      expect(found.labels).toEqual(order.map((at) => candidates[at] ?? ""));
      const expected = order.map((at) => scores[at] ?? 0);
      expect(maxDifference(found.scores, expected)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    }
  });

  test("a token classifier reads a text longer than it is, with spans of the whole text", async () => {
    const dir = await modelDir("windows", "token-classification");
    const flags = ["--max-length", "16", "--stride", "4"];
    const file = await buildFile(folder.join("windows.encoderfile"), dir, ...flags);
    const text = Array.from({ length: 60 }, (_, at) => ["the", "cat", "sat"][at % 3]).join(" ");
    const { stdout } = await runWell([file, "infer", text]);
    type Token = { token_info: { start: number; end: number; token: string } };
    const [result] = (JSON.parse(stdout) as { results: { tokens: Token[] }[] }).results;
    const { ids, spans, special } = await (await openDir(dir))(text);
    const expected = ids.flatMap((_, at) => (special[at] === 1 ? [] : [[...(spans[at] ?? [])]]));
    const found = result?.tokens.map(({ token_info }) => [token_info.start, token_info.end]);
    expect(found).toEqual(expected);
    await using server = await startServer(file);
    const cut = await fetch(`${server.url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: [text, "the cat"], truncate: true }),
    });
    const body = (await cut.json()) as { results: { tokens: Token[]; truncated?: boolean }[] };
    expect(cut.headers.get("x-truncated-inputs")).toBe("1");
    expect(body.results.map(({ truncated }) => truncated)).toEqual([true, undefined]);
    expect(body.results[0]?.tokens).toHaveLength(14);
  });

  test("a text gets the same bits alone, twice, and among 32 others", async () => {
    const file = await buildFile(
      folder.join("bits.encoderfile"),
      await modelDir("bits", "sequence-classification"),
    );
    await using server = await startServer(file);
    const others = Array.from({ length: 31 }, (_, at) => "word ".repeat(1 + ((at * 7) % 40)));
    const [text = ""] = TEXTS;
    const first = async (inputs: readonly string[]) =>
      ((await post(`${server.url}/predict`, { inputs })).body as { results: unknown[] }).results;
    const [alone] = await first([text]);
    expect((await first([text, ...others]))[0]).toEqual(alone);
    expect(await first([text, text])).toEqual([alone, alone]);
  });
});
