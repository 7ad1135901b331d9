// What else the files say of a model's vectors: prompts, similarity, sizes, and how sparse ones are made.
import { describe, expect, test } from "bun:test";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { Similarity, SparsePooling } from "../../src/gen/manifest_pb.ts";
import { sparseVector } from "../../src/task/index.ts";
import { build, buildProblems, decisionsOf, type settingsOf } from "../helper/build-model.ts";
import { answersOf } from "../helper/built-vector.ts";
import { modulesOf } from "../helper/sentence-transformers.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeJsonFiles, writeTinyModelDir } from "../helper/tiny-graph.ts";
import { pooledGraph } from "../helper/vector-graph.ts";

type Plain = Parameters<typeof settingsOf>[0];
const CONFIG = "config_sentence_transformers.json";

async function built(files: Readonly<Record<string, unknown>>, settings: Plain = {}) {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), {}, files);
  const result = build(folder, dir, settings);
  return { ...result, decided: decisionsOf(result) };
}

async function problemsOf(files: Readonly<Record<string, unknown>>, settings: Plain = {}) {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), {}, files);
  return buildProblems(folder, dir, settings).join("\n");
}

function named(model: { readonly prompts: readonly { name: string; text: string }[] }) {
  return Object.fromEntries(model.prompts.map(({ name, text }) => [name, text]));
}

describe("prompts", () => {
  const prompts = { query: "query: ", document: null, none: "" };

  test.each([["sentence_embedding"], ["embedding"]] as const)(
    "prompts of the files belong to a model of %s",
    async (task) => {
      const config = { prompts, default_prompt_name: "query" };
      const { model, decided } = await built({ [CONFIG]: config }, { task });
      expect(named(model)).toEqual({ query: "query: ", document: "", none: "" });
      expect(model.defaultPrompt).toBe("query");
      expect(decided).toMatchObject({
        prompts: `"query", "document", "none" (${CONFIG}: prompts)`,
        "default prompt": `query (${CONFIG}: default_prompt_name)`,
      });
    },
  );

  test.each([[{}], [{ prompts: {} }], [{ prompts: null, default_prompt_name: null }]])(
    "prompts may be absent, as in %j",
    async (config) => {
      const { model } = await built({ [CONFIG]: config });
      expect(model).toMatchObject({ prompts: [], defaultPrompt: "" });
    },
  );

  test("prompts that leave no room for a text are told of, and refused as default", async () => {
    const config = {
      prompts: { long: "a b c d e f g h", short: "a" },
      default_prompt_name: "short",
    };
    const { decided } = await built({ [CONFIG]: config }, { maxLength: 10 });
    expect(decided["no room for texts"]).toBe('"long" (prompts of 10 tokens or more)');
    expect(
      await problemsOf({ [CONFIG]: { ...config, default_prompt_name: "long" } }, { maxLength: 10 }),
    ).toBe(
      `${CONFIG}: default_prompt_name: the prompt "long" has 10 tokens, special ones included, and the model takes ` +
        "10: every text would be cut away: shorten it, or switch it off with --default-prompt none",
    );
    const { model } = await built({ [CONFIG]: config }, { maxLength: 11, defaultPrompt: "long" });
    expect(model.defaultPrompt).toBe("long");
  });

  test("prompts of the user take the place of the files' own", async () => {
    const files = { [CONFIG]: { prompts, default_prompt_name: "query" } };
    const mine = { prompts: { passage: "passage: " } };
    const { model, decided } = await built(files, mine);
    expect(named(model)).toEqual({ passage: "passage: " });
    expect(model.defaultPrompt).toBe("");
    expect(decided["default prompt"]).toBe("none (--prompts)");
    const both = await built(files, { ...mine, defaultPrompt: "passage" });
    expect(both.model.defaultPrompt).toBe("passage");
    const off = await built(files, { defaultPrompt: "none" });
    expect(off.model.defaultPrompt).toBe("");
    expect(off.decided["default prompt"]).toBe("none (--defaultPrompt)");
  });

  test.each([
    [{ prompts: [] }, "prompts: expected a map of names to texts"],
    [{ prompts: { a: 3 } }, 'prompts: expected a text for "a": found 3'],
    [{ prompts: { "": "x" } }, 'prompts: expected names of 1 to 200 characters: found ""'],
    [{ prompts: { a: "x".repeat(10_001) } }, 'of at most 10000 characters: found 10001 in "a"'],
    [
      { prompts: { a: "\ud800" } },
      'expected well-formed texts of at most 10000 characters: found 1 in "a"',
    ],
    [
      { prompts: Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`p${at}`, ""])) },
      "expected at most 1000 prompts: found 1001",
    ],
    [
      { prompts: { a: "a: " }, default_prompt_name: "b" },
      'default_prompt_name: expected one of "a": found "b"',
    ],
    [{ default_prompt_name: "b" }, 'default_prompt_name: expected one of none: found "b"'],
    [{ default_prompt_name: 3 }, "default_prompt_name: expected a name or null: found 3"],
  ])("prompts that make no sense are refused with the field %#", async (config, message) => {
    expect(await problemsOf({ [CONFIG]: config })).toContain(message);
  });

  test("prompts that nobody knows are refused with those that are there", async () => {
    const files = { [CONFIG]: { prompts } };
    expect(await problemsOf(files, { defaultPrompt: "passage" })).toBe(
      '--defaultPrompt: expected one of "query", "document", "none": found "passage"',
    );
  });

  test("prompts before every text of a classifier are refused unless switched off", async () => {
    using folder = createTempDir();
    const files = { [CONFIG]: { prompts, default_prompt_name: "query" } };
    const graph = pooledGraph("logits", 2);
    const dir = await writeTinyModelDir(folder.join("model"), graph, files);
    const task = "sequence_classification";
    expect(buildProblems(folder, dir, { task })).toEqual([
      `${CONFIG}: default_prompt_name: the prompt "query: " would go before every text, which ` +
        `${task} does not do: switch it off with --default-prompt none, and send it as part of the texts`,
    ]);
    expect(build(folder, dir, { task, defaultPrompt: "none" }).model.prompts).toEqual([]);
    await writeJsonFiles(dir, { [CONFIG]: { prompts, default_prompt_name: "document" } });
    expect(build(folder, dir, { task }).task).toBe(task);
    expect(buildProblems(folder, dir, { task, prompts: { a: "b" } })).toEqual([
      `--prompts: only texts that become vectors have prompts: the task is ${task}`,
    ]);
  });
});

describe("similarity", () => {
  test.each([
    [{}, {}, Similarity.COSINE, `cosine (default: no ${CONFIG} says otherwise)`],
    [{ similarity_fn_name: null }, {}, Similarity.COSINE, "cosine (default"],
    [{ similarity_fn_name: "dot" }, {}, Similarity.DOT, `dot (${CONFIG}: similarity_fn_name)`],
    [{ similarity_fn_name: "euclidean" }, {}, Similarity.EUCLIDEAN, "euclidean"],
    [
      { similarity_fn_name: "dot" },
      { similarity: "manhattan" },
      Similarity.MANHATTAN,
      "manhattan (--similarity)",
    ],
  ] as const)("similarity of %j and %j", async (config, settings, expected, text) => {
    const { model, decided } = await built({ [CONFIG]: config }, settings);
    expect(model.similarity).toBe(expected);
    expect(decided["similarity"]).toStartWith(text);
  });

  test("similarity that is unknown is refused by name", async () => {
    expect(await problemsOf({ [CONFIG]: { similarity_fn_name: "MaxSim" } })).toBe(
      `${CONFIG}: similarity_fn_name: expected one of cosine, dot, euclidean, manhattan: found "MaxSim": ` +
        "choose one with --similarity",
    );
  });
});

describe("dimensions", () => {
  test.each([
    [{ "config.json": { matryoshka_dimensions: [4, 2, 2] } }, {}, [2, 4], "2, 4 (config.json: "],
    [{ [CONFIG]: { matryoshka_dimensions: [1, 3] } }, {}, [1, 3], `1, 3 (${CONFIG}: `],
    [{ "config.json": { is_matryoshka: true } }, {}, [], "any (config.json: is_matryoshka)"],
    [
      { "config.json": { matryoshka_dimensions: [9] } },
      { dimensions: [2, 4] },
      [2, 4],
      "2, 4 (--dimensions)",
    ],
  ] as const)("dimensions of %j and %j", async (files, settings, expected, text) => {
    const { model, decided } = await built(files, settings);
    expect(model.dimensions).toEqual([...expected]);
    expect(decided["dimensions"]).toStartWith(text);
  });

  test("dimensions that nobody names are any, without a word", async () => {
    const { model, decided } = await built({ [CONFIG]: { truncate_dim: null } });
    expect(model.dimensions).toEqual([]);
    expect(decided).not.toHaveProperty("dimensions");
  });

  test.each([
    [
      { "config.json": { matryoshka_dimensions: [2, 8] } },
      "expected at most 4, the width of the vectors: found 8",
    ],
    [
      { "config.json": { matryoshka_dimensions: "all" } },
      'expected a list of positive whole numbers: found "all"',
    ],
    [{ "config.json": { matryoshka_dimensions: [0.5] } }, "positive whole numbers: found [0.5]"],
    [{ [CONFIG]: { truncate_dim: 2 } }, `${CONFIG}: truncate_dim: vectors are cut where a request`],
  ])("dimensions that make no sense are refused %#", async (files, message) => {
    expect(await problemsOf(files)).toContain(message);
  });
});

describe("sparse pooling", () => {
  const PLACE = "1_SpladePooling/config.json";
  const modules = modulesOf(
    "sentence_transformers.sparse_encoder.models.MLMTransformer",
    "sentence_transformers.sparse_encoder.models.SpladePooling",
  );

  async function spladeDir(folder: { join(name: string): string }, config?: unknown) {
    const dir = folder.join("splade");
    await makeFixture({ head: "masked-lm", outputDir: dir });
    await writeJsonFiles(dir, {
      ...(config === undefined ? {} : { "modules.json": modules, [PLACE]: config }),
    });
    return dir;
  }

  test.each([
    [{ pooling_strategy: "max", activation_function: "relu" }, {}, SparsePooling.SPARSE_MAX],
    [{ pooling_strategy: "sum" }, {}, SparsePooling.SPARSE_SUM],
    [{}, {}, SparsePooling.SPARSE_MAX],
    [{ pooling_strategy: "sum" }, { sparsePooling: "max" }, SparsePooling.SPARSE_MAX],
    [undefined, { task: "sparse_embedding" }, SparsePooling.SPARSE_MAX],
  ] as const)("sparse pooling of %j and %j", async (config, settings, expected) => {
    using folder = createTempDir();
    const result = build(folder, await spladeDir(folder, config), settings);
    expect(result.task).toBe("sparse_embedding");
    expect(result.model.sparsePooling).toBe(expected);
    const { answers } = answersOf(result.path, ["a b", "c d e f"]);
    for (const answer of answers) {
      expect(answer.reduced.columns).toBe(600);
      expect(sparseVector(answer).every(({ value }) => value > 0)).toBe(true);
    }
  });

  test.each([
    [
      { activation_function: "log1p_relu" },
      'activation_function: expected relu: found "log1p_relu"',
    ],
    [{ pooling_strategy: "mean" }, 'pooling_strategy: expected one of max, sum: found "mean"'],
  ])("sparse pooling of %j is refused by name", async (config, message) => {
    using folder = createTempDir();
    const problems = buildProblems(folder, await spladeDir(folder, config));
    expect(problems.join("\n")).toContain(`${PLACE}: ${message}`);
  });

  test("sparse pooling is the only module after the transformer", async () => {
    using folder = createTempDir();
    const dir = await spladeDir(folder, {});
    const extra = "sentence_transformers.sparse_encoder.models.SparseAutoEncoder";
    const types = [...modules.map(({ type }) => type), extra];
    await writeJsonFiles(dir, { "modules.json": modulesOf(...types) });
    expect(buildProblems(folder, dir).join("\n")).toContain(
      `modules.json: ${extra}: this module is not supported: sparse vectors are those of`,
    );
  });
});
