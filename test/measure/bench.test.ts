// Asking, counting and the texts that are asked: with answerers that need no model.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import {
  askAll,
  benchLengths,
  measureLatency,
  measureThroughput,
  mixedTexts,
  parseMemory,
  quantile,
  textsOfTokens,
} from "../../src/measure/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";

const modelDir = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
const tokenizer = loadTokenizer(readFileSync(join(modelDir, "tokenizer.json")));

describe("askAll()", () => {
  test("asks as many at once as there are clients, and all texts in turn", async () => {
    let running = 0;
    let most = 0;
    const asked: number[] = [];
    const ask = async (at: number) => {
      asked.push(at);
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    };
    const options = { texts: 3, concurrency: 4, durationMs: 0, answersMin: 10 };
    const { answered, latenciesMs } = await askAll(ask, options);
    expect(most).toBe(4);
    expect(asked.slice(0, 6)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(answered.toSorted()).toEqual(asked.toSorted());
    expect(latenciesMs).toHaveLength(10);
  });

  test("ends with what an answer ended with", async () => {
    const ask = () => Promise.reject(new Error("no"));
    const asking = askAll(ask, { texts: 1, concurrency: 2, durationMs: 1000 });
    expect(asking).rejects.toThrow("no");
  });
});

test("quantile() is a value that was measured", () => {
  const values = [5, 1, 4, 2, 3];
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 3, 5, 5]);
  expect(quantile([], 0.5)).toBe(0);
});

test("benchLengths() are those below the longest, and the longest", () => {
  expect([8, 64, 100, 512, 0].map(benchLengths)).toEqual([
    [8],
    [16, 64],
    [16, 64, 100],
    [16, 64, 256, 512],
    [16, 64, 256, 512],
  ]);
});

test("mixedTexts() are the same every time, of many lengths", () => {
  const texts = mixedTexts();
  expect(texts).toEqual(mixedTexts());
  const lengths = texts.map((text) => text.split(" ").length);
  expect(quantile(lengths, 0.5)).toBeLessThan(62);
  expect(Math.max(...lengths)).toBeGreaterThan(150);
  expect(mixedTexts(["a"], 2)).toHaveLength(2);
});

test("textsOfTokens() have the tokens that were asked for, or few more", () => {
  for (const tokens of [16, 64, 256]) {
    for (const text of textsOfTokens(tokens, 4, tokenizer)) {
      const { length } = tokenizer.encode(text).ids;
      expect(length).toBeGreaterThanOrEqual(tokens);
      expect(length).toBeLessThan(tokens + 8);
    }
  }
  expect(textsOfTokens(1, 1, tokenizer)[0]).not.toBe("");
});

test("measureLatency() and measureThroughput() count what was answered", async () => {
  const texts: string[] = [];
  const answer = async (text: string) => {
    texts.push(text);
  };
  const options = { answer, tokenizer, tokensMax: 64, durationMs: 1 };
  const latency = await measureLatency(options);
  expect(latency.map(({ tokens }) => tokens)).toEqual([expect.any(Number), 64]);
  for (const { samples, p50Ms, p99Ms } of latency) {
    expect(samples).toBeGreaterThanOrEqual(5);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
  }
  const throughput = await measureThroughput({ ...options, concurrencies: [1, 4] });
  expect(throughput.map(({ concurrency }) => concurrency)).toEqual([1, 4]);
  for (const { tokensPerSecond, textsPerSecond } of throughput) {
    const perText = tokensPerSecond / textsPerSecond;
    expect(perText).toBeGreaterThan(2);
    expect(perText).toBeLessThanOrEqual(65);
  }
  expect(texts.length).toBeGreaterThan(10);
});

test("parseMemory() reads what Linux says, and nothing of what it does not say", () => {
  const status = "Name:\tx\nRssAnon:\t   100 kB\nRssFile:\t    50 kB\nRssShmem:\t     7 kB\n";
  const kibibyte = 1024;
  expect(parseMemory(status)).toEqual({
    anonymousBytes: 100 * kibibyte,
    fileBytes: 57 * kibibyte,
    totalBytes: 157 * kibibyte,
  });
  expect(parseMemory("RssAnon:\t100 kB\n")).toBeUndefined();
  expect(parseMemory(undefined)).toBeUndefined();
});
