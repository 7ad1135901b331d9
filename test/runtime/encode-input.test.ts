// What a worker is given of an input: prompt, limit, side, strategy, windows, and how refusals name the input.
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { ModelSchema, Task, TruncationStrategy } from "../../src/gen/manifest_pb.ts";
import { InputEncoder } from "../../src/runtime/encode-input.ts";
import type { RunOptions } from "../../src/runtime/index.ts";
import type { TaskInput } from "../../src/task/index.ts";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";

let tokenizer: Tokenizer;

beforeAll(async () => {
  const folder = await makeFixture({ head: "embedding" });
  tokenizer = loadTokenizer(readFileSync(join(folder, "tokenizer.json")));
});

function encoderOf(fields: object = {}, names: Tokenizer = tokenizer): InputEncoder {
  const model = { task: Task.SENTENCE_EMBEDDING, tokenizer: { maxLength: 10 }, ...fields };
  return new InputEncoder(names, create(ModelSchema, model));
}

function encode(encoder: InputEncoder, input: TaskInput, options: RunOptions = {}) {
  const { encoding, sequences } = encoder.encode(input, 3, options);
  return { encoding, sequences, tokens: tokensOf(encoding.ids) };
}

function tokensOf(ids: Int32Array): string {
  return Array.from(ids, (id) => tokenizer.idToToken(id)).join(" ");
}

const LETTERS = "a b c d e f g h i j k l";

describe("InputEncoder.encode()", () => {
  test("puts the prompt before the text as it is", () => {
    const encoder = encoderOf();
    expect(encode(encoder, { text: "b c", prompt: "a:" }).tokens).toBe("[CLS] a : b c [SEP]");
    expect(encode(encoder, { text: "b", prompt: "" }).tokens).toBe("[CLS] b [SEP]");
    expect(() => encode(encoder, { text: "a", prompt: "b", pair: "c" })).toThrow("no prompt");
  });

  const SKIPS: readonly (readonly [string, string | undefined, number])[] = [
    ["the first special token counts, the last does not", "a b:", 4],
    ["no prompt", undefined, 0],
    ["an empty prompt", "", 0],
    ["nothing but spaces: the first special token", "  ", 1],
    ["a prompt beyond the limit is cut like any text", LETTERS, 9],
    ["a special token within the prompt", "a [SEP] b", 4],
  ];

  test.each(SKIPS)("counts the tokens pooling leaves out: %s", (_, prompt, expected) => {
    const input = { text: "c d", ...(prompt === undefined ? {} : { prompt }) };
    const skipping = encoderOf({ poolWithoutPrompt: true });
    // Once computed, once remembered.
    for (const round of [1, 2]) {
      const [sequence] = encode(skipping, input).sequences;
      expect([round, sequence?.skipped ?? 0]).toEqual([round, expected]);
    }
    expect(encode(encoderOf(), input).sequences[0]?.skipped).toBeUndefined();
  });

  test("remembers few prompts and counts all of them right", () => {
    const encoder = encoderOf({ poolWithoutPrompt: true });
    for (let round = 0; round < 200; round++) {
      const count = 1 + (round % 7);
      const prompt = `${"a ".repeat(count)}${" ".repeat(round % 90)}`;
      expect(encode(encoder, { text: "b", prompt }).sequences[0]?.skipped).toBe(count + 1);
    }
  });

  test.skipIf(sharedModelsDir() === undefined)(
    "counts a space at the end of the prompt where the tokenizer does (needs shared models)",
    () => {
      const file = join(sharedModelsDir() ?? "", "tokenizers/roberta-base/tokenizer.json");
      const roberta = loadTokenizer(readFileSync(file));
      const encoder = encoderOf({ poolWithoutPrompt: true }, roberta);
      const skipped = (prompt: string) =>
        encode(encoder, { text: "text", prompt }).sequences[0]?.skipped;
      // <s>, query, :, and the space, although the text takes it into its first token.
      expect(skipped("query: ")).toBe(4);
      expect(skipped("query:")).toBe(3);
    },
  );

  test.each([
    ["right", "[CLS] a b c d e f g h [SEP]"],
    ["left", "[CLS] e f g h i j k l [SEP]"],
  ] as const)("cuts on the %s, as the request or else the model says", (side, expected) => {
    const input = { text: LETTERS };
    expect(encode(encoderOf(), input, { truncateSide: side }).tokens).toBe(expected);
    const tokenizer = { maxLength: 10, truncateLeft: side === "left" };
    expect(encode(encoderOf({ tokenizer }), input).tokens).toBe(expected);
  });

  test.each([
    ["longest_first", TruncationStrategy.LONGEST_FIRST, "[CLS] a b c d [SEP] g h i [SEP]"],
    ["only_first", TruncationStrategy.ONLY_FIRST, "[CLS] a b c [SEP] g h i j [SEP]"],
    ["only_second", TruncationStrategy.ONLY_SECOND, "[CLS] a b c d e f [SEP] g [SEP]"],
  ] as const)("cuts pairs %s, as the request or else the model says", (name, number, expected) => {
    const input = { text: "a b c d e f", pair: "g h i j" };
    expect(encode(encoderOf(), input, { truncateStrategy: name }).tokens).toBe(expected);
    const tokenizer = { maxLength: 10, truncationStrategy: number };
    expect(encode(encoderOf({ tokenizer }), input).tokens).toBe(expected);
    // Of a single text there is nothing to choose.
    const single = encode(encoderOf({ tokenizer }), { text: LETTERS }).tokens;
    expect(single).toBe("[CLS] a b c d e f g h [SEP]");
  });

  test("cuts longest first where a newer file names another strategy", () => {
    const unknown = 77 as TruncationStrategy;
    const encoder = encoderOf({ tokenizer: { maxLength: 10, truncationStrategy: unknown } });
    const { tokens } = encode(encoder, { text: "a b c d e f", pair: "g h i j" });
    expect(tokens).toBe("[CLS] a b c d [SEP] g h i [SEP]");
  });

  test.each([
    ["only_first", { text: "a", pair: LETTERS }],
    ["only_second", { text: LETTERS, pair: "a" }],
    ["only_second", { text: LETTERS }],
  ] as const)("names the input whose other text is too long for %s", (strategy, input) => {
    const options = { truncateStrategy: strategy };
    const error = thrownBy(() => encode(encoderOf(), input, options));
    expect([error.code, error.kind]).toEqual(["TOKENIZER_LIMIT_TOO_SMALL", "invalid_input"]);
    expect(error.detail["index"]).toBe(3);
    expect(error.message).toStartWith("Cannot take input 3: cannot cut the input to ");
  });

  test("names the input a tokenizer has no word for", () => {
    const vocabulary = { a: 0 };
    const file = { model: { type: "WordLevel", vocab: vocabulary, unk_token: "[UNK]" } };
    const poor = loadTokenizer(Buffer.from(JSON.stringify(file)));
    const error = thrownBy(() => encode(encoderOf({}, poor), { text: "b" }));
    expect([error.code, error.detail["index"]]).toEqual(["TOKENIZER_UNKNOWN_WORD", 3]);
  });

  test("refuses what is too long with the number of its tokens", () => {
    const error = thrownBy(() => encode(encoderOf(), { text: LETTERS }, { truncate: false }));
    expect(error.code).toBe("ENGINE_INPUT_TOO_LONG");
    expect(error.detail).toEqual({ index: 3, maximum: 10, found: 14 });
    expect(error.message).toContain("input 3 whole as it must have at most 10 tokens: found 14:");
  });

  test("names the caller's input where several stand for one", () => {
    const options = { truncate: false, inputsPerItem: 2 };
    const refused = () => encode(encoderOf(), { text: LETTERS }, options);
    expect(thrownBy(refused).detail["index"]).toBe(1);
  });

  test("counts both texts and the prompt of what is too long", () => {
    const found = (input: TaskInput) =>
      thrownBy(() => encode(encoderOf(), input, { truncate: false })).detail["found"];
    expect(found({ text: LETTERS, pair: "a b" })).toBe(17);
    expect(found({ text: LETTERS, prompt: "a b " })).toBe(16);
  });

  test("does not count the tokens of a text that takes long", () => {
    const text = "a ".repeat(6000);
    const error = thrownBy(() => encode(encoderOf(), { text }, { truncate: false }));
    expect(error.detail).toEqual({ index: 3, maximum: 10 });
    expect(error.message).toContain("found more:");
  });

  test("refuses alike whatever would have been cut", () => {
    const input = { text: "a", pair: LETTERS };
    const options = { truncate: false, truncateStrategy: "only_first" } as const;
    const error = thrownBy(() => encode(encoderOf(), input, options));
    expect(error.code).toBe("ENGINE_INPUT_TOO_LONG");
  });
});

describe("windows", () => {
  const labeller = (windowOverlap?: number) =>
    encoderOf({ task: Task.TOKEN_CLASSIFICATION, tokenizer: { maxLength: 10, windowOverlap } });

  const windowsOf = (encoder: InputEncoder, options: RunOptions = {}) =>
    encode(encoder, { text: LETTERS }, options).sequences.map(({ ids }) => tokensOf(ids));

  test("a token classifier reads long texts in windows", () => {
    const { encoding, tokens } = encode(labeller(), { text: LETTERS });
    expect(tokens).toBe(`[CLS] ${LETTERS} [SEP]`);
    expect(encoding.truncated).toBe(false);
    expect(windowsOf(labeller())).toEqual([
      "[CLS] a b c d e f g h [SEP]",
      "[CLS] g h i j k l [SEP]",
    ]);
  });

  test.each([
    ["the model", 4, {}],
    ["the request", 2, { windowOverlap: 4 }],
  ] as const)("windows share what %s says", (_, ofModel, options) => {
    expect(windowsOf(labeller(ofModel), options)).toEqual([
      "[CLS] a b c d e f g h [SEP]",
      "[CLS] e f g h i j k l [SEP]",
    ]);
  });

  test.each([
    ["the request", 4, { windowOverlap: 0 }],
    ["the model", 0, {}],
  ] as const)("windows share nothing when %s says so", (_, ofModel, options) => {
    expect(windowsOf(labeller(ofModel), options)).toEqual([
      "[CLS] a b c d e f g h [SEP]",
      "[CLS] i j k l [SEP]",
    ]);
  });

  test("windows that share nearly all are refused with ENGINE_WINDOW_OVERLAP", () => {
    const error = thrownBy(() => windowsOf(labeller(), { windowOverlap: 8 }));
    expect(error.code).toBe("ENGINE_WINDOW_OVERLAP");
  });

  test("whoever asks to cut or to refuse gets no windows", () => {
    const { encoding } = encode(labeller(), { text: LETTERS }, { truncate: true });
    expect([encoding.truncated, encoding.ids.length]).toEqual([true, 10]);
    const refused = () => encode(labeller(), { text: LETTERS }, { truncate: false });
    expect(thrownBy(refused).code).toBe("ENGINE_INPUT_TOO_LONG");
  });

  test("other tasks cut", () => {
    for (const task of [Task.EMBEDDING, Task.SEQUENCE_CLASSIFICATION, Task.SPARSE_EMBEDDING]) {
      const { encoding, sequences } = encode(encoderOf({ task }), { text: LETTERS });
      expect([sequences.length, encoding.truncated]).toEqual([1, true]);
    }
  });
});
