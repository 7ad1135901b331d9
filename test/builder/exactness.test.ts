// Whether texts are run one at a time: found by trying, or said by the user.
import { describe, expect, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { stretch } from "../../src/builder/exactness.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { node, type TinyGraph, value, writeTinyModelDir } from "../helper/tiny-graph.ts";

const BATCH = ["batch", "sequence"];

/** Adds `step` times a size of the batch to every number: an answer that varies on every processor alike. */
function swaying(axis: number, step: number): TinyGraph {
  return {
    outputs: [value("last_hidden_state", [...BATCH, 4], "float32")],
    nodes: [
      node("Gather", ["embeddings.weight", "input_ids"], "vectors"),
      node("Shape", ["input_ids"], "shape"),
      node("Constant", [], "axis", { value_int: { int: axis } }),
      node("Gather", ["shape", "axis"], "size"),
      node("Cast", ["size"], "number", { to: { int: 1 } }),
      node("Constant", [], "step", { value_float: { float: step } }),
      node("Mul", ["number", "step"], "sway"),
      node("Add", ["vectors", "sway"], "last_hidden_state"),
    ],
  };
}

async function trialOf(graph: TinyGraph, settings = {}) {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), graph);
  const result = build(folder, dir, { task: "embedding", ...settings });
  return { model: result.model, decided: decisionsOf(result) };
}

const TINY_STEP = 2 ** -20;

describe("the trial", () => {
  test.each([
    ["in a batch", 0],
    ["beside a longer text", 1],
  ])("the trial finds answers that vary %s", async (_, axis) => {
    const { model, decided } = await trialOf(swaying(axis, TINY_STEP));
    expect(model.oneAtATime).toBe(true);
    expect(decided["one at a time"]).toBe(
      "yes (trial: answers vary with neighbours in the last digits)",
    );
    expect(decided["variation"]).toMatch(/^\d.* with neighbours \(trial\)$/);
    // The amount depends on the processor: it is told, not stored.
    const stored = model.decisions.map(({ setting }) => setting);
    expect(stored).toContain("one at a time");
    expect(stored).not.toContain("variation");
  });

  test("the trial finds answers that vary only beside long texts", async () => {
    // 1 from 129 tokens on, as kernels that change their way for long rows.
    const { nodes = [], ...graph } = swaying(1, TINY_STEP);
    const late = [
      node("Constant", [], "limit", { value_float: { float: 128 } }),
      node("Greater", ["number", "limit"], "isLong"),
      node("Cast", ["isLong"], "late", { to: { int: 1 } }),
      node("Mul", ["late", "step"], "sway"),
    ];
    const changed = nodes.flatMap((one) => (one.outputs[0] === "sway" ? late : [one]));
    const config = { "tokenizer_config.json": {}, "config.json": undefined };
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("m"), { ...graph, nodes: changed }, config);
    expect(build(folder, dir, { task: "embedding" }).model.oneAtATime).toBe(true);
    expect(build(folder, dir, { task: "embedding", maxLength: 128 }).model.oneAtATime).toBe(false);
  });

  test.each(["embedding", "sequence-classification", "token-classification", "reranking"] as const)(
    "the trial finds nothing in a BERT graph: %s",
    async (head) => {
      using folder = createTempDir();
      const given = head === "embedding" ? ({ task: "embedding" } as const) : {};
      const result = build(folder, await makeFixture({ head }), given);
      expect(result.model.oneAtATime).toBe(false);
      expect(decisionsOf(result)["one at a time"]).toBeUndefined();
    },
  );

  test.each([
    [true, "yes"],
    [false, "no"],
  ])("the trial leaves the word to the user: %p", async (oneAtATime, said) => {
    const { model, decided } = await trialOf(swaying(0, TINY_STEP), { oneAtATime });
    expect(model.oneAtATime).toBe(oneAtATime);
    expect(decided["one at a time"]).toBe(`${said} (--oneAtATime)`);
    const stored = model.decisions.find(({ setting }) => setting === "one at a time");
    expect(stored).toMatchObject({ value: said, source: "given" });
  });

  test("the trial refuses what varies in more than the last digits, unless nothing has neighbours", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"), swaying(0, 0.1));
    const [problem] = buildProblems(folder, dir, { task: "embedding" });
    expect(problem).toContain(
      "mixes the texts of a batch: run each text alone with --one-at-a-time, export it again",
    );
    const { model } = build(folder, dir, { task: "embedding", oneAtATime: true });
    expect(model.oneAtATime).toBe(true);
    const accepted = build(folder, dir, { task: "embedding", allowBatchDependence: true });
    expect(accepted.model.oneAtATime).toBe(false);
  });

  test.each([
    { quantised: "int8" },
    { quantised: "uint8" },
    { quantised: "qdq" },
    { dtype: "float16" },
  ] as const)(
    "the trial lets rounding be, but not padding that shows through: %j",
    async (kind) => {
      using folder = createTempDir();
      const task = { task: "sentence_embedding", pooling: ["mean"] } as const;
      const sound = build(folder, await makeFixture(kind), task);
      expect(sound.model.oneAtATime).toBe(false);
      const dir = await makeFixture({ ...kind, inputs: ["input_ids"] });
      const [problem] = buildProblems(folder, dir, task);
      expect(problem).toContain(
        "does not ignore padding: run each text alone with --one-at-a-time,",
      );
      expect(build(folder, dir, { ...task, oneAtATime: true }).model.oneAtATime).toBe(true);
    },
  );

  test("the trial lets a deep graph vary as its neighbours scale it", async () => {
    using folder = createTempDir();
    const deep = { quantised: "int8", layers: 6, hidden: 192, intermediate: 384 } as const;
    const found = build(folder, await makeFixture(deep), { task: "embedding" });
    expect(found.model.oneAtATime).toBe(false);
    const dir = await makeFixture({ ...deep, inputs: ["input_ids"] });
    expect(buildProblems(folder, dir, { task: "embedding" })).toHaveLength(1);
  });

  test("the trial refuses quantised positions that padding on the left moves", async () => {
    using folder = createTempDir();
    const dir = folder.join("left");
    cpSync(await makeFixture({ quantised: "int8" }), dir, { recursive: true });
    const path = join(dir, "tokenizer_config.json");
    const config: object = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...config, padding_side: "left" }));
    const task = { task: "sentence_embedding", pooling: ["last_token"] } as const;
    expect(buildProblems(folder, dir, task)[0]).toContain("run each text alone");
    expect(build(folder, dir, { ...task, oneAtATime: true }).model.oneAtATime).toBe(true);
  });

  test("the trial refuses a quantised graph that mixes the texts of a batch", async () => {
    const { nodes = [], ...graph } = swaying(0, 0.5);
    const rounded = node("QuantizeLinear", ["vectors", "step"], "rounded");
    using folder = createTempDir();
    const quantised = { ...graph, nodes: [...nodes, rounded] };
    const dir = await writeTinyModelDir(folder.join("model"), quantised);
    const [problem] = buildProblems(folder, dir, { task: "embedding" });
    expect(problem).toContain("mixes the texts of a batch");
  });

  test("the trial expects no exact answers of float16", async () => {
    using folder = createTempDir();
    const dir = await makeFixture({ dtype: "float16", head: "sequence-classification" });
    expect(build(folder, dir).model.oneAtATime).toBe(false);
  });
});

describe("stretch()", () => {
  const sequence = { ids: Int32Array.of(1, 2, 3), typeIds: Int32Array.of(0, 0, 1) };
  test.each([
    [2, 0, [1, 2]],
    [5, 0, [1, 2, 3, 1, 2]],
    [4, 2, [3, 1, 2, 3]],
    [0, 1, []],
  ])("stretch() to %d tokens from %d", (length, start, ids) => {
    expect([...stretch(sequence, length, start).ids]).toEqual(ids);
    expect(stretch(sequence, length, start).typeIds).toHaveLength(length);
  });
});
