// The builder's commands, run in this process against a fake base.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { makeFixture } from "../../../scripts/fixture/make-model.ts";
import { runBuilder } from "../../../src/cli/builder/index.ts";
import { CodedError } from "../../../src/error/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { writeFakeBase } from "../../helper/fake-base.ts";
import { createTempDir, type TempDir } from "../../helper/temp-dir.ts";
import { writeTinyModelDir } from "../../helper/tiny-graph.ts";

const TASKS =
  "auto, embedding, sentence_embedding, sequence_classification, token_classification, reranking";

async function run(...args: string[]) {
  const output = capturedOutput();
  const exitCode = await runBuilder(args, output);
  return { exitCode, stdout: output.stdout(), stderr: output.stderr() };
}

async function failure(...args: string[]): Promise<CodedError> {
  const thrown = await runBuilder(args, capturedOutput()).then(
    () => undefined,
    (error) => error,
  );
  expect(thrown).toBeInstanceOf(CodedError);
  return thrown;
}

async function buildArgs(folder: TempDir): Promise<string[]> {
  const dir = await makeFixture({ head: "sequence-classification" });
  const base = writeFakeBase(folder.join("base"));
  return ["build", dir, "--base", base, "-o", folder.join("out", "x.encoderfile")];
}

describe("build", () => {
  test("build prints every decision with its origin, then the result", async () => {
    using folder = createTempDir();
    const { exitCode, stdout, stderr } = await run(
      ...(await buildArgs(folder)),
      "--max-length",
      "64",
      "--name",
      "mine",
    );
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      / {2}task +sequence_classification +\(config\.json: architectures BertForSequenceClassification\)/,
    );
    expect(stdout).toMatch(/ {2}max length +64 +\(--max-length\)/);
    expect(stdout).toContain(
      `Wrote ${folder.join("out", "x.encoderfile")} (mine 0.1.0, linux-x64, `,
    );
    expect(stdout).toMatch(/\nmodel digest [0-9a-f]{64}\n$/);
  });

  test("build --json prints one object", async () => {
    using folder = createTempDir();
    const { stdout } = await run(...(await buildArgs(folder)), "--json", "--labels", "a,b,c");
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      task: "sequence_classification",
      target: "linux-x64",
      labels: ["a", "b", "c"],
      width: 3,
    });
    expect(result.model_digest).toMatch(/^[0-9a-f]{64}$/);
    expect(result.decisions).toContainEqual({
      setting: "labels",
      value: "a, b, c",
      source: "--labels",
    });
  });

  test("build draws progress on a terminal and nothing elsewhere", async () => {
    using folder = createTempDir();
    const output = capturedOutput({ interactive: true });
    await runBuilder(await buildArgs(folder), output);
    expect(output.stderr()).toContain("Checking the model ...");
  });

  test("build -f reads a file, the command line wins", async () => {
    using folder = createTempDir();
    await writeTinyModelDir(folder.join("model"));
    writeFakeBase(folder.join("base"));
    await Bun.write(
      folder.join("encoderfile.yml"),
      "encoderfile:\n  name: from-file\n  path: model\n  base_binary_path: base\n" +
        "  output_path: out.encoderfile\n  normalize: true\n  pooling: cls\n",
    );
    const { stdout } = await run(
      "build",
      "-f",
      folder.join("encoderfile.yml"),
      "--no-normalize",
      "--json",
    );
    const { name, path, decisions } = JSON.parse(stdout);
    expect({ name, path }).toEqual({ name: "from-file", path: folder.join("out.encoderfile") });
    expect(decisions).toContainEqual({
      setting: "normalize",
      value: "false",
      source: "--normalize",
    });
    expect(decisions).toContainEqual({
      setting: "pooling",
      value: "cls",
      source: "encoderfile.yml line 7: pooling",
    });
  });

  test("build collects what is wrong with the flags", async () => {
    const error = await failure(
      "build",
      "a",
      "--task",
      "ner",
      "--max-length",
      "many",
      "--target",
      "win",
    );
    expect(error.code).toBe("USAGE");
    expect(error.detail["problems"]).toEqual([
      `--task: expected one of ${TASKS}: found "ner"`,
      '--target: Cannot use target "win": expected darwin-arm64, darwin-x64, linux-arm64, linux-x64',
      '--max-length: expected a whole number from 1 to 131072: found "many"',
    ]);
  });

  test("build needs a model", async () => {
    expect((await failure("build")).message).toContain(
      "give a model directory, --weights, or a file with -f",
    );
  });

  test("build refuses to overwrite without --force", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    expect((await failure(...args)).code).toBe("IO_ALREADY_EXISTS");
    expect((await run(...args, "--force")).exitCode).toBe(0);
  });

  test("build --input binds graph inputs by role", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    const error = await failure(...args, "--input", "input_ids=nope");
    expect(error.detail["problems"]).toContainEqual(
      expect.stringContaining('--input: the graph has no input "nope" for input_ids'),
    );
    expect((await failure(...args, "--input", "ids=nope")).detail["problems"]).toEqual([
      expect.stringContaining("--input: expected one of input_ids, attention_mask"),
    ]);
  });

  test("build --help lists every flag of the settings", async () => {
    const { stdout } = await run("build", "--help");
    for (const flag of [
      "--task",
      "--pooling",
      "--no-normalize",
      "--weights",
      "--allow-batch-dependence",
      "--json",
    ]) {
      expect(stdout).toContain(flag);
    }
  });
});

describe("inspect, verify, extract", () => {
  test("inspect shows a file as text and as JSON", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    const path = args.at(-1) ?? "";
    expect((await run("inspect", path)).stdout).toContain("sequence_classification");
    expect(JSON.parse((await run("inspect", path, "--json")).stdout).labels.length).toBe(3);
    expect((await failure("inspect", folder.join("nowhere"))).code).toBe("IO_NOT_FOUND");
  });

  test("verify says by its exit code whether a file is intact, and names the damaged part", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    const path = args.at(-1) ?? "";
    expect(await run("verify", path)).toMatchObject({ exitCode: 0 });
    const bytes = readFileSync(path);
    bytes[bytes.length - 1000] = (bytes[bytes.length - 1000] ?? 0) ^ 1;
    await Bun.write(path, bytes);
    const damaged = await run("verify", path);
    expect(damaged.exitCode).toBe(4);
    expect(damaged.stdout).toMatch(/damaged +asset model\.onnx/);
    const json = await run("verify", path, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });
    expect(json.exitCode).toBe(4);
  });

  test("extract gives the originals back", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    const target = folder.join("originals");
    const { stdout } = await run("extract", args.at(-1) ?? "", "-o", target, "--json");
    const { files } = JSON.parse(stdout);
    expect(files.length).toBeGreaterThan(3);
    for (const { path } of files) {
      expect(readFileSync(`${target}/${path}`).equals(readFileSync(`${args[1]}/${path}`))).toBe(
        true,
      );
    }
    expect((await run("extract", args.at(-1) ?? "", "-o", target, "--force")).stdout).toContain(
      "model.onnx",
    );
    expect((await failure("extract", args.at(-1) ?? "", "-o", target)).code).toBe(
      "IO_ALREADY_EXISTS",
    );
  });
});

test("--help and --version do not load the builder", async () => {
  const { stdout } = await run("--help");
  for (const name of ["build", "inspect", "verify", "extract"])
    expect(stdout).toContain(`  ${name} `);
  expect((await run("--version")).stdout).toMatch(/^encoderfile \d+\.\d+\.\d+, /);
});
