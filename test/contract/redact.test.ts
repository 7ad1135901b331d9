// Texts with their entities replaced: the request, its refusals, and the response written out.
import { describe, expect, test } from "bun:test";
import { modelOf, Task, taggedAnswer } from "../task/answer.ts";
import { errorOf, prepare, respond } from "./context.ts";

// Rows are chosen so that the softmax is exact: e^ln2 = 2.
const half = Math.log(2);
const O = [half, 0, 0, 0];
const PER = [0, half, 0, 0];
const INSIDE = [0, 0, half, 0];
const LOC = [0, 0, 0, half];

const model = {
  task: Task.TOKEN_CLASSIFICATION,
  width: 4,
  labels: ["O", "B-PER", "I-PER", "B-LOC"],
};

// The second token of "Anna" is taken for a place: the word is one nevertheless.
const text = "😀 Anna and x, x";
const answer = taggedAnswer({ text }, [
  { id: 5, span: [0, 2], word: 0, row: O },
  { id: 3, span: [3, 6], word: 1, row: [0, 2 * half, 0, 0] },
  { id: 4, span: [6, 7], word: 1, row: LOC },
  { id: 3, span: [8, 11], word: 2, row: O },
  { id: 5, span: [12, 13], word: 3, row: LOC },
  { id: 5, span: [15, 16], word: 4, row: LOC },
]);

type Redacted = { text: string; entities: Record<string, unknown>[] };

function redacted(options: object): Redacted {
  return respond("redact", { body: { inputs: text, ...options }, model }, [answer]) as Redacted;
}

describe("redact", () => {
  test("redact replaces whole words by their labels and tells where", () => {
    const { text, entities } = redacted({});
    expect(text).toBe("😀 [PER] and [LOC], [LOC]");
    expect(entities).toHaveLength(3);
    expect(entities[0]).toEqual({
      entity_group: "PER",
      score: expect.any(Number),
      word: "Anna",
      start: 2,
      end: 6,
      replacement: "[PER]",
      redacted_start: 2,
      redacted_end: 7,
    });
    expect(entities[2]).toMatchObject({ start: 14, end: 15, redacted_start: 19, redacted_end: 24 });
  });

  test.each<[object, string]>([
    [{ replacement: "<{label} {index}>" }, "😀 <PER 1> and <LOC 1>, <LOC 1>"],
    [{ replacement: "" }, "😀  and , "],
    [{ parameters: { mask: "█" } }, "😀 ████ and █, █"],
    [{ mask: "😀" }, "😀 😀😀😀😀 and 😀, 😀"],
    [{ labels: ["LOC"] }, "😀 Anna and [LOC], [LOC]"],
    [{ labels: [] }, text],
    [{ ignore_labels: ["LOC"] }, "😀 [PER] and x, x"],
    [{ ignore_labels: [] }, "😀 [PER] and [LOC], [LOC]"],
    [{ threshold: 0.5 }, text],
    [{ aggregation_strategy: "simple" }, "😀 [PER][LOC] and [LOC], [LOC]"],
    [{ labels: null, mask: null, replacement: null, threshold: null }, "😀 [PER] and [LOC], [LOC]"],
  ])("redact with %j", (options, expected) => {
    expect(redacted(options).text).toBe(expected);
  });

  test.each([
    ["utf16", 3, 7, 3, 8],
    ["byte", 5, 9, 5, 10],
  ])("redact counts in units of %s", (offsets, start, end, redacted_start, redacted_end) => {
    const places = { start, end, redacted_start, redacted_end };
    expect(redacted({ offsets }).entities[0]).toMatchObject(places);
  });

  test("redact answers a list with a list, texts without entities as they are", () => {
    const plain = taggedAnswer({ text: "x" }, [{ id: 5, span: [0, 1], row: O }]);
    const person = taggedAnswer({ text: "ann" }, [{ id: 3, span: [0, 3], row: PER }]);
    const inside = taggedAnswer({ text: "ann" }, [{ id: 3, span: [0, 3], row: INSIDE }]);
    const body = { inputs: ["x", "ann", "ann"] };
    expect(respond("redact", { body, model }, [plain, person, inside])).toMatchObject([
      { text: "x", entities: [] },
      { text: "[PER]", entities: [{ word: "ann" }] },
      { text: "[PER]", entities: [{ word: "ann" }] },
    ]);
  });

  test("redact reads texts whole, in windows that share what the request says", () => {
    expect(prepare("redact", { inputs: "a" }, model).options).toEqual({});
    expect(prepare("redact", { inputs: ["a"], stride: 8 }, model).options).toEqual({
      windowOverlap: 8,
    });
  });

  const neverCut =
    "null (texts are read whole here, in windows: what is cut off is not redacted) is expected";

  test.each<[object, string, string]>([
    [{ truncate: true }, "truncate", `"truncate" is true where ${neverCut}`],
    [{ truncate: false }, "truncate", `"truncate" is false where ${neverCut}`],
    [
      { parameters: { truncation_direction: "left" } },
      "parameters.truncation_direction",
      `"parameters.truncation_direction" is "left" where ${neverCut}`,
    ],
    [
      { mask: "*", replacement: "x" },
      "mask",
      '"mask" is "*" where null (with "replacement" given) is expected',
    ],
    [{ mask: "" }, "mask", '"mask" is "" where a string of one character is expected'],
    [{ mask: "ab" }, "mask", '"mask" is "ab" where a string of one character is expected'],
    [{ mask: "abc" }, "mask", '"mask" is "abc" where a string of one character is expected'],
    [
      { labels: ["PER", "B-LOC"] },
      "labels[1]",
      '"labels[1]" is "B-LOC" where "PER" or "LOC" is expected',
    ],
    [
      { aggregation_strategy: "none" },
      "aggregation_strategy",
      '"aggregation_strategy" is "none" where "simple" or "first" or "average" or "max" is expected',
    ],
    [{ threshold: 2 }, "threshold", '"threshold" is 2 where at most 1 is expected'],
    [{ inputs: "" }, "inputs", '"inputs" is "" where a string of at least 1 character is expected'],
    [
      { inputs: ["a", ["b"]] },
      "inputs[1]",
      '"inputs[1]" is an array of 1 where a string is expected',
    ],
    [
      { replacement: "x".repeat(257) },
      "replacement",
      '"replacement" is a string of 257 characters where a string of at most 256 characters is ' +
        "expected",
    ],
    [
      { top_k: 1 },
      "top_k",
      '"top_k" is none of the fields inputs, labels, ignore_labels, threshold, ' +
        "aggregation_strategy, replacement, mask, offsets, stride, truncate, " +
        "truncation_direction, parameters: leave it out",
    ],
  ])("redact refuses %j", (options, path, sentence) => {
    const error = errorOf(() => prepare("redact", { inputs: "a", ...options }, model));
    expect(error.message).toBe(`Cannot read the request as ${sentence}`);
    expect([error.code, error.detail["path"]]).toEqual(["REQUEST_INVALID", path]);
  });

  test("redact lists no more labels than fit a message", () => {
    const labels = Array.from({ length: 30 }, (_, index) => `B-${index}`);
    const many = modelOf({ task: Task.TOKEN_CLASSIFICATION, width: 30, labels });
    const error = errorOf(() => prepare("redact", { inputs: "a", labels: ["x"] }, many));
    expect(error.message).toContain('"19" or one of 10 more is expected');
  });
});
