// The command `selftest` against real engines of tiny models: what holds, what differs, and what cannot be asked.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FixtureHead, FixtureOptions } from "../../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../../scripts/fixture/make-model.ts";
import { CommandInput } from "../../../src/cli/command.ts";
import { EXIT_CODE } from "../../../src/cli/exit-code.ts";
import { selftestCommand } from "../../../src/cli/runtime/selftest.ts";
import { CodedError } from "../../../src/error/index.ts";
import { openFile } from "../../../src/format/index.ts";
import { type GoldenDocument, printGoldens, readStoredGoldens } from "../../../src/golden/index.ts";
import { FileSource } from "../../../src/io/index.ts";
import { build, type settingsOf } from "../../helper/build-model.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { rewriteFile } from "../../helper/rewrite-file.ts";
import {
  denseConfig,
  denseWeights,
  modulesOf,
  writeDense,
} from "../../helper/sentence-transformers.ts";
import { createTempDir } from "../../helper/temp-dir.ts";
import { writeJsonFiles } from "../../helper/tiny-graph.ts";

const folder = createTempDir();
let file: string;
let document: GoldenDocument;

type Plain = Parameters<typeof settingsOf>[0];

async function buildFixture(options: FixtureOptions, plain: Plain = {}): Promise<string> {
  const output = folder.join(`${Bun.hash(JSON.stringify([options, plain]))}.encoderfile`);
  return build(folder, await makeFixture(options), { output, ...plain }).path;
}

beforeAll(async () => {
  file = await buildFixture({ head: "sequence-classification" });
  using source = new FileSource(file);
  const asset = openFile(source).assets.find(({ name }) => name === "goldens.json");
  document = readStoredGoldens(source.read(asset?.byteOffset ?? 0, asset?.byteLength ?? 0));
});
afterAll(() => folder[Symbol.dispose]());

type Run = { readonly exitCode: number; readonly stdout: string; readonly error?: CodedError };

/** Runs the command, and tells what it printed whether it failed or not. */
async function selftest(
  path: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Run> {
  using source = new FileSource(path);
  const output = capturedOutput();
  const command = selftestCommand({ opened: openFile(source), path: source.realPath });
  try {
    const exitCode = await command.run(new CommandInput([], options, output));
    return { exitCode, stdout: output.stdout() };
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    return { exitCode: EXIT_CODE[thrown.kind], stdout: output.stdout(), error: thrown };
  }
}

async function report(path: string, options: Readonly<Record<string, unknown>> = {}) {
  const run = await selftest(path, { ...options, json: true });
  return { ...run, printed: JSON.parse(run.stdout) };
}

const given = (goldens: unknown): string => {
  const path = folder.join(`${Bun.hash(JSON.stringify(goldens))}.json`);
  writeFileSync(path, typeof goldens === "string" ? goldens : JSON.stringify(goldens));
  return path;
};

const tampered = (goldens: string | Uint8Array | undefined) =>
  rewriteFile(file, folder.join("tampered"), { "goldens.json": goldens });

const HEADS = [
  ["sentence-embedding", {}],
  ["embedding", { task: "embedding" }],
  ["token-classification", {}],
  ["reranking", {}],
  ["masked-lm", { task: "sparse_embedding" }],
  [
    "sentence-embedding",
    { pooling: ["cls", "mean"], prompts: { query: "query: " }, defaultPrompt: "query" },
  ],
  ["token-classification", { maxLength: 16 }],
] as const satisfies readonly (readonly [FixtureHead, Plain])[];

describe("selftestCommand()", () => {
  test.each(HEADS)(
    "selftestCommand() finds a file of %s %j as it was built",
    async (head, plain) => {
      const { printed, exitCode } = await report(await buildFixture({ head }, plain));
      expect(exitCode).toBe(0);
      expect(printed).toMatchObject({
        ok: true,
        onnxruntime: "1.30.0",
        processor: expect.any(String),
        batch: { texts: 4, difference: null, reason: null },
      });
      expect(printed.goldens).toEqual(
        ["short", "names", "long", "scripts"].map((name) => ({
          name,
          origin: "builder",
          operation: "predict",
          difference: null,
        })),
      );
    },
  );

  test("selftestCommand() agrees with the build on prompts left out of pooling, and on layers", async () => {
    const dir = folder.join("pipeline");
    cpSync(await makeFixture({ head: "sentence-embedding" }), dir, { recursive: true });
    const dense = denseWeights(32, 16, 1);
    await writeJsonFiles(dir, {
      "modules.json": modulesOf("Transformer", "Pooling", "Dense", "Normalize"),
      "1_Pooling/config.json": {
        word_embedding_dimension: 32,
        pooling_mode_mean_tokens: true,
        include_prompt: false,
      },
      "2_Dense/config.json": denseConfig(dense),
      "config_sentence_transformers.json": {
        prompts: { query: "Represent this text: " },
        default_prompt_name: "query",
      },
    });
    writeDense(dir, "2_Dense", dense);
    const { path, model } = build(folder, dir, { output: folder.join("pipeline.encoderfile") });
    expect([model.poolWithoutPrompt, model.defaultPrompt, model.width]).toEqual([
      true,
      "query",
      16,
    ]);
    const { printed, exitCode } = await report(path);
    expect([exitCode, printed.ok]).toEqual([0, true]);
  });

  test("selftestCommand() prints a line for each golden, one for the batch and a summary", async () => {
    const { exitCode, stdout } = await selftest(file);
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ {2}short\s+predict\s+ok$/);
    expect(lines[4]).toMatch(/^ {2}batch\s+ok: 4 texts have the same bits alone and together$/);
    expect(lines.at(-1)).toMatch(/^4 of 4 goldens hold \(ONNX Runtime 1\.30\.0 on .+\)$/);
  });

  test("selftestCommand() names the first difference of a file whose goldens say something else", async () => {
    const goldens = document.goldens.map((golden) =>
      golden.name === "names" || golden.name === "long"
        ? { ...golden, response: { results: [{ predicted_label: "NONE" }] } }
        : golden,
    );
    const path = tampered(printGoldens({ ...document, goldens }));
    const { exitCode, error, stdout } = await selftest(path);
    expect(exitCode).toBe(4);
    expect(error?.code).toBe("GOLDEN_DIFFERS");
    expect(error?.kind).toBe("invalid_file");
    expect(error?.detail).toMatchObject({
      golden: 'golden "names" (predict)',
      path: "results[0].predicted_label",
      expected: '"NONE"',
      differing: 2,
    });
    expect(error?.message).toContain(
      'at results[0].predicted_label: expected "NONE", found "LABEL_1"',
    );
    expect(stdout).toContain("2 of 4 goldens hold");
  });

  test("selftestCommand() finds other weights behind the same goldens", async () => {
    const other = await makeFixture({ head: "sequence-classification", seed: 7 });
    const weights = readFileSync(join(other, "model.onnx"));
    const path = rewriteFile(file, folder.join("other"), { "model.onnx": weights });
    const { printed, error } = await report(path);
    expect(error?.message).toContain(
      'golden "short" (predict) differs at results[0].logits[0]: expected 0.0122, found ',
    );
    expect(printed.ok).toBe(false);
    expect(printed.goldens[0].difference).toMatchObject({
      path: "results[0].logits[0]",
      tolerance: 0.0002,
    });
  });

  test("selftestCommand() counts what cannot be asked or answered as a difference", async () => {
    const [first] = document.goldens;
    const goldens = [
      { ...first!, name: "other task", operation: "embed" as const },
      { ...first!, name: "bad request", request: { inputs: [] } },
    ];
    const { error, stdout } = await selftest(tampered(printGoldens({ ...document, goldens })));
    expect(error?.code).toBe("GOLDEN_DIFFERS");
    expect(error?.message).toContain("expected an answer, found Cannot serve embed");
    expect(stdout).toMatch(/batch\s+not compared: fewer than two texts/);
  });

  test.each([
    ["garbage", "garbage", "GOLDEN_DAMAGED"],
    [
      "a golden of another shape",
      '{"version":1,"precision":"float32","batch_invariant":true,"goldens":[1]}',
      "GOLDEN_DAMAGED",
    ],
    [
      "none",
      '{"version":1,"precision":"float32","batch_invariant":true,"goldens":[]}',
      "GOLDEN_NOT_FOUND",
    ],
    ["no document", undefined, "GOLDEN_NOT_FOUND"],
  ] as const)("selftestCommand() refuses a file whose goldens are %s", async (_, goldens, code) => {
    const { error, stdout } = await selftest(tampered(goldens));
    expect(error?.code).toBe(code);
    expect(stdout).toBe("");
  });

  test("selftestCommand() leaves batches alone where answers vary with them", async () => {
    const { printed } = await report(
      tampered(printGoldens({ ...document, batchInvariant: false })),
    );
    expect(printed.batch).toEqual({
      texts: 0,
      difference: null,
      reason: "that this graph depends on the batch was accepted when it was built",
    });
    const half = await buildFixture({ head: "sentence-embedding", dtype: "float16" });
    expect((await report(half)).printed.batch.reason).toBe(
      "this graph computes with rounded numbers (float16 or quantised), which may vary with the batch",
    );
  });

  test("selftestCommand() replays the goldens of another file as well, or alone", async () => {
    const golden = given([
      { name: "mine", input: "A short text.", expected: "LABEL_1" },
      {
        operation: "classify",
        request: { inputs: "A short text.", top_k: 1 },
        expected: [{ label: "LABEL_1" }],
      },
    ]);
    const both = await report(file, { golden: [golden] });
    expect(both.exitCode).toBe(0);
    expect(both.printed.goldens).toHaveLength(6);
    const alone = await report(tampered(undefined), { golden: [golden] });
    expect(alone.exitCode).toBe(0);
    expect(alone.printed.goldens.map(({ name }: { name: string }) => name)).toEqual([
      "mine",
      "given 2",
    ]);
  });

  test("selftestCommand() names the first difference of another file", async () => {
    const golden = given([
      { name: "mine", input: "A short text.", expected: { logits: [0.0122, 0.0179, 1] } },
    ]);
    const { error } = await selftest(file, { golden: [golden] });
    expect(error?.code).toBe("GOLDEN_DIFFERS");
    expect(error?.message).toContain(
      `golden "mine" (predict), given in ${golden} entry 1, differs at results[0].logits[2]: expected 1, found -0.04`,
    );
    expect(error?.message).toEndWith("is that answer meant for this model?");
  });

  test("selftestCommand() replays the goldens of several files, and names each file that is wrong", async () => {
    const good = given([{ input: "A short text.", expected: "LABEL_1" }]);
    const other = given([{ input: "A longer text.", expected: { scores: { length: 3 } } }]);
    const { printed } = await report(file, { golden: [good, other] });
    expect(printed.goldens.slice(4).map(({ name }: { name: string }) => name)).toEqual([
      "given 1",
      "given 2",
    ]);
    const { error } = await selftest(file, { golden: [good, given([5])] });
    expect(error?.detail["problems"]).toEqual([
      `${given([5])}: entry 1: an object is expected: found 5`,
    ]);
  });

  test.each([
    ["no JSON", "{", "line 1: expected JSON"],
    ["faults", [{ input: "a" }, 5], "entry 2: an object is expected: found 5"],
    [
      "another task",
      [{ request: { inputs: "a" }, operation: "embed", expected: [1] }],
      "entry 1: Cannot serve embed",
    ],
    ["bad requests", [{ input: "", expected: "x" }], "entry 1: Cannot read the request"],
  ] as const)("selftestCommand() refuses another file with %s", async (_, goldens, words) => {
    const { error } = await selftest(file, { golden: [given(goldens)] });
    expect(error?.code).toBe("GOLDEN_INVALID");
    expect(String(error?.detail["problems"])).toContain(words);
  });

  test("selftestCommand() tells of another file that is not there", async () => {
    const { error } = await selftest(file, { golden: [folder.join("none")] });
    expect(error?.code).toBe("IO_NOT_FOUND");
  });

  test("selftestCommand() reads texts of another file that are longer than the model in windows", async () => {
    const path = await buildFixture({ head: "token-classification" }, { maxLength: 16 });
    const text = "one two three four five ".repeat(10).trim();
    const golden = given([{ input: text, expected: { tokens: { length: 1 } } }]);
    const { printed } = await report(path, { golden: [golden] });
    const { path: place, found } = printed.goldens.at(-1).difference;
    expect(place).toBe("results[0].tokens.length");
    expect(Number(found)).toBeGreaterThan(16);
  });
});
