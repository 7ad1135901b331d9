// Goldens as requests: what is asked, what is compared, and what cannot be asked.
import { describe, expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { createOperations, exchangeFor } from "../../src/contract/index.ts";
import { EntailmentSchema } from "../../src/gen/manifest_pb.ts";
import {
  type Golden,
  type PreparedGolden,
  prepareGolden,
  probesFor,
} from "../../src/golden/index.ts";
import type { Answer, TaskId } from "../../src/task/index.ts";
import { TASK_IDS } from "../../src/task/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { WordEngine } from "../helper/word-engine.ts";

const golden = (parts: Partial<Golden>): Golden => ({
  name: "g",
  origin: "given",
  operation: "predict",
  request: { inputs: ["one three"] },
  response: { results: [{ embedding: [8, 0.1, 1 / 3] }] },
  tolerance: 1e-6,
  ...parts,
});

async function prepare(parts: Partial<Golden>, task: TaskId = "sentence_embedding") {
  const engine = new WordEngine(task);
  const context = { model: engine.model, modelId: "words", tokenizer: await engine.tokenizer };
  const prepared = prepareGolden(golden(parts), context);
  const run = ({ inputs, options }: PreparedGolden) => engine.run(inputs, options);
  return { prepared, answers: await run(prepared) };
}

describe("prepareGolden()", () => {
  test("prepareGolden() finds no difference where the answer is what is expected", async () => {
    const { prepared, answers } = await prepare({});
    expect(prepared.inputs).toHaveLength(1);
    expect(prepared.differenceOf(answers)).toBeUndefined();
  });

  test("prepareGolden() names the first difference", async () => {
    const { prepared, answers } = await prepare({
      response: { results: [{ embedding: { first: [8, 0.2] } }] },
    });
    expect(prepared.differenceOf(answers)).toEqual({
      path: "results[0].embedding[1]",
      expected: "0.2",
      found: "0.1",
      tolerance: 1e-6,
    });
  });

  test("prepareGolden() asks by any operation the model serves, with its options", async () => {
    const { prepared, answers } = await prepare({
      operation: "embed_all",
      request: { inputs: "one", truncate: false },
      response: [[[3, 0.1, 1 / 3]]],
    });
    expect(prepared.options).toMatchObject({ view: "tokens", truncate: false });
    expect(prepared.differenceOf(answers)).toBeUndefined();
  });

  test("prepareGolden() refuses operations of other tasks and requests that are none", async () => {
    const { model, tokenizer } = new WordEngine("sentence_embedding");
    const context = { model, modelId: "words", tokenizer: await tokenizer };
    const codeOf = (parts: Partial<Golden>) =>
      thrownBy(() => prepareGolden(golden(parts), context)).code;
    expect(codeOf({ operation: "rerank" })).toBe("TASK_MISMATCH");
    expect(codeOf({ request: { input: ["a"] } })).toBe("REQUEST_INVALID");
    expect(codeOf({ request: { inputs: [] } })).toBe("REQUEST_EMPTY");
  });

  test("prepareGolden() throws what the task throws of NaN", async () => {
    const { prepared, answers } = await prepare({});
    const [answer] = answers as readonly [Answer];
    const reduced = { data: new Float32Array(3).fill(Number.NaN), rows: 1, columns: 3 };
    const error = thrownBy(() => prepared.differenceOf([{ ...answer, reduced }]));
    expect(error.code).toBe("TASK_OUTPUT_NOT_FINITE");
  });
});

describe("probesFor()", () => {
  test.each(TASK_IDS.map((id) => [id] as const))(
    "probesFor() asks models of %s what they understand, one text each",
    async (task) => {
      const { model, tokenizer } = new WordEngine(task);
      const exchange = exchangeFor(createOperations(), "predict", { model });
      const context = {
        model,
        modelId: "m",
        tokenizer: await tokenizer,
        requestId: "",
        createdSeconds: 0,
      };
      const probes = probesFor(model);
      expect(new Set(probes.map(({ name }) => name)).size).toBe(4);
      for (const { request } of probes) {
        expect(exchange.prepare(request, context).inputs).toHaveLength(1);
      }
    },
  );

  test("probesFor() asks models of entailment about pairs", () => {
    const { model } = new WordEngine("sequence_classification");
    model.entailment = create(EntailmentSchema, { hypothesisTemplate: "{}" });
    for (const { request } of probesFor(model)) {
      const { inputs } = request as { inputs: readonly unknown[] };
      expect(inputs).toEqual([[expect.any(String), expect.any(String)]]);
    }
  });
});
