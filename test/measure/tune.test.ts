// What is tried and what is chosen, with engines whose speed is known.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { chooseBest, type TuneChoice, tune, workerSplits } from "../../src/measure/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";

const PRESET: TuneChoice = { workers: 2, threadsPerWorker: 1, batchTokens: 256 };

function figures(choice: Partial<TuneChoice>, tokensPerSecond: number) {
  return { ...PRESET, ...choice, textsPerSecond: 1, tokensPerSecond, medianMs: 1 };
}

test("workerSplits() share all cores out, by halves", () => {
  const pairs = (cores: number) =>
    workerSplits(cores).map(({ workers, threadsPerWorker }) => [workers, threadsPerWorker]);
  expect(pairs(1)).toEqual([[1, 1]]);
  expect(pairs(2)).toEqual([
    [2, 1],
    [1, 2],
  ]);
  expect(pairs(6)).toEqual([
    [6, 1],
    [3, 2],
    [1, 4],
    [1, 6],
  ]);
  expect(pairs(64)).toHaveLength(7);
});

describe("chooseBest()", () => {
  test("keeps the preset where nothing is clearly better", () => {
    expect(chooseBest([], PRESET)).toEqual(PRESET);
    expect(chooseBest([figures({}, 100), figures({ workers: 1 }, 104)], PRESET)).toEqual(PRESET);
  });

  test("takes what is clearly better", () => {
    const measured = [figures({}, 100), figures({ workers: 1 }, 106), figures({ workers: 3 }, 90)];
    expect(chooseBest(measured, PRESET)).toEqual({ ...PRESET, workers: 1 });
  });
});

test("tune() tries the workers first, then the batches of the best, and has one engine at a time", async () => {
  const modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
  const tokenizer = loadTokenizer(readFileSync(join(modelDir, "tokenizer.json")));
  const opened: TuneChoice[] = [];
  const steps: string[] = [];
  let open = 0;
  const { choice, measured } = await tune({
    open: async (tried) => {
      opened.push(tried);
      open += 1;
      expect(open).toBe(1);
      return {
        answer: async () => {},
        [Symbol.asyncDispose]: async () => {
          open -= 1;
        },
      };
    },
    tokenizer,
    tokensMax: 64,
    preset: PRESET,
    cores: 2,
    durationMs: 1,
    progress: (_, step, count) => steps.push(`${step}/${count}`),
  });
  expect(open).toBe(0);
  const pairs = opened.slice(0, 4).map(({ workers, batchTokens }) => [workers, batchTokens]);
  expect(pairs).toEqual([
    [2, 256],
    [1, 256],
    [2, 256],
    [1, 256],
  ]);
  expect(new Set(opened.slice(4).map(({ workers }) => workers)).size).toBe(1);
  expect(new Set(opened.map(({ batchTokens }) => batchTokens))).toEqual(
    new Set([128, 256, 512, 1024]),
  );
  expect(steps.at(-1)).toBe("10/10");
  expect(measured).toHaveLength(5);
  expect(measured).toContainEqual(expect.objectContaining(choice));
});
