// What the memory of cut words keeps and forgets.
import { describe, expect, test } from "bun:test";
import { PieceCache } from "../../src/tokenizer/piece-cache.ts";

function createCounting() {
  const asked: string[] = [];
  const cache = new PieceCache((word) => {
    asked.push(word);
    return Int32Array.of(asked.length, 0, word.length);
  });
  return { asked, cache };
}

describe("PieceCache", () => {
  test("get() cuts a word once", () => {
    const { asked, cache } = createCounting();
    expect(cache.get("word")).toBe(cache.get("word"));
    expect(cache.get("wörd 😀")).toBe(cache.get("wörd 😀"));
    expect(asked).toEqual(["word", "wörd 😀"]);
  });

  test("get() does not keep long words", () => {
    const { asked, cache } = createCounting();
    cache.get("x".repeat(100));
    cache.get("x".repeat(100));
    expect(asked).toHaveLength(2);
  });

  test("get() forgets words out of use and keeps those in use", () => {
    const { asked, cache } = createCounting();
    for (let index = 0; index < 100_000; index++) {
      cache.get(`word ${index}`);
      cache.get("often");
    }
    expect(asked.filter((word) => word === "often")).toHaveLength(1);
    cache.get("word 0");
    expect(asked.filter((word) => word === "word 0")).toHaveLength(2);
  });
});
