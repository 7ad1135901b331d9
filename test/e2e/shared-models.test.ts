// Builds, copies and runs executables of real models and compares every number with the reference.
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, post, run, runWell, startServer } from "./executable.ts";
import {
  FLOAT32_TOLERANCE,
  maxDifference,
  meanRow,
  openReference,
  softmax,
  unit,
} from "./reference.ts";

const shared = sharedModelsDir() ?? "";
const model = (...names: readonly string[]) => join(shared, ...names);
const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

const TEXTS = [
  "hello world",
  "It is a truth universally acknowledged, that a single man wants a wife.",
  "Zażółć gęślą jaźń \u{1f600} naïve — done",
  "a",
];

type Infer = { readonly results: readonly Record<string, unknown>[] };

/** Builds a file, copies it somewhere else, and answers texts with the copy. */
async function buildAndInfer(name: string, dir: string, flags: readonly string[], texts = TEXTS) {
  const file = await buildFile(folder.join(`${name}.encoderfile`), dir, ...flags);
  mkdirSync(folder.join("elsewhere"), { recursive: true });
  const copy = folder.join("elsewhere", name);
  copyFileSync(file, copy);
  const { stdout } = await runWell([copy, "infer", ...texts]);
  return { file: copy, results: (JSON.parse(stdout) as Infer).results };
}

type TokenInfo = { token: string; token_id: number; start: number; end: number };

/** Vectors of the tokens an answer to `predict` holds, and what it says of them. */
function tokensOf(result: Record<string, unknown> | undefined) {
  return result?.["embeddings"] as { embedding: number[]; token_info: TokenInfo }[];
}

describe.skipIf(shared === "")("shared models (needs shared models)", () => {
  test("bert-tiny-random/embedding gives a vector and a span per token", async () => {
    const dir = model("bert-tiny-random/embedding");
    const { results } = await buildAndInfer("tiny-embedding", dir, ["--task", "embedding"]);
    const reference = await openReference(join(dir, "model.onnx"), join(dir, "tokenizer.json"));
    for (const [index, text] of TEXTS.entries()) {
      const { rows, special, ids, spans, tokens } = await reference(text);
      const kept = ids.flatMap((_, token) => (special[token] === 1 ? [] : [token]));
      const found = tokensOf(results[index]);
      expect(found.map(({ token_info }) => token_info)).toEqual(
        kept.map((token) => ({
          token: tokens[token] ?? "",
          token_id: ids[token] ?? -1,
          start: spans[token]?.[0] ?? -1,
          end: spans[token]?.[1] ?? -1,
        })),
      );
      const expected = kept.flatMap((token) => rows[token] ?? []);
      const vectors = found.flatMap(({ embedding }) => embedding);
      expect(maxDifference(vectors, expected)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    }
  });

  test("bert-tiny-random/sentence_embedding pools and normalises", async () => {
    const dir = model("bert-tiny-random/sentence_embedding");
    const file = await buildFile(folder.join("tiny-sentence"), dir);
    const reference = await openReference(join(dir, "model.onnx"), join(dir, "tokenizer.json"));
    await using server = await startServer(file);
    const { body } = await post(`${server.url}/embed`, { inputs: TEXTS });
    const all = await post(`${server.url}/embed_all`, { inputs: TEXTS });
    for (const [index, text] of TEXTS.entries()) {
      const { rows } = await reference(text);
      const vector = (body as number[][])[index] ?? [];
      expect(maxDifference(vector, unit(meanRow(rows)))).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
      const tokens = (all.body as number[][][])[index] ?? [];
      expect(maxDifference(tokens.flat(), rows.flat())).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    }
    const alone = await post(`${server.url}/embed`, { inputs: TEXTS[1] });
    expect((alone.body as number[][])[0]).toEqual((body as number[][])[1]!);
  });

  test("bert-tiny-random/sequence_classification gives probabilities of its labels", async () => {
    const dir = model("bert-tiny-random/sequence_classification");
    const { results } = await buildAndInfer("tiny-classifier", dir, []);
    const reference = await openReference(join(dir, "model.onnx"), join(dir, "tokenizer.json"));
    for (const [index, text] of TEXTS.entries()) {
      const logits = (await reference(text)).rows[0] ?? [];
      const found = results[index] as {
        logits: number[];
        scores: number[];
        predicted_index: number;
        predicted_label: string;
      };
      expect(maxDifference(found.logits, logits)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
      expect(maxDifference(found.scores, softmax(logits))).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
      const best = logits.indexOf(Math.max(...logits));
      expect([found.predicted_index, found.predicted_label]).toEqual([
        best,
        ["good", "bad"][best]!,
      ]);
    }
  });

  test("bert-tiny-random/token_classification labels tokens with spans", async () => {
    const dir = model("bert-tiny-random/token_classification");
    const { results } = await buildAndInfer("tiny-tokens", dir, []);
    await expectTokenScores(dir, results, TEXTS);
  });

  for (const [name, weights, tolerance] of [
    ["fp32", "model.onnx", FLOAT32_TOLERANCE],
    // The activations of this graph are quantised with one scale per tensor.
    ["int8", "model_quantized.onnx", 1e-3],
  ] as const) {
    test(`arabic-diacritics ${name} labels every character`, async () => {
      const dir = model("arabic-diacritics");
      const texts = ["السلام عليكم ورحمة الله", "ذهب الولد الى المدرسة"];
      const flags = ["--weights", join(dir, weights)];
      const { results } = await buildAndInfer(`arabic-${name}`, dir, flags, texts);
      await expectTokenScores(dir, results, texts, { weights, tolerance });
      const tokens = results[0]?.["tokens"] as { token_info: TokenInfo; label: string }[];
      // Every character is a token, and the model, which is trained, has more than one mark to give.
      expect(tokens.map(({ token_info }) => token_info.token).join("")).toBe(texts[0]!);
      expect(new Set(tokens.map(({ label }) => label)).size).toBeGreaterThan(3);
    });
  }

  test("movie-review-sentiment gives the published probabilities", async () => {
    const dir = model("movie-review-sentiment");
    const { cases } = JSON.parse(readFileSync(join(dir, "expected.json"), "utf8")) as {
      cases: { text: string; scores: Record<string, number> }[];
    };
    // Its padding takes part in the average, as in the original: every text is padded to 256 tokens.
    const config = folder.join("movie.yml");
    writeFileSync(
      config,
      `encoderfile:\n  name: movie\n  path: ${dir}\n  model_type: sequence_classification\n` +
        "  output_path: movie.encoderfile\n  tokenizer:\n    pad_strategy:\n      fixed: 256\n",
    );
    await runWell([basePath(), "build", "-f", config, "--force"]);
    const file = folder.join("movie.encoderfile");
    await using server = await startServer(file);
    const { body } = await post(`${server.url}/classify`, {
      inputs: cases.map(({ text }) => [text]),
    });
    for (const [index, { scores }] of cases.entries()) {
      const found = (body as { label: string; score: number }[][])[index] ?? [];
      for (const { label, score } of found) {
        expect(Math.abs(score - (scores[label] ?? 0))).toBeLessThan(1e-5);
      }
      expect(found).toHaveLength(2);
    }
  });

  test("regex-embedder pools itself", async () => {
    const dir = model("regex-embedder");
    const { cases, cosine } = JSON.parse(readFileSync(join(dir, "expected.json"), "utf8")) as {
      cases: { text: string; first_value: number; first_value_l2: number }[];
      cosine: number;
    };
    const flags = ["--pad-to", "256"];
    const file = await buildFile(folder.join("regex"), dir, ...flags);
    await using server = await startServer(file);
    const inputs = cases.map(({ text }) => text);
    const plain = (await post(`${server.url}/embed`, { inputs, normalize: false }))
      .body as number[][];
    const units = (await post(`${server.url}/embed`, { inputs })).body as number[][];
    for (const [index, expected] of cases.entries()) {
      expect(Math.abs((plain[index]?.[0] ?? 0) - expected.first_value)).toBeLessThan(1e-4);
      expect(Math.abs((units[index]?.[0] ?? 0) - expected.first_value_l2)).toBeLessThan(1e-4);
    }
    const product = (units[0] ?? []).reduce(
      (sum, value, at) => sum + value * (units[1]?.[at] ?? 0),
      0,
    );
    expect(Math.abs(product - cosine)).toBeLessThan(1e-3);
    const refused = await post(`${server.url}/embed_all`, { inputs });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThan(500);
  });

  test("tribuo-tinybert gives the published vectors of both outputs", async () => {
    const dir = model("tribuo-tinybert");
    const expected = JSON.parse(readFileSync(join(dir, "expected.json"), "utf8")) as {
      text: string;
      output_0: number[][];
      output_1: number[];
    };
    const flags = [
      ...["--weights", join(dir, "tinybert.onnx")],
      ...["--tokenizer", join(dir, "tinybert-tokenizer.json")],
    ];
    const tokens = await buildFile(
      folder.join("tribuo-tokens"),
      dir,
      ...flags,
      "--task",
      "embedding",
    );
    await using server = await startServer(tokens);
    const { body } = await post(`${server.url}/embed_all`, { inputs: expected.text });
    const found = (body as number[][][])[0] ?? [];
    expect(maxDifference(found.flat(), expected.output_0.flat())).toBeLessThan(1e-5);
    const pooled = [...flags, "--task", "sentence_embedding", "--output-name", "output_1"];
    const file = await buildFile(folder.join("tribuo-pooled"), dir, ...pooled, "--no-normalize");
    const { stdout } = await runWell([file, "infer", expected.text]);
    const { results } = JSON.parse(stdout) as { results: { embedding: number[] }[] };
    expect(maxDifference(results[0]?.embedding ?? [], expected.output_1)).toBeLessThan(1e-5);
  });

  const VESPA = model("vespa-transformers");
  const VESPA_TOKENIZER = join(VESPA, "tokenizer.json");

  test("vespa-transformers/dummy_transformer is refused with a tokenizer of more words than it knows", async () => {
    const command = [
      ...[basePath(), "build", VESPA, "--weights", join(VESPA, "dummy_transformer.onnx")],
      ...["--tokenizer", VESPA_TOKENIZER, "--task", "embedding", "-o", folder.join("never")],
    ];
    const { exitCode, stderr } = await run(command);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("expected at most 19");
  });

  test.each(["dummy_transformer.onnx", "dummy_transformer_without_type_ids.onnx"])(
    "vespa-transformers/%s equals the reference",
    async (graph) => {
      const tokenizer = folder.join("small-tokenizer.json");
      writeFileSync(tokenizer, JSON.stringify(smallTokenizer()));
      // Attends over the batch axis: right for one text at a time, and refused unless that is accepted.
      await expectTokenVectors(join(VESPA, graph), tokenizer, "output_0", [
        "--allow-batch-dependence",
      ]);
    },
  );

  test("vespa-transformers/random_encoder, which does not ignore padding, equals the reference", async () => {
    const weights = join(VESPA, "random_encoder.onnx");
    const flags = ["--weights", weights, "--tokenizer", VESPA_TOKENIZER, "--task", "embedding"];
    const refused = await run([basePath(), "build", VESPA, ...flags, "-o", folder.join("never")]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain("padding");
    await expectTokenVectors(weights, VESPA_TOKENIZER, "last_hidden_state", [
      "--allow-batch-dependence",
    ]);
  });

  test("vespa-transformers/mock_sentence_embedder takes float inputs and pools itself", async () => {
    const weights = join(VESPA, "mock_sentence_embedder.onnx");
    const flags = [
      ...["--weights", weights, "--tokenizer", VESPA_TOKENIZER],
      ...["--no-normalize", "--allow-batch-dependence"],
    ];
    const { results } = await buildAndInfer("mock", VESPA, flags, ["hello world"]);
    const reference = await openReference(weights, VESPA_TOKENIZER);
    const { rows } = await reference("hello world", { output: "sentence_embedding" });
    const vector = results[0]?.["embedding"] as number[];
    expect(vector.map(Math.fround)).toEqual([...(rows[0] ?? [])]);
  });

  test("vespa-transformers/dummy_transformer_mlm is refused with the reason", async () => {
    const command = [
      ...[basePath(), "build", VESPA, "--weights", join(VESPA, "dummy_transformer_mlm.onnx")],
      ...["--tokenizer", join(VESPA, "tokenizer.json"), "-o", folder.join("mlm")],
    ];
    const { exitCode, stderr } = await run(command);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("task");
    expect(stderr).not.toContain("    at ");
  });

  test("distilbert-tiny-random classifies without token types", async () => {
    const dir = model("distilbert-tiny-random");
    const tokenizer = model("bert-tiny-random/embedding/tokenizer.json");
    const { results } = await buildAndInfer("distilbert", dir, ["--tokenizer", tokenizer]);
    const reference = await openReference(join(dir, "model.onnx"), tokenizer);
    for (const [index, text] of TEXTS.entries()) {
      const logits = (await reference(text)).rows[0] ?? [];
      const found = results[index] as { logits: number[]; predicted_label: string };
      expect(maxDifference(found.logits, logits)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
      expect(["NEGATIVE", "POSITIVE"]).toContain(found.predicted_label);
    }
  });
});

/** A WordPiece tokenizer of the 20 words the dummy transformers have room for. */
function smallTokenizer() {
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
  const words = [...special, ..."abcdefghijklmnop"];
  const piece = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } });
  const tokenId = (id: string) => [id, { id, ids: [words.indexOf(id)], tokens: [id] }];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false },
      ...{ normalized: false, special: true },
    })),
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: {
      type: "TemplateProcessing",
      single: [piece("[CLS]"), text("A"), piece("[SEP]")],
      pair: [piece("[CLS]"), text("A"), piece("[SEP]"), text("B"), piece("[SEP]")],
      special_tokens: Object.fromEntries([tokenId("[CLS]"), tokenId("[SEP]")]),
    },
    decoder: null,
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  };
}

/** Compares the vectors of each text, answered alone, with the reference. */
async function expectTokenVectors(
  weights: string,
  tokenizer: string,
  output: string,
  flags: readonly string[] = [],
): Promise<void> {
  const all = ["--weights", weights, "--tokenizer", tokenizer, "--task", "embedding", ...flags];
  const reference = await openReference(weights, tokenizer);
  for (const text of ["a b c", "hello"]) {
    const { results } = await buildAndInfer("vectors", dirname(weights), all, [text]);
    const { rows, special } = await reference(text, { output });
    const kept = rows.filter((_, token) => special[token] !== 1);
    const vectors = tokensOf(results[0]).map(({ embedding }) => embedding);
    expect(vectors).toHaveLength(kept.length);
    expect(maxDifference(vectors.flat(), kept.flat())).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
  }
}

async function expectTokenScores(
  dir: string,
  results: readonly Record<string, unknown>[],
  texts: readonly string[],
  options: { readonly weights?: string; readonly tolerance?: number } = {},
): Promise<void> {
  const { weights = "model.onnx", tolerance = FLOAT32_TOLERANCE } = options;
  const reference = await openReference(join(dir, weights), join(dir, "tokenizer.json"));
  for (const [index, text] of texts.entries()) {
    const { rows, special, spans } = await reference(text);
    const kept = rows.flatMap((_, token) => (special[token] === 1 ? [] : [token]));
    const tokens = results[index]?.["tokens"] as { token_info: TokenInfo; scores: number[] }[];
    expect(tokens.map(({ token_info }) => [token_info.start, token_info.end])).toEqual(
      kept.map((token) => [...(spans[token] ?? [])]),
    );
    const expected = kept.flatMap((token) => softmax(rows[token] ?? []));
    const found = tokens.flatMap(({ scores }) => scores);
    expect(maxDifference(found, expected)).toBeLessThanOrEqual(tolerance);
  }
}
