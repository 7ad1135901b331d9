// `infer` as a process: options that change what is asked, and what it says of texts that were cut.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../../helper/source-tree.ts";
import { createTempDir } from "../../helper/temp-dir.ts";
import { writeTinyFile } from "../../helper/tiny-file.ts";

const folder = createTempDir();
const sentences = folder.join("sentences.encoderfile");
const tokens = folder.join("tokens.encoderfile");
const entailment = folder.join("entailment.encoderfile");
const sparse = folder.join("sparse.encoderfile");

/** More than the 64 tokens of the model. */
const LONG = "the time ".repeat(80);

beforeAll(async () => {
  const prompts = [{ name: "query", text: "query: " }];
  await writeTinyFile(sentences, "sentence_embedding", { prompts });
  await writeTinyFile(tokens, "token_classification");
  await writeTinyFile(sparse, "sparse_embedding");
  const indices = { entailmentIndex: 0, contradictionIndex: 1 };
  await writeTinyFile(entailment, "sequence_classification", {
    entailment: { ...indices, hypothesisTemplate: "It is {}." },
  });
});

afterAll(() => folder[Symbol.dispose]());

async function infer(file: string, args: readonly string[], stdin = "") {
  const child = Bun.spawn([process.execPath, join(ROOT, "src/main.ts"), "infer", ...args], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", ENCODERFILE_FILE: file },
    stdin: new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

type Result = Record<string, unknown> & { embedding: number[] };

async function resultsOf(file: string, args: readonly string[], stdin?: string) {
  const { stdout, stderr, exitCode } = await infer(file, args, stdin);
  expect([stderr, exitCode]).toEqual(["", 0]);
  return (JSON.parse(stdout) as { results: Result[] }).results;
}

describe("infer", () => {
  test("infer marks texts that were cut and tells how many at the end", async () => {
    const { stdout, stderr, exitCode } = await infer(sentences, [LONG, "the time", LONG]);
    const { results } = JSON.parse(stdout) as { results: Result[] };
    expect(results.map((result) => result["truncated"])).toEqual([true, undefined, true]);
    expect(stderr).toBe(
      "encoderfile: 2 texts were longer than the 64 tokens of the model and cut: see --no-truncate\n",
    );
    expect(exitCode).toBe(0);
    const one = await infer(sentences, ["--deterministic", LONG]);
    expect(one.stderr).toContain("encoderfile: 1 text was longer than");
  });

  test("infer refuses such texts when it is told so", async () => {
    const { stderr, exitCode } = await infer(sentences, ["--no-truncate", "a", LONG]);
    expect(stderr).toContain("Cannot take input 1 whole as it must have at most 64 tokens");
    expect(exitCode).toBe(2);
  });

  test("infer puts prompts before texts, and cuts vectors", async () => {
    const [plain] = await resultsOf(sentences, ["query: the time"]);
    const [named] = await resultsOf(sentences, ["--prompt-name", "query", "the time"]);
    const [own] = await resultsOf(sentences, ["--prompt", "query: ", "the time"]);
    expect(named).toEqual(plain!);
    expect(own).toEqual(plain!);
    const [cut] = await resultsOf(sentences, ["--prompt", "", "--dimensions", "3", "the time"]);
    expect(cut?.embedding).toHaveLength(3);
    const unknown = await infer(sentences, ["--prompt-name", "doc", "a"]);
    expect(unknown.stderr).toContain('"prompt_name" is "doc" where "query" is expected');
    expect(unknown.exitCode).toBe(2);
  });

  test("infer labels texts with any words, in batches that fit a request", async () => {
    const words = Array.from({ length: 1000 }, (_, index) => `word ${index}`).join();
    const args = ["--candidate-labels", words, "--multi-label"];
    const results = await resultsOf(entailment, args, "the time\n\na day\nthe cat\n");
    expect(results.map((result) => result?.["sequence"])).toEqual([
      "the time",
      undefined,
      "a day",
      "the cat",
    ]);
    expect(results[1]).toBeNull();
    expect(results[0]?.["labels"]).toHaveLength(1000);
    const single = ["--candidate-labels", "x", "--hypothesis-template", "A {}?", "the time"];
    expect(await resultsOf(entailment, single)).toMatchObject([{ labels: ["x"] }]);
    const wrong = await infer(entailment, ["--candidate-labels", ",", "a"]);
    expect(wrong.exitCode).toBe(2);
  });

  test("infer redacts texts of any length", async () => {
    const { stdout, stderr, exitCode } = await infer(tokens, [
      ...["--redact", "--stride", "8", "--threshold", "0", "--format", "jsonl"],
      ...["the time", LONG],
    ]);
    expect([stderr, exitCode]).toEqual(["", 0]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual([
      ["text", "entities"],
      ["text", "entities"],
    ]);
  });

  test("infer shows the heaviest pieces of the vocabulary", async () => {
    const [result] = await resultsOf(sparse, ["--top-k", "2", "the time"]);
    expect(result?.["sparse_embedding"]).toHaveLength(2);
  });
});
