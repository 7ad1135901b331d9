// The Open Inference Protocol of compiled executables: tensors of texts and of tokens against the graph run by ONNX
// Runtime itself, and faults that must not become the server's.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, type RunningServer, startServer } from "./executable.ts";
import {
  FLOAT32_TOLERANCE,
  maxDifference,
  openReference,
  type Reference,
  type ReferenceModel,
  softmax,
} from "./reference.ts";

const TEXTS = ["the cat sat on the mat", "a", "many more words than the others have, with commas"];

/** The task of each fixture, as some graphs serve several. */
const TASK = {
  "sentence-embedding": "sentence_embedding",
  embedding: "embedding",
  "sequence-classification": "sequence_classification",
  "token-classification": "token_classification",
  reranking: "reranking",
  "masked-lm": "sparse_embedding",
} as const;
type Head = keyof typeof TASK;
const HEADS = Object.keys(TASK) as Head[];

type Running = { readonly server: RunningServer; readonly reference: ReferenceModel };

const folder = createTempDir();
const running = new Map<Head, Running>();

beforeAll(async () => {
  for (const head of HEADS) {
    const dir = await makeFixture({ shape: "tiny", head });
    const flags = ["--name", "model", "--task", TASK[head]];
    const file = await buildFile(folder.join(head), dir, ...flags);
    const reference = await openReference(join(dir, "model.onnx"), join(dir, "tokenizer.json"));
    running.set(head, { server: await startServer(file), reference });
  }
});

afterAll(async () => {
  await Promise.all([...running.values()].map(({ server }) => server[Symbol.asyncDispose]()));
  folder[Symbol.dispose]();
});

type Tensor = { name: string; datatype: string; shape: number[]; data: number[] };

function of(head: Head): Running {
  const found = running.get(head);
  if (found === undefined) throw new Error(`${head} does not run`);
  return found;
}

async function infer(head: Head, body: object): Promise<Record<string, Tensor>> {
  const answer = await post(`${of(head).server.url}/v2/models/model/infer`, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer) + of(head).server.log());
  const { outputs } = answer.body as { outputs: Tensor[] };
  return Object.fromEntries(outputs.map((output) => [output.name, output]));
}

function bytes(name: string, data: readonly string[]) {
  return { name, datatype: "BYTES", shape: [data.length], data };
}

/** The tensors a tokenizer of one's own would send, padded to the longest. */
function tokens(references: readonly Reference[], types: readonly (readonly number[])[] = []) {
  const columns = Math.max(...references.map(({ ids }) => ids.length));
  const shape = [references.length, columns];
  const padded = (rows: readonly (readonly number[])[]) =>
    rows.flatMap((row) => Array.from({ length: columns }, (_, at) => row[at] ?? 0));
  const tensor = (name: string, rows: readonly (readonly number[])[]) => ({
    name,
    datatype: "INT64",
    shape,
    data: padded(rows),
  });
  const ids = references.map((reference) => reference.ids);
  return [
    tensor("input_ids", ids),
    tensor(
      "attention_mask",
      ids.map((row) => row.map(() => 1)),
    ),
    ...(types.length === 0 ? [] : [tensor("token_type_ids", types)]),
  ];
}

function expectClose(found: readonly number[] | undefined, wanted: readonly number[]): void {
  expect(maxDifference(found ?? [], wanted)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
}

/** All numbers of a body, in their order. */
function numbersIn(body: unknown): number[] {
  if (typeof body === "number") return [body];
  if (typeof body !== "object" || body === null) return [];
  return Object.values(body).flatMap(numbersIn);
}

describe("tokens", () => {
  test.each<[Head]>([["sentence-embedding"], ["embedding"], ["token-classification"]])(
    "%s: rows are those of the graph, zeros where padding is",
    async (head) => {
      const { reference } = of(head);
      const references = await Promise.all(TEXTS.map((text) => reference(text)));
      const outputs = Object.values(await infer(head, { inputs: tokens(references) }));
      expect(outputs).toHaveLength(1);
      const { shape, data, datatype } = outputs[0]!;
      const [, columns = 0, width = 0] = shape;
      expect(datatype).toBe("FP32");
      expect(shape[0]).toBe(TEXTS.length);
      for (const [index, { rows }] of references.entries()) {
        const start = index * columns * width;
        const padding = Array<number>((columns - rows.length) * width).fill(0);
        const wanted = [...rows.flat(), ...padding];
        expectClose(data.slice(start, start + columns * width), wanted);
      }
    },
  );

  test("sequence-classification: logits of pairs with their token types", async () => {
    const { reference } = of("sequence-classification");
    const references = await Promise.all(
      TEXTS.map((text) => reference(text, { pair: "and another" })),
    );
    const types = references.map(({ ids, special }) => {
      const end = special.indexOf(1, 1);
      return ids.map((_, index) => (index > end ? 1 : 0));
    });
    const inputs = tokens(references, types);
    const { logits } = await infer("sequence-classification", { inputs });
    expectClose(
      logits?.data,
      references.flatMap(({ rows }) => rows[0] ?? []),
    );
    const pairs = [bytes("text_pair", ["and another"]), bytes("text", TEXTS)];
    const natural = await infer("sequence-classification", { inputs: pairs });
    expectClose(natural["logits"]?.data, logits?.data ?? []);
    const scores = references.flatMap(({ rows }) => softmax(rows[0] ?? []));
    expectClose(natural["scores"]?.data, scores);
  });

  test("a model's own answer is the same for tokens as for texts", async () => {
    for (const [head, name] of [
      ["sentence-embedding", "embedding"],
      ["reranking", "scores"],
      ["masked-lm", "values"],
    ] as const) {
      const { reference } = of(head);
      const pair = head === "reranking" ? { pair: "a document" } : {};
      const references = await Promise.all(TEXTS.map((text) => reference(text, pair)));
      const types = references.map(({ ids, special }) => {
        const end = special.indexOf(1, 1);
        return ids.map((_, index) => (head === "reranking" && index > end ? 1 : 0));
      });
      const outputs = [{ name }];
      const asTokens = await infer(head, { inputs: tokens(references, types), outputs });
      const asTexts = await infer(head, {
        inputs: [
          bytes("text", TEXTS),
          ...(head === "reranking" ? [bytes("text_pair", ["a document"])] : []),
        ],
        outputs,
      });
      expect(asTokens[name]?.shape).toEqual(asTexts[name]?.shape ?? []);
      expectClose(asTokens[name]?.data, asTexts[name]?.data ?? []);
    }
  });

  test.each<[string, object[], string]>([
    ["an id beyond the vocabulary", [[1, 2 ** 30]], "token ids must be some of the"],
    ["a negative id", [[1, -1]], "token ids must be some of the"],
    ["more than the model takes", [Array(5000).fill(1)], "must have at most"],
  ])("%s is refused, and the server goes on", async (_, [row = []], sentence) => {
    const data = row as number[];
    const inputs = [{ name: "input_ids", datatype: "INT64", shape: [1, data.length], data }];
    const { server } = of("sequence-classification");
    const answer = await post(`${server.url}/v2/models/model/infer`, { inputs });
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain(sentence);
    await infer("sequence-classification", { inputs: [bytes("text", ["a"])] });
  });

  test("a token type the graph has no place for is refused", async () => {
    const shape = [1, 2];
    const inputs = [
      { name: "input_ids", datatype: "INT64", shape, data: [1, 2] },
      { name: "token_type_ids", datatype: "INT32", shape, data: [0, 9] },
    ];
    const { server } = of("sequence-classification");
    const answer = await post(`${server.url}/v2/models/model/infer`, { inputs });
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain("must be 0 to 1: found 9");
  });
});

describe("texts", () => {
  test("masked-lm: places and weights are those of /embed_sparse", async () => {
    const { indices, values } = await infer("masked-lm", { inputs: [bytes("text", TEXTS)] });
    const { server } = of("masked-lm");
    const { body } = await post(`${server.url}/embed_sparse`, { inputs: TEXTS });
    const expected = (body as { index: number; value: number }[][]).flatMap((weights, row) =>
      weights.map(({ index, value }) => [row, index, value]),
    );
    expect(indices?.shape).toEqual([expected.length, 2]);
    expect(indices?.data).toEqual(expected.flatMap(([row = 0, index = 0]) => [row, index]));
    expectClose(
      values?.data,
      expected.map(([, , value = 0]) => value),
    );
  });

  test("token-classification: tokens and their places are those of the tokenizer", async () => {
    const references = await Promise.all(
      TEXTS.map((text) => of("token-classification").reference(text)),
    );
    const outputs = await infer("token-classification", { inputs: [bytes("text", TEXTS)] });
    const [ids] = tokens(references);
    expect(outputs["input_ids"]?.data).toEqual(ids?.data ?? []);
    const columns = ids?.shape[1] ?? 0;
    for (const [row, { spans, special }] of references.entries()) {
      const start = row * columns * 2;
      const found = outputs["offsets"]?.data.slice(start, start + spans.length * 2);
      const wanted = spans.flatMap((span, at) => (special[at] === 1 ? [0, 0] : span));
      expect(found).toEqual(wanted);
    }
  });

  test("what the model takes and gives is what it says it does", async () => {
    for (const [head, { server }] of running) {
      const response = await fetch(`${server.url}/v2/models/model`);
      const metadata = (await response.json()) as Record<"inputs" | "outputs", Tensor[]>;
      const inputs = metadata.inputs.map(({ name }) => bytes(name, ["some text"]));
      const outputs = await infer(head, { inputs });
      expect(Object.keys(outputs)).toEqual(metadata.outputs.map(({ name }) => name));
      for (const { name, datatype, shape } of metadata.outputs) {
        expect(outputs[name]?.datatype).toBe(datatype);
        expect(outputs[name]?.shape.map((size, at) => (shape[at] === -1 ? -1 : size))).toEqual(
          shape,
        );
      }
    }
  });
});

test("GET /ping, POST /invocations and POST /vertex answer as SageMaker and Vertex AI need", async () => {
  for (const [head, { server }] of running) {
    const ping = await fetch(`${server.url}/ping`);
    expect(ping.status).toBe(200);
    await ping.arrayBuffer();
    const body = head === "reranking" ? { query: "q", texts: ["a"] } : { inputs: "a" };
    const answer = await post(`${server.url}/invocations`, body);
    expect(answer.status).toBe(200);
    const several = await post(`${server.url}/vertex`, { instances: [body, body] });
    expectClose(numbersIn(several.body), numbersIn([answer.body, answer.body]));
  }
});
