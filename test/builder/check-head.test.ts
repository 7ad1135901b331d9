// Scores that are not made of logits alone: modules and functions after them, and outputs that hold scores already.
import { describe, expect, test } from "bun:test";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { modulesOf } from "../helper/sentence-transformers.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeTinyModelDir } from "../helper/tiny-graph.ts";
import { pooledGraph } from "../helper/vector-graph.ts";

type Given = {
  readonly name?: string;
  readonly width?: number;
  readonly config?: object;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly settings?: Parameters<typeof build>[2];
};

async function withModel<T>(
  { name = "logits", width = 1, config = {}, files = {}, settings }: Given,
  use: (...args: Parameters<typeof build>) => T,
): Promise<T> {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), pooledGraph(name, width), {
    "config.json": { architectures: ["BertForSequenceClassification"], ...config },
    ...files,
  });
  return use(folder, dir, settings);
}

const built = (given: Given) =>
  withModel(given, (...args) => {
    const result = build(...args);
    return { ...result, decided: decisionsOf(result) };
  });
const problemsOf = (given: Given) => withModel(given, buildProblems);

const IDENTITY = "torch.nn.modules.linear.Identity";
const SIGMOID = "torch.nn.modules.activation.Sigmoid";
const SOFTMAX = "torch.nn.modules.activation.Softmax";
const SETTINGS = "config_sentence_transformers.json";

describe("refuseHeadModules()", () => {
  test.each(["Dense", "LogitScore", "Pooling"])("names a module %s after scores", async (name) => {
    const types = ["base.modules.Transformer", `cross_encoder.modules.${name}`];
    const modules = modulesOf(...types.map((type) => `sentence_transformers.${type}`));
    const settings = { task: "reranking" } as const;
    const problems = await problemsOf({ files: { "modules.json": modules }, settings });
    expect(problems.join("\n")).toContain(
      `modules.json: sentence_transformers.cross_encoder.modules.${name}: this module is not supported: it works on ` +
        "what the graph answers",
    );
  });

  test("takes a transformer alone", async () => {
    expect((await built({ files: { "modules.json": modulesOf("Transformer") } })).task).toBe(
      "reranking",
    );
  });
});

describe("checkActivation()", () => {
  test.each([
    [{ sbert_ce_default_activation_function: IDENTITY }, "sbert_ce_default_activation_function"],
    [{ sentence_transformers: { activation_fn: IDENTITY } }, "sentence_transformers.activation_fn"],
  ])("says what the scores of %j are here", async (config, field) => {
    expect((await built({ config })).decided["scores"]).toBe(
      `sigmoid; raw_scores gives the logit, which is the authors' default (config.json: ${field})`,
    );
  });

  test("goes by the first place that says", async () => {
    const config = { sbert_ce_default_activation_function: IDENTITY };
    const files = { [SETTINGS]: { activation_fn: SIGMOID } };
    expect((await built({ config, files })).decided["scores"]).toBe(
      `sigmoid; raw_scores gives the logit (${SETTINGS}: activation_fn)`,
    );
  });

  test.each([
    [1, "torch.nn.modules.activation.Tanh", "expected Sigmoid, which is what reranking does here"],
    [1, "my_code.Sigmoid", 'found "my_code.Sigmoid"'],
    [3, SIGMOID, "choose it with --problem-type multi_label_classification"],
  ])("refuses width %d with %s", async (width, path, message) => {
    const config = { sbert_ce_default_activation_function: path };
    const problems = await problemsOf({ width, config });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toStartWith("config.json: sbert_ce_default_activation_function: expected");
    expect(problems[0]).toContain(message);
  });

  test.each([
    [{ sbert_ce_default_activation_function: SOFTMAX }, {}, undefined],
    [{ sbert_ce_default_activation_function: SIGMOID }, { problemType: "regression" }, undefined],
    [
      { sbert_ce_default_activation_function: IDENTITY },
      {},
      "softmax; raw_scores gives the logits, which are the authors' default " +
        "(config.json: sbert_ce_default_activation_function)",
    ],
  ] as const)("takes classifiers with %j and %j", async (config, settings, expected) => {
    expect((await built({ width: 3, config, settings })).decided["scores"]).toBe(expected);
  });
});

describe("outputs that hold scores", () => {
  test.each(["probs", "probabilities", "output_probability", "softmax_1", "scores", "Sigmoid:0"])(
    "are not chosen by shape: %s",
    async (name) => {
      const [problem] = await problemsOf({ name, width: 2 });
      expect(problem).toContain(`expected logits: found "${name}"`);
      expect(problem).toContain("--task sequence_classification --problem-type regression");
    },
  );

  test("are taken as they are where that is said", async () => {
    const settings = { outputName: "probs", problemType: "regression" } as const;
    expect((await built({ name: "probs", width: 2, settings })).model.output).toBe("probs");
    expect(
      await problemsOf({ name: "probs", width: 2, settings: { outputName: "probs" } }),
    ).toEqual([expect.stringContaining('--outputName: expected logits: found "probs"')]);
  });

  test("are known by whole words", async () => {
    expect((await built({ name: "prober", width: 2 })).model.output).toBe("prober");
  });
});
