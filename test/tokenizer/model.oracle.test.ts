// The tokenizers of real models against the official library.
// ENCODERFILE_TEST_TEXTS raises the number of random texts; the default keeps the suite at seconds.
import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { convertSpans, type EncodeOptions } from "../../src/tokenizer/index.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { AWKWARD, createRandom, randomTexts, SENTENCES } from "./corpus.ts";
import { createTwins, findDifference, singlesAndPairs, type Twins } from "./oracle.ts";

const RANDOM_TEXTS = Number(process.env["ENCODERFILE_TEST_TEXTS"] ?? 100);
const TEXTS = [...SENTENCES, ...AWKWARD, ...randomTexts(7, RANDOM_TEXTS)];
const folder = sharedModelsDir();

/** Path and text of every different tokenizer of the folder. */
async function listTokenizers(): Promise<[string, string][]> {
  const found = new Map<string, string>();
  for (const path of [...new Glob("**/*tokenizer.json").scanSync(folder ?? ".")].sort()) {
    const json = await Bun.file(`${folder}/${path}`).text();
    const { normalizer, pre_tokenizer, post_processor, model, added_tokens } = JSON.parse(json);
    const parts = { normalizer, pre_tokenizer, post_processor, added_tokens, model };
    const key = Bun.hash(JSON.stringify(parts)).toString();
    if (!found.has(key)) found.set(key, path);
  }
  return Promise.all(
    [...found.values()].map(
      async (path): Promise<[string, string]> => [path, await Bun.file(`${folder}/${path}`).text()],
    ),
  );
}

const tokenizers: [string, string][] =
  folder === undefined ? [["models that are not here", ""]] : await listTokenizers();
const twinsOf = new Map<string, Twins>();

function twins(path: string, json: string): Twins {
  const made = twinsOf.get(path) ?? createTwins(json);
  twinsOf.set(path, made);
  return made;
}

/** Texts with every way of cutting them, at limits from too small to too large. */
function* truncations(count: number): Generator<readonly [string, EncodeOptions]> {
  const random = createRandom(11);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  for (let made = 0; made < count; made++) {
    const options: EncodeOptions = {
      maxLength: 4 + Math.floor(random() * 40),
      truncationSide: pick(["left", "right"]),
      truncationStrategy: pick(["longest_first", "only_first", "only_second"]),
      addSpecialTokens: random() < 0.8,
    };
    const isPair = random() < 0.6;
    yield [pick(TEXTS), isPair ? { ...options, pair: pick(TEXTS) } : options];
  }
}

describe.each(tokenizers)("Tokenizer of %s", (path, json) => {
  test.skipIf(folder === undefined)(
    "encode() gives what the official library gives",
    async () => {
      const difference = await findDifference(twins(path, json), singlesAndPairs(TEXTS));
      expect(difference).toBeUndefined();
    },
    600_000,
  );

  test.skipIf(folder === undefined)("encode() cuts where the official library cuts", async () => {
    expect(await findDifference(twins(path, json), truncations(200))).toBeUndefined();
  });

  test.skipIf(folder === undefined)(
    "encodeWindows() gives the overflow of the library",
    async () => {
      const { ours, oracle } = twins(path, json);
      const random = createRandom(13);
      oracle.disableTruncation();
      for (let made = 0; made < 60; made++) {
        const text = TEXTS[Math.floor(random() * TEXTS.length)] ?? "";
        const maxLength = 8 + Math.floor(random() * 30);
        const stride = Math.floor(random() * 4);
        // Truncation set on the tokenizer stops early and loses the overflow; on an encoding it does not.
        const found = await oracle.encode(text, null, { addSpecialTokens: false });
        found.truncate(maxLength, stride, "right");
        const expected = [found, ...found.getOverflowing()];
        const windows = ours.encodeWindows(text, { maxLength, stride, addSpecialTokens: false });
        expect(windows.map(({ ids }) => [...ids])).toEqual(expected.map((each) => each.getIds()));
        expect(windows.map(({ spans }) => [...convertSpans(text, spans, "codepoint")])).toEqual(
          expected.map((each) => each.getOffsets().flat()),
        );
      }
    },
  );

  test.skipIf(folder === undefined)("decode() gives what the official library gives", async () => {
    const { ours, oracle } = twins(path, json);
    const random = createRandom(5);
    oracle.disableTruncation();
    for (const text of TEXTS.slice(0, 120)) {
      const ids = [...ours.encode(text).ids];
      if (random() < 0.5) ids.push(Math.floor(random() * ours.maxId));
      for (const skipSpecialTokens of [true, false]) {
        const expected = await oracle.decode(ids, skipSpecialTokens);
        expect(ours.decode(ids, { skipSpecialTokens })).toBe(expected);
      }
    }
  });

  test.skipIf(folder === undefined)(
    "vocabularySize and ids agree with the official library",
    () => {
      const { ours, oracle } = twins(path, json);
      const vocabulary = oracle.getVocab(true);
      expect(ours.vocabularySize).toBe(Object.keys(vocabulary).length);
      expect(ours.maxId).toBe(Math.max(...Object.values(vocabulary)) + 1);
      for (const id of [0, 1, 2, 3, 50, 100, 1000, ours.maxId - 1, ours.maxId]) {
        expect(ours.idToToken(id)).toBe(oracle.idToToken(id) ?? undefined);
      }
      for (const token of Object.keys(vocabulary).slice(0, 200)) {
        expect(ours.tokenToId(token)).toBe(vocabulary[token]);
      }
    },
  );
});
