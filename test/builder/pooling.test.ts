// How token vectors become one: which modes are found, in which order they are joined, and what is refused.
import { describe, expect, test } from "bun:test";
import { Pooling } from "../../src/gen/manifest_pb.ts";
import { sentenceVector } from "../../src/task/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { answersOf } from "../helper/built-vector.ts";
import { largestDifference, meanOf, modulesOf } from "../helper/sentence-transformers.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { type TinyGraph, value, writeTinyModelDir } from "../helper/tiny-graph.ts";
import { pooledGraph, tokenRow } from "../helper/vector-graph.ts";

async function problemsOf(graph: TinyGraph, files = {}, settings = {}): Promise<string> {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), graph, files);
  return buildProblems(folder, dir, settings).join("\n");
}

async function built(graph: TinyGraph, files = {}, settings = {}) {
  using folder = createTempDir();
  const dir = await writeTinyModelDir(folder.join("model"), graph, files);
  const result = build(folder, dir, settings);
  return { ...result, decided: decisionsOf(result) };
}

describe("pooling", () => {
  test.each([
    [{ pooling_mode_cls_token: true }, [Pooling.CLS]],
    [{ pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }, [Pooling.MEAN]],
    [{ pooling_mode_max_tokens: true }, [Pooling.MAX]],
    [{ pooling_mode_mean_sqrt_len_tokens: true }, [Pooling.MEAN_SQRT_LEN]],
    [{ pooling_mode_weightedmean_tokens: true }, [Pooling.WEIGHTED_MEAN]],
    [{ pooling_mode_lasttoken: true }, [Pooling.LAST_TOKEN]],
    [{ pooling_mode: "lasttoken" }, [Pooling.LAST_TOKEN]],
    [{ pooling_mode: "CLS", pooling_mode_mean_tokens: true }, [Pooling.CLS]],
    // Flags are joined in an order of the reference's own, a list in the order it has.
    [
      {
        ...{ pooling_mode_lasttoken: true, pooling_mode_weightedmean_tokens: true },
        ...{ pooling_mode_mean_sqrt_len_tokens: true, pooling_mode_mean_tokens: true },
        ...{ pooling_mode_max_tokens: true, pooling_mode_cls_token: true },
      },
      [
        ...[Pooling.CLS, Pooling.MAX, Pooling.MEAN],
        ...[Pooling.MEAN_SQRT_LEN, Pooling.WEIGHTED_MEAN, Pooling.LAST_TOKEN],
      ],
    ],
    [{ pooling_mode: ["mean", "cls"] }, [Pooling.MEAN, Pooling.CLS]],
    [{ word_embedding_dimension: 4 }, [Pooling.MEAN]],
    [{ embedding_dimension: 4, pooling_mode: "max" }, [Pooling.MAX]],
  ])("pooling of %j", async (config, expected) => {
    const { model, decided } = await built({}, { "1_Pooling/config.json": config });
    expect(model.pooling).toEqual(expected);
    expect(decided["pooling"]).toContain("(1_Pooling/config.json");
    expect(model.width).toBe(4 * expected.length);
    expect(model.outputWidth).toBe(expected.length === 1 ? 0 : 4);
  });

  test.each([
    [{ pooling_mode_new_idea: true }, "found pooling_mode_new_idea"],
    [{ pooling_mode: "attention" }, "found attention"],
    [{ pooling_mode: ["mean", "mean"] }, "found mean + mean"],
    [{ pooling_mode: ["mean", 3] }, "found 3"],
    [{ pooling_mode: [] }, "found none"],
    [{ pooling_mode_cls_token: false, pooling_mode_mean_tokens: false }, "found none"],
  ])("pooling of %j is refused by name", async (config, message) => {
    expect(await problemsOf({}, { "1_Pooling/config.json": config })).toBe(
      "1_Pooling/config.json: expected different pooling modes of mean, cls, max, last_token, mean_sqrt_len, " +
        `weighted_mean: ${message}`,
    );
  });

  test("pooling of another width than the graph's is refused with both", async () => {
    const files = { "1_Pooling/config.json": { word_embedding_dimension: 8, pooling_mode: "cls" } };
    expect(await problemsOf({}, files)).toBe(
      "1_Pooling/config.json: word_embedding_dimension: expected 4, the width of the graph's output " +
        '"last_hidden_state": found 8: is it the pooling of this model?',
    );
  });

  test("pooling without any word of it is the mean, and says so", async () => {
    expect((await built({})).decided).toMatchObject({
      pooling: "mean (default: no 1_Pooling/config.json says otherwise)",
      normalize: "true (default: no modules.json says otherwise)",
    });
  });

  test("pooling is needed where modules.json lists modules without one", async () => {
    const files = { "modules.json": modulesOf("Transformer", "Normalize") };
    expect(await problemsOf({}, files)).toContain("modules.json: expected a Pooling module");
    const { model } = await built({}, files, { pooling: ["cls"] });
    expect(model).toMatchObject({ pooling: [Pooling.CLS], normalize: true });
  });

  test("pooling in the graph needs none here", async () => {
    expect((await built(pooledGraph("sentence_embedding", 3))).model.pooling).toEqual([
      Pooling.NONE,
    ]);
  });

  test("pooling that the graph leaves no room for is the problem, whatever the output is called", async () => {
    for (const name of ["sentence_embedding", "whatever"]) {
      const given = { task: "sentence_embedding", pooling: ["mean"] } as const;
      expect(await problemsOf(pooledGraph(name, 3), {}, given)).toBe(
        "--pooling: mean needs an output with a vector per token (3 dimensions), but the graph has " +
          `"${name}" [batch, 3]: it pools by itself: leave the setting out`,
      );
    }
    expect(await problemsOf({}, {}, { pooling: ["none"] })).toBe(
      "--pooling: none needs an output with one vector per text (2 dimensions), but the graph has " +
        '"last_hidden_state" [batch, sequence, 4]: it does not pool: leave the setting out',
    );
  });

  test("pooling given by the user wins in the user's order, and is refused for other tasks", async () => {
    const settings = { pooling: ["mean", "cls"], normalize: false } as const;
    const files = { "1_Pooling/config.json": { pooling_mode: "max" } };
    const { model, decided } = await built({}, files, settings);
    expect(model).toMatchObject({ pooling: [Pooling.MEAN, Pooling.CLS], normalize: false });
    expect(decided["pooling"]).toBe("mean + cls (--pooling)");
    expect(decided["normalize"]).toBe("false (--normalize)");
    expect(await problemsOf({}, {}, { task: "embedding", pooling: ["cls"] })).toBe(
      "--pooling: only sentence_embedding is pooled: the task is embedding",
    );
  });

  test("pooling joins its modes end to end, alone and beside a longer text", async () => {
    using folder = createTempDir();
    const files = {
      "modules.json": modulesOf("Transformer", "Pooling"),
      "1_Pooling/config.json": { pooling_mode: ["mean", "cls", "lasttoken"] },
    };
    const dir = await writeTinyModelDir(folder.join("model"), {}, files);
    const { path } = build(folder, dir);
    const { model, answers } = answersOf(path, ["a b", "a b c d e f g"]);
    for (const answer of answers) {
      const rows = [...answer.encoding.ids].map(tokenRow);
      const expected = [...meanOf(rows), ...(rows[0] ?? []), ...(rows.at(-1) ?? [])];
      expect(largestDifference(sentenceVector(answer, model, {}), expected)).toBeLessThan(1e-6);
    }
  });

  test("pooling leaves a prompt out where the file says so", async () => {
    using folder = createTempDir();
    const files = { "1_Pooling/config.json": { pooling_mode: "mean", include_prompt: false } };
    const dir = await writeTinyModelDir(folder.join("model"), {}, files);
    const result = build(folder, dir, { normalize: false });
    expect(result.model.poolWithoutPrompt).toBe(true);
    expect(decisionsOf(result)["prompt in pooling"]).toBe(
      "left out (1_Pooling/config.json: include_prompt)",
    );
    const { model, answers } = answersOf(result.path, ["a b c d"], 3);
    const [answer] = answers;
    const rows = [...(answer?.encoding.ids ?? [])].map(tokenRow);
    const vector = answer && sentenceVector(answer, model, {});
    expect(largestDifference(vector ?? [], meanOf(rows.slice(3)))).toBeLessThan(1e-6);
    expect(await problemsOf(pooledGraph("sentence_embedding", 3), files)).toContain(
      "1_Pooling/config.json: include_prompt: false cannot be kept, as the graph pools all tokens itself",
    );
  });

  test.each([
    [["Transformer", "Pooling"], false],
    [["Transformer", "Pooling", "Normalize"], true],
    [["Transformer", "Pooling", "Normalize", "Dropout"], true],
  ])("normalize of the modules %j", async (types, expected) => {
    const files = {
      "modules.json": modulesOf(...types),
      "1_Pooling/config.json": { pooling_mode: "mean" },
    };
    expect((await built({}, files)).model.normalize).toBe(expected);
  });

  test("an output named sentence_embedding without dimensions is one vector per text", async () => {
    const graph = pooledGraph("sentence_embedding", 3);
    const unknown = {
      ...graph,
      outputs: [value("sentence_embedding", ["batch", "width"], "float32")],
    };
    const { model } = await built(unknown);
    expect(model).toMatchObject({ pooling: [Pooling.NONE], width: 3, outputWidth: 0 });
  });
});
