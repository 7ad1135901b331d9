// Every component and option against the official library, on tokenizers small enough to be written out.
import { describe, expect, test } from "bun:test";
import { COMPONENT_CASES } from "./component-case.ts";
import { AWKWARD, randomTexts, SENTENCES } from "./corpus.ts";
import { createTwins, findDifference, singlesAndPairs } from "./oracle.ts";

// Every other sentence: each script that is written alone is also in one of the awkward texts or the random ones.
const TEXTS = [
  ...SENTENCES.filter((_, index) => index % 2 === 0),
  ...AWKWARD.filter((text) => text.length < 1000),
  ...randomTexts(20, 20),
];

describe("loadTokenizer() encodes as the official library", () => {
  test.each(COMPONENT_CASES.map(([name, json]) => [name, json] as const))("%s", async (_, json) => {
    const twins = createTwins(json);
    expect(await findDifference(twins, singlesAndPairs(TEXTS))).toBeUndefined();
    const bare = TEXTS.slice(-20).map(
      (text) => [text, { addSpecialTokens: false, pair: "a b" }] as const,
    );
    expect(await findDifference(twins, bare)).toBeUndefined();
  });
});
