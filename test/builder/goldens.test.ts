// Goldens of whole builds: what is computed and stored, what a user's file may say, and that a rebuild changes nothing.
import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FixtureHead } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { extractAssets, openFile, verifyFile } from "../../src/format/index.ts";
import { FileRole } from "../../src/gen/manifest_pb.ts";
import { type GoldenDocument, readStoredGoldens } from "../../src/golden/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";
import { floats, node, TINY_ROWS, value, writeTinyModelDir } from "../helper/tiny-graph.ts";

/** The goldens of a built file. */
function goldensOf(path: string): GoldenDocument {
  using source = new FileSource(path);
  const asset = openFile(source).assets.find(({ role }) => role === FileRole.GOLDENS);
  if (asset === undefined) throw new Error("The file has no goldens");
  expect(asset.name).toBe("goldens.json");
  return readStoredGoldens(source.read(asset.byteOffset, asset.byteLength));
}

async function extract(path: string, folder: string): Promise<string> {
  using source = new FileSource(path);
  await extractAssets(openFile(source), folder);
  return folder;
}

function writeGoldens(folder: TempDir, goldens: unknown): string {
  const path = folder.join("given.json");
  writeFileSync(path, typeof goldens === "string" ? goldens : JSON.stringify(goldens));
  return path;
}

const HEADS = [
  ["sentence-embedding", {}],
  ["embedding", { task: "embedding" }],
  ["sequence-classification", {}],
  ["token-classification", {}],
  ["reranking", {}],
  ["masked-lm", { task: "sparse_embedding" }],
] as const satisfies readonly (readonly [FixtureHead, object])[];

describe("the builder's own goldens", () => {
  test.each(HEADS)(
    "goldens of %s are stored without a source, and the file is intact",
    async (head, plain) => {
      using folder = createTempDir();
      const result = build(folder, await makeFixture({ head }), plain);
      expect(decisionsOf(result)["goldens"]).toBe("4 (4 computed) (trial)");
      const { precision, batchInvariant, goldens } = goldensOf(result.path);
      expect([precision, batchInvariant]).toEqual(["float32", true]);
      expect(goldens.map(({ name, origin }) => [name, origin])).toEqual(
        ["short", "names", "long", "scripts"].map((name) => [name, "builder"]),
      );
      using source = new FileSource(result.path);
      const names = openFile(source).manifest.provenance?.files.map(({ name }) => name);
      expect(names).not.toContain("goldens.json");
      expect(names).toContain("model.onnx");
      expect(verifyFile(source)).toMatchObject({ ok: true, complete: true });
    },
  );

  test("goldens come out of extract, and a rebuild of what came out has the same digest", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sequence-classification" });
    const first = build(folder, dir, { name: "m" });
    const document = goldensOf(first.path);
    const out = await extract(first.path, folder.join("extracted"));
    expect(readStoredGoldens(readFileSync(join(out, "goldens.json")))).toEqual(document);
    // A tampered one that nobody names is of no account.
    writeFileSync(join(out, "goldens.json"), "garbage");
    expect(build(folder, out, { name: "m" }).modelDigest).toBe(first.modelDigest);
  });

  test("goldens are not made of a model that is refused, but what is wrong with given ones is told", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sequence-classification" });
    const goldens = writeGoldens(folder, "garbage");
    const problems = buildProblems(folder, dir, { labels: ["one"], goldens: [goldens] });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain("--labels: found 1 label");
    expect(problems[1]).toContain("given.json: line 1: expected JSON");
  });

  test("goldens of rounded graphs have wide tolerances, and are not compared in batches", async () => {
    using folder = createTempDir();
    const half = await makeFixture({ head: "sentence-embedding", dtype: "float16" });
    const { precision, batchInvariant, goldens } = goldensOf(build(folder, half).path);
    expect([precision, batchInvariant]).toEqual(["rough", false]);
    expect(goldens.map(({ tolerance }) => tolerance)).toEqual([0.04, 0.04, 0.04, 0.04]);
    const alone = build(folder, half, { oneAtATime: true });
    expect(goldensOf(alone.path).batchInvariant).toBe(true);
  });

  test("goldens of a graph that breaks on a text refuse the build", async () => {
    using folder = createTempDir();
    const plain = await makeFixture({ head: "embedding" });
    const { model } = JSON.parse(readFileSync(join(plain, "tokenizer.json"), "utf8"));
    const unknown = model.vocab["[UNK]"] as number;
    const at = (index: number) => (Math.floor(index / 4) === unknown ? Number.NaN : index / 1e4);
    const dir = await writeTinyModelDir(folder.join("model"), {
      initializers: [floats("embeddings.weight", [TINY_ROWS, 4], at)],
    });
    const problems = buildProblems(folder, dir, { task: "embedding" });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toStartWith('golden "scripts": cannot answer as the model computed NaN');
  });

  test("goldens of a graph whose dependence on batches was accepted are not compared in them", async () => {
    using folder = createTempDir();
    // Adds the mean over the batch to every token.
    const dir = await writeTinyModelDir(folder.join("model"), {
      outputs: [value("last_hidden_state", ["batch", "sequence", 4], "float32")],
      nodes: [
        node("Gather", ["embeddings.weight", "input_ids"], "rows"),
        node("ReduceMean", ["rows"], "mean", { axes: { ints: [0] } }),
        node("Add", ["rows", "mean"], "last_hidden_state"),
      ],
    });
    const accepted = build(folder, dir, { allowBatchDependence: true });
    expect(goldensOf(accepted.path).batchInvariant).toBe(false);
  });
});

describe("goldens the user gives", () => {
  /** What the model says, exactly: the request of its first golden with numbers a reader of the file would write. */
  const labels = async (folder: TempDir) => {
    const dir = await makeFixture({ head: "sequence-classification" });
    const { goldens } = goldensOf(build(folder, dir, { name: "m" }).path);
    const [first] = goldens;
    const { results } = first!.response as {
      results: [{ logits: number[]; predicted_label: string }];
    };
    return { dir, text: (first!.request as { inputs: [string] }).inputs[0], ...results[0] };
  };

  test("given goldens are checked, stored, and survive extract and rebuild", async () => {
    using folder = createTempDir();
    const { dir, text, predicted_label } = await labels(folder);
    const goldens = writeGoldens(folder, [{ input: text, expected: predicted_label }]);
    const result = build(folder, dir, { name: "m", goldens: [goldens] });
    expect(decisionsOf(result)["goldens"]).toBe("5 (4 computed, 1 given) (--goldens)");
    const stored = result.model.decisions.find(({ setting }) => setting === "goldens");
    expect(stored?.source).toBe("given");
    expect(goldensOf(result.path).goldens.at(-1)).toEqual({
      name: "given 1",
      origin: "given",
      operation: "predict",
      request: { inputs: [text] },
      response: { results: [{ predicted_label }] },
      tolerance: 1e-4,
    });
    const out = await extract(result.path, folder.join("extracted"));
    const named = { name: "m", goldens: [join(out, "goldens.json")] };
    expect(build(folder, out, named).modelDigest).toBe(result.modelDigest);
    expect(build(folder, out, { name: "m" }).modelDigest).not.toBe(result.modelDigest);
  });

  test("a given golden the model does not meet is a problem that names file, entry, place and numbers", async () => {
    using folder = createTempDir();
    const { dir, text, logits } = await labels(folder);
    const wrong = [...logits.slice(0, -1), 9];
    const goldens = writeGoldens(folder, [
      { input: text, expected: { logits }, tolerance: 0.01 },
      { input: text, expected: { logits: wrong }, tolerance: 0.01 },
      { input: text, expected: "NO SUCH LABEL" },
    ]);
    const problems = buildProblems(folder, dir, { goldens: [goldens] });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(
      /given\.json: entry 2: results\[0\]\.logits\[2\]: expected 9, found -0\.0\d+ \(tolerance 0\.01\)/,
    );
    expect(problems[1]).toContain('entry 3: results[0].predicted_label: expected "NO SUCH LABEL"');
  });

  test.each([
    ["garbage", "entry", "line 1: expected JSON"],
    ['[{"input": "a"}]', "no answer", "entry 1: one of the fields expected, response"],
    [
      '[{"request": {"inputs": []}, "expected": [1]}]',
      "no input",
      'entry 1: cannot read the request as "inputs"',
    ],
    [
      '[{"operation": "embed", "request": {"inputs": "a"}, "expected": [1]}]',
      "other task",
      "entry 1: cannot serve embed",
    ],
    ['[{"input": "a", "expected": "x", "tolerance": -1}]', "tolerance", '"tolerance"'],
  ] as const)("a given file with %s is refused: %s", async (text, _, words) => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sequence-classification" });
    const problems = buildProblems(folder, dir, { goldens: [writeGoldens(folder, text)] });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(folder.join("given.json"));
    expect(problems[0]).toContain(words);
  });

  test("a given text that is to be read whole, or in windows, and is too long is refused", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "token-classification" });
    const text = "one two three ".repeat(100);
    const refused = (entry: object) =>
      buildProblems(folder, dir, { goldens: [writeGoldens(folder, [entry])] })[0];
    const expected = { tokens: { first: [{ label: "O" }] } };
    const request = (more: object) => ({ request: { inputs: [text], ...more }, expected });
    expect(refused(request({ truncate: false }))).toContain("shorten it");
    expect(refused({ input: text, expected })).toEndWith(
      'leave it out here and give it to selftest --golden, as only a finished file reads longer texts in windows, or have it cut with "truncate": true',
    );
    const redact = { operation: "redact", request: { inputs: text }, expected: [{ text }] };
    expect(refused(redact)).toEndWith("reads longer texts in windows");
    const cut = { input: text, expected: { tokens: { length: 126 } }, truncate: true };
    build(folder, dir, { goldens: [writeGoldens(folder, [cut])] });
  });

  test("given goldens may lie in several files: all are checked, numbered and stored", async () => {
    using folder = createTempDir();
    const { dir, text, predicted_label } = await labels(folder);
    const write = (name: string, expected: string) => {
      writeFileSync(folder.join(name), JSON.stringify([{ input: text, expected }]));
      return folder.join(name);
    };
    const both = [write("a.json", predicted_label), write("b.json", predicted_label)];
    const { path } = build(folder, dir, { goldens: both });
    expect(
      goldensOf(path)
        .goldens.slice(4)
        .map(({ name }) => name),
    ).toEqual(["given 1", "given 2"]);
    const wrong = [write("a.json", "NO"), write("b.json", "NEITHER")];
    const problems = buildProblems(folder, dir, { goldens: wrong });
    expect(problems.map((problem) => /[ab]\.json/.exec(problem)?.[0])).toEqual([
      "a.json",
      "b.json",
    ]);
  });

  test("a given file that is not there has a code of its own, and the output may not replace it", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ head: "sentence-embedding" });
    const missing = thrownBy(() => build(folder, dir, { goldens: [folder.join("none.json")] }));
    expect(missing.code).toBe("IO_NOT_FOUND");
    const nowhere = thrownBy(() =>
      build(folder, folder.join("nowhere"), { goldens: [folder.join("none.json")] }),
    );
    expect(nowhere.detail["problems"]).toHaveLength(2);
    const both = { goldens: [folder.join("none.json")], labels: ["x"], task: "reranking" } as const;
    const problems = thrownBy(() => build(folder, dir, both)).detail["problems"];
    expect(problems).toHaveLength(2);
    const goldens = writeGoldens(folder, [{ input: "a", expected: { embedding: { length: 32 } } }]);
    const replaced = thrownBy(() => build(folder, dir, { goldens: [goldens], output: goldens }));
    expect(replaced.code).toBe("IO_ALREADY_EXISTS");
  });
});
