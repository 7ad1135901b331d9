// The builder's commands, run in this process against a fake base.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { makeFixture } from "../../../scripts/fixture/make-model.ts";
import { runBuilder } from "../../../src/cli/builder/index.ts";
import { CodedError } from "../../../src/error/index.ts";
import { TARGETS } from "../../../src/target/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { writeFakeBase } from "../../helper/fake-base.ts";
import { createTempDir, type TempDir } from "../../helper/temp-dir.ts";
import { writeTinyModelDir } from "../../helper/tiny-graph.ts";

const TASKS =
  "auto, embedding, sentence_embedding, sequence_classification, token_classification, reranking, sparse_embedding";

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

  test.each([
    ["darwin-x64", "needs macOS 13.4 or newer\n"],
    ["linux-arm64", "needs glibc 2.28 or newer, libgcc_s.so.1 (GCC_4.5.0), libstdc++.so.6 ("],
    ["windows-x64", "(experimental: nothing for this target was ever run)\n"],
  ])("build for %s says what a machine must offer", async (machine, needs) => {
    using folder = createTempDir();
    const [command = "", dir = ""] = await buildArgs(folder);
    const base = writeFakeBase(folder.join("other"), { machine });
    const { exitCode, stdout } = await run(command, dir, "--base", base, "-o", folder.join("out"));
    expect([exitCode, stdout.includes(needs)]).toEqual([0, true]);
  });

  test.each([
    ["windows-x64", "x", "x.exe"],
    ["windows-x64", "x.EXE", undefined],
    ["linux-arm64", "x", undefined],
  ])("build for %s into %s tells of the name Windows needs: %p", async (machine, name, told) => {
    using folder = createTempDir();
    const [command = "", dir = ""] = await buildArgs(folder);
    const base = writeFakeBase(folder.join("other"), { machine });
    const args = [command, dir, "--base", base, "-o", folder.join("out", name)];
    const { stderr } = await run(...args);
    const rename = `rename it to ${folder.join("out", told ?? "")} there\n`;
    expect(stderr).toBe(
      told === undefined ? "" : `Windows starts only what is called *.exe: ${rename}`,
    );
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
    const drawn = output.stderr().split("\u001b[2K").slice(1);
    expect(drawn.length).toBeLessThanOrEqual(20);
    expect(new Set(drawn).size).toBe(drawn.length);
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
      "--no-one-at-a-time",
      "--json",
    );
    const { name, path, decisions } = JSON.parse(stdout);
    expect({ name, path }).toEqual({ name: "from-file", path: folder.join("out.encoderfile") });
    expect(decisions).toContainEqual({
      setting: "normalize",
      value: "false",
      source: "--no-normalize",
    });
    expect(decisions).toContainEqual({
      setting: "pooling",
      value: "cls",
      source: "encoderfile.yml line 7: pooling",
    });
  });

  test("build collects what is wrong with the flags, and with the rest", async () => {
    const flags = ["--task", "ner", "--max-length", "many", "--target", "win"];
    const error = await failure("build", "/nowhere", ...flags);
    expect(error.code).toBe("USAGE");
    expect(error.message).toBe(
      'Cannot build from "/nowhere": found 4 problems: see "encoderfile build --help"',
    );
    expect(error.detail["problems"]).toEqual([
      `--task: expected one of ${TASKS}: found "ner"`,
      `--target: Cannot use target "win": expected ${TARGETS.map(({ name }) => name).join(", ")}`,
      '--max-length: expected a whole number from 1 to 131072: found "many"',
      'Cannot build from "/nowhere" as it must be a model directory: found nothing there',
    ]);
  });

  test("build tells of a faulty flag beside what is wrong with the others and the model", async () => {
    using folder = createTempDir();
    await run(...(await buildArgs(folder)));
    const flags = ["--problem-type", "bad", "--labels", "a", "--max-length", "9999", "--normalize"];
    const error = await failure(...(await buildArgs(folder)), ...flags);
    expect(error.code).toBe("USAGE");
    expect(error.detail["problems"]).toEqual([
      expect.stringMatching(/^--problem-type: expected one of .*: found "bad"$/),
      "--normalize: only embeddings are normalized: the task is sequence_classification",
      expect.stringMatching(/^--max-length: expected at most 128 tokens .*: found 9999$/),
      "--labels: found 1 label: expected 3, as many as the output is wide",
      expect.stringMatching(/^Cannot write ".*" as a file lies there already/),
    ]);
  });

  test("build concludes nothing from a flag it could not read", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    for (const flags of [
      ["--task", "embeding", "--pooling", "cls"],
      ["--labels", ","],
      ["--input", "ids=x"],
      ["--output-name", " "],
      ["--weights", ""],
      ["--target", "win"],
      ["-o", " "],
    ]) {
      // The arguments end in an output already.
      const others = flags[0] === "-o" ? args.slice(0, -2) : args;
      const { code, detail } = await failure(...others, ...flags);
      expect([flags[0], code]).toEqual([flags[0], "USAGE"]);
      expect([flags[0], detail["problems"]]).toEqual([flags[0], [expect.any(String)]]);
    }
  });

  test("build tells of a faulty configuration beside what is wrong with the model", async () => {
    using folder = createTempDir();
    const config = folder.join("e.yml");
    const lines = ["encoderfile:", "  nmae: x", "  path: nowhere", `  base_binary_path: base`];
    await Bun.write(config, lines.join("\n"));
    writeFakeBase(folder.join("base"));
    const error = await failure("build", "-f", config);
    expect(error.code).toBe("BUILD_CONFIG_INVALID");
    expect(error.detail["problems"]).toEqual([
      'e.yml line 2: unknown key "nmae": did you mean "name"',
      `Cannot build from "${folder.join("nowhere")}" as it must be a model directory: found nothing there`,
    ]);
    const both = await failure("build", "-f", config, "--task", "ner");
    expect([both.code, both.detail["problems"]]).toEqual([
      "USAGE",
      [expect.stringContaining("--task"), ...(error.detail["problems"] as string[])],
    ]);
    const missing = ["build", "-f", folder.join("none.yml")];
    expect((await failure(...missing)).code).toBe("IO_NOT_FOUND");
    expect((await failure(...missing, "--task", "ner")).detail["problems"]).toEqual([
      expect.stringContaining("--task"),
      expect.stringContaining("none.yml"),
    ]);
  });

  test("build takes a directory on the command line for all paths of the file, and says so", async () => {
    using folder = createTempDir();
    await writeTinyModelDir(folder.join("one"));
    await writeTinyModelDir(folder.join("two"));
    writeFakeBase(folder.join("base"));
    const config = folder.join("e.yml");
    const end = "  base_binary_path: base\n  output_path: out\n";
    for (const path of ["one", "{model_weights_path: one/model.onnx}"]) {
      await Bun.write(config, `encoderfile:\n  path: ${path}\n${end}`);
      const { stdout } = await run("build", "-f", config, folder.join("two"), "--json", "--force");
      const { name, decisions } = JSON.parse(stdout);
      expect(name).toBe("two");
      expect(decisions[0]).toMatchObject({
        setting: "model directory",
        value: folder.join("two"),
        source: expect.stringMatching(/^command line, instead of e\.yml line 2: path/),
      });
    }
    expect((await failure("build", "one", "two")).message).toContain("too many arguments");
  });

  test("build needs a model", async () => {
    expect((await failure("build")).message).toContain(
      "give a model directory, --weights, or a file with -f",
    );
  });

  test.each([
    [["build", "--frobnicate"], "build"],
    [["build", "--task"], "build"],
    [["build"], "build"],
    [["extract", "x"], "extract"],
    [["inspect"], "inspect"],
    [["verify", "a", "b"], "verify"],
  ])("%j leads to the help of its command", async (args, command) => {
    const { code, message } = await failure(...args);
    expect(code).toBe("USAGE");
    expect(message).toEndWith(`: see "encoderfile ${command} --help"`);
    expect(message.match(/--help/g)).toHaveLength(1);
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

  test.each([
    ["--stride", "9", "--stride: only token_classification reads long texts in windows"],
    ["--label-scheme", "bio", "--label-scheme: only token_classification finds entities"],
    ["--label-scheme", "iob1", "--label-scheme: expected one of bio, bioes"],
    ["--truncation-strategy", "all", "--truncation-strategy: expected one of longest_first"],
    ["--pad-to-multiple", "0", "--pad-to-multiple: expected a whole number from 1"],
    ["--hypothesis-template", "It.", "--hypothesis-template: expected one {} where the label"],
    ["--dimensions", "64,x", '--dimensions: expected a whole number from 1 to 1000000: found "x"'],
    ["--prompt", "query", '--prompt: expected a text for "query": found none'],
    ["--pooling", "cls,cls", "--pooling: found cls twice"],
    ["--similarity", "angle", "--similarity: expected one of cosine"],
    ["--sparse-pooling", "mean", "--sparse-pooling: expected one of max, sum"],
  ])("build %s %s is refused with the reason", async (flag, value, message) => {
    using folder = createTempDir();
    const { detail } = await failure(...(await buildArgs(folder)), flag, value);
    expect(detail["problems"]).toEqual([expect.stringContaining(message)]);
  });

  test("build takes the settings of pairs and batches from the command line", async () => {
    using folder = createTempDir();
    const flags = ["--truncation-strategy", "only-second", "--pad-to-multiple", "8"];
    const args = await buildArgs(folder);
    const { stdout } = await run(...args, ...flags, "--no-one-at-a-time");
    expect(stdout).toMatch(/truncation strategy +only_second +\(--truncation-strategy\)/);
    expect(stdout).toMatch(/padding multiple +8 tokens +\(--pad-to-multiple\)/);
    expect(stdout).toMatch(/one at a time +no +\(--no-one-at-a-time\)/);
  });

  test("build --help lists every flag of the settings", async () => {
    const { stdout } = await run("build", "--help");
    for (const flag of [
      "--task",
      "--pooling",
      "--no-normalize",
      "--no-one-at-a-time",
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

  test("inspect, verify and extract say what a file is that never was an encoderfile", async () => {
    using folder = createTempDir();
    const base = writeFakeBase(folder.join("base"));
    await Bun.write(folder.join("text"), "hello");
    for (const command of ["inspect", "verify", "extract"]) {
      const flags = command === "extract" ? ["-o", folder.join("x")] : [];
      for (const [path, message] of [
        [base, "this is a base (linux-x64, version 0.1.0), it carries no model"],
        [folder.join("text"), "it is not an encoderfile"],
      ] as const) {
        const error = await failure(command, path, ...flags);
        expect([command, error.code]).toEqual([command, "FORMAT_NOT_ENCODERFILE"]);
        expect(error.message).toContain(message);
      }
    }
  });

  test("verify calls damaged what was cut short", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    const path = args.at(-1) ?? "";
    await Bun.write(path, readFileSync(path).subarray(0, -40));
    const { exitCode, stdout } = await run("verify", path);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/damaged +footer .* and no footer: it was cut short/);
    expect(stdout).toEndWith("\nDamaged\n");
    expect((await failure("inspect", path)).code).toBe("FORMAT_DAMAGED_FOOTER");
  });

  test("build, inspect, verify and extract call what they made or read path", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    const path = args.at(-1) ?? "";
    const pathOf = async (...words: string[]) => JSON.parse((await run(...words)).stdout).path;
    expect(await pathOf(...args, "--json")).toBe(path);
    expect(await pathOf("inspect", path, "--json")).toBe(path);
    expect(await pathOf("verify", path, "--json")).toBe(path);
    const output = folder.join("extracted");
    expect(await pathOf("extract", path, "-o", output, "--json")).toBe(output);
  });

  test("extract gives the originals back", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    const target = folder.join("originals");
    const { stdout } = await run("extract", args.at(-1) ?? "", "-o", target, "--json");
    const { files, other_files: others } = JSON.parse(stdout);
    expect(others).toEqual([]);
    expect(files.length).toBeGreaterThan(3);
    // The goldens are the build's own.
    const names: string[] = files.map(({ name }: { name: string }) => name);
    for (const name of names.filter((file) => file !== "goldens.json")) {
      expect(readFileSync(`${target}/${name}`).equals(readFileSync(`${args[1]}/${name}`))).toBe(
        true,
      );
    }
  });

  test("extract into a folder that is not empty needs --force, and names what it keeps", async () => {
    using folder = createTempDir();
    const args = await buildArgs(folder);
    await run(...args);
    const target = folder.join("originals");
    await Bun.write(`${target}/config.json`, "old");
    await Bun.write(`${target}/mine/notes.txt`, "kept");
    const extract = ["extract", args.at(-1) ?? "", "-o", target];
    const error = await failure(...extract);
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(error.message).toEndWith(
      "--force, which replaces files of the same names and keeps all others",
    );
    const { stdout, stderr } = await run(...extract, "--force");
    expect(stdout).toContain("model.onnx");
    expect(stderr).toBe("Kept what is not of this encoderfile:\n  mine/notes.txt\n");
    expect(readFileSync(`${target}/config.json`, "utf8")).not.toBe("old");
    expect(readFileSync(`${target}/mine/notes.txt`, "utf8")).toBe("kept");
    const json = JSON.parse((await run(...extract, "--force", "--json")).stdout);
    expect(json.other_files).toEqual(["mine/notes.txt"]);
  });

  test("extract --help shows that the folder is required", async () => {
    const { stdout } = await run("extract", "--help");
    expect(stdout).toMatch(/-o, --output <folder> +folder to write to \(required\)/);
    expect(stdout).toContain("encoderfile extract minilm.encoderfile -o minilm");
  });
});

test("--help and --version do not load the builder", async () => {
  const { stdout } = await run("--help");
  for (const name of ["build", "inspect", "verify", "extract"])
    expect(stdout).toContain(`  ${name} `);
  expect((await run("--version")).stdout).toMatch(/^encoderfile \d+\.\d+\.\d+, /);
});

test("a command that is none leads to the program's help", async () => {
  expect((await failure("frobnicate")).message).toEndWith(': see "encoderfile --help"');
});

test.each([
  [["serve"], "serve"],
  [["infer", "a text"], "infer"],
  [["mcp"], "mcp"],
  [["--port", "8080"], "serve"],
  [["--host=0.0.0.0"], "serve"],
])("%j belongs to an encoderfile", async (args, command) => {
  const { code, message } = await failure(...args);
  expect(code).toBe("USAGE");
  expect(message).toContain(`"${command}" belongs to an encoderfile: build one first`);
  expect(message).toContain(`then run ./model.encoderfile ${command}: see`);
});

test("build takes a model directory behind flags of several words", async () => {
  using folder = createTempDir();
  const dir = await makeFixture({ head: "sentence-embedding" });
  const base = writeFakeBase(folder.join("base"));
  const rest = ["--base", base, "-o", folder.join("x.encoderfile"), "--force"];
  for (const flags of [
    ["--prompt", "q=query: ", dir],
    ["--input", "input_ids=input_ids", dir],
  ]) {
    expect((await run("build", ...rest, ...flags)).exitCode).toBe(0);
  }
  const { detail } = await failure("build", dir, ...rest, "--prompt", "q=query: ", dir);
  expect(detail["problems"]).toEqual([
    `--prompt: expected a text for ${JSON.stringify(dir)}: found none: if it is the model directory, put it before the flags`,
  ]);
});

test("build refuses a name that is given twice for one setting", async () => {
  using folder = createTempDir();
  const args = await buildArgs(folder);
  const { detail } = await failure(...args, "--prompt", "q=a", "q=b");
  expect(detail["problems"]).toContain('--prompt: "q" is given twice');
  const twice = await failure(...args, "--name", "a", "--name", "b");
  expect(twice.message).toContain("option '--name <name>' given twice");
});
