// Texts longer than the model: which windows, and whose row a token gets.
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { joinRows, splitText, type WindowedText } from "../../src/runtime/window.ts";
import type { Matrix } from "../../src/tensor/index.ts";
import { loadTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { seededRandom } from "../helper/seeded-random.ts";

let tokenizer: Tokenizer;

beforeAll(async () => {
  const folder = await makeFixture({ head: "token-classification" });
  tokenizer = loadTokenizer(readFileSync(join(folder, "tokenizer.json")));
});

/** One token per letter: words of one letter are in the vocabulary. */
function letters(count: number): string {
  return Array.from({ length: count }, (_, index) => "abcdefghij"[index % 10]).join(" ");
}

/** What a graph would answer whose row of a token says which window and place it came from. */
function placeRows({ windows }: WindowedText): Matrix[] {
  return windows.map(({ ids }, window) => ({
    data: Float32Array.from([...ids.keys()].flatMap((place) => [window, place])),
    rows: ids.length,
    columns: 2,
  }));
}

/** "window:place" of each token of the whole. */
function sources(text: WindowedText): string {
  const { data, rows } = joinRows(text, placeRows(text));
  return Array.from({ length: rows }, (_, row) => `${data[2 * row]}:${data[2 * row + 1]}`).join(
    " ",
  );
}

describe("splitText()", () => {
  test("leaves a text that fits as it is", () => {
    for (const count of [0, 1, 6]) {
      const text = splitText(tokenizer, letters(count), { maxLength: 8, overlap: 2 });
      expect(text.windows).toHaveLength(1);
      expect(text.whole).toEqual(tokenizer.encode(letters(count)));
      const rows = placeRows(text);
      expect(joinRows(text, rows)).toBe(rows[0]!);
    }
  });

  test.each([1, 2, 3, 4])("gives the whole text's own encoding, overlap %p", (overlap) => {
    const random = seededRandom(11);
    for (let round = 0; round < 60; round++) {
      const count = Math.floor(random() * 40);
      const string = `  Time, ${letters(count)}!  the  long-way\n[SEP] ${"x".repeat(round % 5)}`;
      const text = splitText(tokenizer, string, { maxLength: 8, overlap });
      expect(text.whole).toEqual(tokenizer.encode(string));
      expect(joinRows(text, placeRows(text)).rows).toBe(text.whole.ids.length);
    }
  });

  test("shares a quarter by default, and 128 tokens at most", () => {
    const starts = (maxLength: number, count: number) => {
      const { windows } = splitText(tokenizer, letters(count), { maxLength });
      return windows.map(({ spans }) => spans[2]! / 2);
    };
    // 8 tokens of the text each, 2 of them shared.
    expect(starts(10, 20)).toEqual([0, 6, 12]);
    // 1,000 each: 128 shared.
    expect(starts(1002, 2000)).toEqual([0, 872, 1744]);
  });

  test("refuses to share more than three quarters with ENGINE_WINDOW_OVERLAP", () => {
    const split = (overlap: number) => splitText(tokenizer, "a", { maxLength: 10, overlap });
    expect(split(6).windows).toHaveLength(1);
    const error = thrownBy(() => split(7));
    expect(error.code).toBe("ENGINE_WINDOW_OVERLAP");
    expect(error.kind).toBe("invalid_input");
    expect(error.detail).toEqual({ found: 7, maximum: 6 });
    expect(error.message).toContain("share 7 tokens as each takes 8");
  });

  test("refuses windows without room for text", () => {
    const split = () => splitText(tokenizer, "a", { maxLength: 2 });
    expect(thrownBy(split).code).toBe("TOKENIZER_LIMIT_TOO_SMALL");
  });

  test("reads every token, each at most four times", () => {
    for (const count of [7, 8, 9, 50, 173]) {
      const { windows, whole } = splitText(tokenizer, letters(count), {
        maxLength: 10,
        overlap: 6,
      });
      const read = windows.reduce((sum, { ids }) => sum + ids.length - 2, 0);
      expect(read).toBeLessThanOrEqual(4 * count);
      expect(whole.ids).toHaveLength(count + 2);
    }
  });
});

describe("joinRows()", () => {
  const TABLE: readonly (readonly [string, number, number, string])[] = [
    // Windows of 4 tokens of the text, at the places 1 to 4.
    ["nothing shared", 6, 0, "0:0 0:1 0:2 0:3 0:4 1:1 1:2 1:3"],
    // Token 2 begins the second window, token 3 ends the first.
    ["two shared", 6, 2, "0:0 0:1 0:2 0:3 1:2 1:3 1:4 1:5"],
    // Token 2 of 0 to 4 lies as deep in both: the earlier window counts.
    ["three shared", 5, 3, "0:0 0:1 0:2 0:3 1:3 1:4 1:5"],
    // The last window holds the shared tokens and one more.
    ["a short end", 7, 2, "0:0 0:1 0:2 0:3 1:2 1:3 2:2 2:3 2:4"],
  ];

  test.each(TABLE)(
    "takes the row of the window that saw most: %s",
    (_, count, overlap, expected) => {
      const text = splitText(tokenizer, letters(count), { maxLength: 6, overlap });
      expect(sources(text)).toBe(expected);
    },
  );

  test("takes the first special token's row from the first window, the last one's from the last", () => {
    const text = splitText(tokenizer, letters(30), { maxLength: 8, overlap: 3 });
    const { data, rows } = joinRows(text, placeRows(text));
    const last = text.windows.length - 1;
    expect([data[0], data[1]]).toEqual([0, 0]);
    expect([data[2 * rows - 2], data[2 * rows - 1]]).toEqual([
      last,
      text.windows[last]!.ids.length - 1,
    ]);
  });

  test("never takes a row nearer to an edge than another window has", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 100; round++) {
      const capacity = 4 + Math.floor(random() * 12);
      const overlap = Math.floor(random() * ((capacity * 3) / 4));
      const count = 1 + Math.floor(random() * 80);
      const text = splitText(tokenizer, letters(count), { maxLength: capacity + 2, overlap });
      const { data } = joinRows(text, placeRows(text));
      const sizes = text.windows.map(({ ids }) => ids.length - 2);
      for (let token = 0; token < count; token++) {
        const edges = sizes.map((size, window) => {
          const place = token - window * (capacity - overlap);
          return place < 0 || place >= size ? -1 : Math.min(place, size - 1 - place);
        });
        const best = edges.indexOf(Math.max(...edges));
        const place = token - best * (capacity - overlap);
        expect([data[2 * token + 2], data[2 * token + 3]]).toEqual([best, place + 1]);
      }
    }
  });

  test("refuses matrices that are not the windows' own", () => {
    const text = splitText(tokenizer, letters(30), { maxLength: 8 });
    const rows = placeRows(text);
    expect(() => joinRows(text, rows.slice(1))).toThrow("one matrix per window");
    expect(() => joinRows(text, [{ ...rows[0]!, rows: 3 }, ...rows.slice(1)])).toThrow(
      "one row per token",
    );
  });
});
