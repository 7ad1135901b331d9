// `selftest` of compiled executables: models of every task hold, and what was changed behind their back is found.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cachedDemoModels,
  DEMO_MODEL_NAMES,
  type DemoModelPaths,
} from "../../scripts/demo-model/make-demo-models.ts";
import { FIXTURE_HEADS, type FixtureHead } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { MemorySource } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { rewriteFile } from "../helper/rewrite-file.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, run, runWell } from "./executable.ts";

const folder = createTempDir();
let models: DemoModelPaths;
let sentiment: string;

beforeAll(async () => {
  models = await cachedDemoModels();
  sentiment = await buildFile(folder.join("sentiment.encoderfile"), models.sentiment);
});
afterAll(() => folder[Symbol.dispose]());

type Report = {
  readonly ok: boolean;
  readonly onnxruntime: string;
  readonly processor: string;
  readonly goldens: readonly { readonly name: string; readonly difference: object | null }[];
  readonly batch: { readonly texts: number; readonly reason: string | null };
};

async function expectHolds(file: string): Promise<Report> {
  const { stdout } = await runWell([file, "selftest", "--json"]);
  const report = JSON.parse(stdout) as Report;
  expect(report.ok).toBe(true);
  expect(report.goldens.map(({ name }) => name)).toEqual(["short", "names", "long", "scripts"]);
  return report;
}

function writeGolden(name: string, goldens: unknown): string {
  const path = folder.join(name);
  writeFileSync(path, typeof goldens === "string" ? goldens : JSON.stringify(goldens));
  return path;
}

/** The file with other assets and all digests as they must be. */
function rewritten(name: string, changes: Parameters<typeof rewriteFile>[2]): string {
  const path = rewriteFile(sentiment, folder.join(name), changes);
  chmodSync(path, 0o755);
  return path;
}

describe("selftest", () => {
  test.each(DEMO_MODEL_NAMES)(
    "the demo model %s answers as it did when it was built",
    async (name) => {
      const file = await buildFile(folder.join("demo"), models[name]);
      const { batch, onnxruntime, processor } = await expectHolds(file);
      expect(batch).toMatchObject({ texts: 4, reason: null });
      expect([onnxruntime, processor === ""]).toEqual(["1.30.0", false]);
    },
  );

  const FLAGS: Partial<Record<FixtureHead, readonly string[]>> = {
    embedding: ["--task", "embedding"],
    "masked-lm": ["--task", "sparse_embedding"],
  };
  test.each(FIXTURE_HEADS)("a fixture for %s answers as it did when it was built", async (head) => {
    const dir = await makeFixture({ shape: "tiny", head });
    await expectHolds(await buildFile(folder.join("fixture"), dir, ...(FLAGS[head] ?? [])));
  });

  test("a float16 graph holds, and is not compared in batches", async () => {
    const dir = await makeFixture({ head: "sentence-embedding", dtype: "float16" });
    const { batch } = await expectHolds(await buildFile(folder.join("half"), dir));
    expect(batch.reason).toContain("vary with the batch");
  });

  test.skipIf(sharedModelsDir() === undefined)(
    "an int8 graph holds, and is not compared in batches",
    async () => {
      const dir = join(sharedModelsDir() ?? "", "arabic-diacritics");
      const flags = ["--weights", join(dir, "model_quantized.onnx")];
      const { batch } = await expectHolds(await buildFile(folder.join("int8"), dir, ...flags));
      expect(batch.reason).toContain("vary with the batch");
    },
  );

  test("the result is a line for each golden, and what computed it", async () => {
    const { stdout, stderr } = await runWell([sentiment, "selftest"]);
    expect(stdout).toMatch(/^ {2}short\s+predict\s+ok\n/);
    expect(stdout).toMatch(/\n4 of 4 goldens hold \(ONNX Runtime [\d.]+ on .+\)\n$/);
    expect(stderr).toBe("");
    expect((await runWell([sentiment, "--help"])).stdout).toContain("selftest");
  });

  test("a golden the model does not meet refuses the build, by name", async () => {
    const [right, wrong] = ["positive", "negative"].map(
      (expected) => `${JSON.stringify({ input: "I love it", expected })}\n`,
    );
    const golden = writeGolden("wrong.jsonl", `${right}${wrong}`);
    const output = folder.join("never");
    const built = await run([
      basePath(),
      "build",
      models.sentiment,
      "-o",
      output,
      "--golden",
      golden,
    ]);
    expect(built.exitCode).toBe(3);
    expect(built.stderr).toContain(
      `${golden}: line 2: results[0].predicted_label: expected "negative", found "positive"`,
    );
    expect(await Bun.file(output).exists()).toBe(false);
  });

  test("a given golden becomes part of the file, from the command line and from YAML", async () => {
    const golden = writeGolden("right.json", [{ input: "I love it", expected: "positive" }]);
    const file = await buildFile(folder.join("given"), models.sentiment, "--golden", golden);
    expect((await runWell([file, "selftest"])).stdout).toContain("5 of 5 goldens hold");
    const config = folder.join("encoderfile.yml");
    const lines = [`  name: sentiment`, `  path: ${models.sentiment}`, "  goldens: right.json"];
    writeFileSync(config, `encoderfile:\n${lines.join("\n")}\n  output_path: yaml.encoderfile\n`);
    await runWell([basePath(), "build", "-f", config]);
    expect(readFileSync(folder.join("yaml.encoderfile")).equals(readFileSync(file))).toBe(true);
  });

  test("extract and rebuild give the same file", async () => {
    const golden = writeGolden("mine.json", [{ input: "I love it", expected: "positive" }]);
    const file = await buildFile(folder.join("one"), models.sentiment, "--golden", golden);
    const out = folder.join("extracted");
    await runWell([file, "extract", "-o", out]);
    const flags = ["--name", "sentiment", "--golden", join(out, "goldens.json")];
    const again = await buildFile(folder.join("two"), out, ...flags);
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    await runWell([again, "verify"]);
  });

  test("goldens that were changed are found, and the first difference is named", async () => {
    const out = folder.join("goldens");
    await runWell([sentiment, "extract", "-o", out]);
    const goldens = readFileSync(join(out, "goldens.json"), "utf8");
    const changed = goldens.replace('"logits":[', '"logits":[9');
    expect(changed).not.toBe(goldens);
    const file = rewritten("changed", { "goldens.json": changed });
    await runWell([file, "verify"]);
    const { exitCode, stderr, stdout } = await run([file, "selftest"]);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^encoderfile: Cannot vouch for ".+" as golden "short" \(predict\) differs at results\[0\]\.logits\[0\]: expected 9[\d.]+, found -?[\d.]+: /,
    );
    expect(stdout).toContain("3 of 4 goldens hold");
  });

  test("weights that were changed are found", async () => {
    const weights = readFileSync(join(models.sentiment, "model.onnx"));
    const { initializers } = scanModel(new MemorySource(weights, "model.onnx"));
    // The sign of every number of the last layer's weights.
    for (const { place, dims } of initializers.filter(({ dims }) => dims.length === 2).slice(-1)) {
      if (place.kind !== "raw") throw new Error(`The weights of ${dims} lie elsewhere`);
      const end = place.byteOffset + place.byteLength;
      for (let at = place.byteOffset + 3; at < end; at += 4) weights[at]! ^= 0x80;
    }
    const file = rewritten("weights", { "model.onnx": weights });
    await runWell([file, "verify"]);
    const { exitCode, stderr } = await run([file, "selftest", "--json"]);
    expect(exitCode).toBe(4);
    const { error } = JSON.parse(stderr) as { error: { code: string; detail: { path: string } } };
    expect(error.code).toBe("GOLDEN_DIFFERS");
    expect(error.detail.path).toStartWith("results[0].");
  });

  test("a file without goldens says so", async () => {
    const { exitCode, stderr } = await run([
      rewritten("none", { "goldens.json": undefined }),
      "selftest",
    ]);
    expect([exitCode, stderr.trimEnd().split("\n").length]).toEqual([5, 1]);
    expect(stderr).toContain("it holds no goldens: name a file of them with --golden");
  });

  test.each([
    ["garbage", "\u0000\u0001garbage", 2, "line 1: expected JSON"],
    ["an empty file", "", 2, "a golden is expected: found none"],
    ["another shape", '[{"text": "a"}]', 2, 'entry 1: "text": one of input,'],
    [
      "another task",
      '[{"operation": "rerank", "request": {}, "expected": 1}]',
      2,
      "Cannot serve rerank",
    ],
    [
      "a wrong answer",
      '[{"input": "I love it", "expected": "negative"}]',
      4,
      'expected "negative", found "positive"',
    ],
  ] as const)("--golden with %s is refused", async (_, text, expected, words) => {
    const golden = writeGolden("given.json", text);
    const { exitCode, stderr } = await run([sentiment, "selftest", "--golden", golden]);
    expect(exitCode).toBe(expected);
    expect(stderr).toStartWith("encoderfile: Cannot ");
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at |bunfs|Error:/);
  });

  test("--golden with a file that is not there, or a folder, is refused", async () => {
    const missing = await run([sentiment, "selftest", "--golden", folder.join("nowhere")]);
    expect(missing.exitCode).toBe(5);
    expect((await run([sentiment, "selftest", "--golden", folder.path])).exitCode).toBe(2);
  });
});
