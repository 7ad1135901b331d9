// Tokens as callers see them where a prompt goes before the text.
import { describe, expect, test } from "bun:test";
import {
  findEntities,
  labelTokens,
  type TaskInput,
  type TokenInfo,
  tokenVectors,
} from "../../src/task/index.ts";
import { modelOf, namesOf, type TokenSpec, taggedAnswer } from "./answer.ts";

const tokenizer = namesOf(["query", ":", "straddling", "Rome", "empty"]);
const model = modelOf({ width: 2, labels: ["B-LOC", "O"] });

type Shown = [token: string, index: number, start: number, end: number];

function tokensOf(input: TaskInput, specs: readonly TokenSpec[], unit: "utf16" | "codepoint") {
  const answer = taggedAnswer(
    input,
    specs.map((spec) => ({ ...spec, row: [3, 0] })),
  );
  const display = { tokenizer, unit };
  const shown = ({ token, index, start, end }: TokenInfo): Shown => [token, index, start, end];
  const labelled = labelTokens(answer, model, display).map(({ token }) => shown(token));
  const vectors = tokenVectors(answer, model, display).map(({ token }) => shown(token));
  expect(vectors).toEqual(labelled);
  // Entities are of single texts only.
  if (input.pair !== undefined) return labelled;
  const entities = findEntities(answer, model, { ...display, strategy: "none" });
  expect(entities.map(({ index, start, end }) => [index, start, end])).toEqual(
    labelled.map(([, index, start, end]) => [index, start, end]),
  );
  return labelled;
}

const QUERY: TokenSpec = { id: 3, span: [0, 5] };
const COLON: TokenSpec = { id: 4, span: [5, 6] };

describe("tokens after a prompt", () => {
  test("labelTokens() leaves the tokens of a prompt out and counts from the text", () => {
    const input = { text: "Rome", prompt: "query: " };
    expect(tokensOf(input, [QUERY, COLON, { id: 6, span: [7, 11] }], "utf16")).toEqual([
      ["Rome", 3, 0, 4],
    ]);
  });

  test("labelTokens() clips to the text a token that straddles its start", () => {
    const input = { text: "Rome", prompt: "query: " };
    expect(tokensOf(input, [QUERY, COLON, { id: 5, span: [6, 11] }], "utf16")).toEqual([
      ["straddling", 3, 0, 4],
    ]);
  });

  test("labelTokens() counts code points of the text alone", () => {
    const input = { text: "😀Rome", prompt: "😀😀:" };
    const specs: TokenSpec[] = [
      { id: 3, span: [0, 4] },
      { id: 4, span: [4, 5] },
      { id: 5, span: [5, 7] },
      { id: 6, span: [7, 11] },
    ];
    expect(tokensOf(input, specs, "codepoint")).toEqual([
      ["straddling", 3, 0, 1],
      ["Rome", 4, 1, 5],
    ]);
    expect(tokensOf(input, specs, "utf16")).toEqual([
      ["straddling", 3, 0, 2],
      ["Rome", 4, 2, 6],
    ]);
  });

  test.each<[string, readonly [number, number], Shown[]]>([
    ["at the start of the text", [7, 7], [["empty", 1, 0, 0]]],
    ["in the prompt", [3, 3], []],
    ["at the start of the prompt", [0, 0], []],
  ])("labelTokens() of a token without text %s", (_, span, expected) => {
    const input = { text: "Rome", prompt: "query: " };
    expect(tokensOf(input, [{ id: 7, span }], "utf16")).toEqual(expected);
  });

  test("labelTokens() of an empty text after a prompt is empty", () => {
    expect(tokensOf({ text: "", prompt: "query:" }, [QUERY, COLON], "utf16")).toEqual([]);
  });

  test("labelTokens() knows an empty prompt from none no more than the tokens do", () => {
    const specs: TokenSpec[] = [{ id: 7, span: [0, 0] }, QUERY];
    const bare = tokensOf({ text: "query" }, specs, "utf16");
    expect(bare).toHaveLength(2);
    expect(tokensOf({ text: "query", prompt: "" }, specs, "utf16")).toEqual(bare);
  });

  test("labelTokens() puts the prompt before the first text of a pair only", () => {
    const input = { text: "Rome", pair: "query:", prompt: "query: " };
    const specs: TokenSpec[] = [
      QUERY,
      { id: 6, span: [7, 11] },
      { id: 3, span: [0, 5], sequence: 1 },
      { id: 4, span: [5, 6], sequence: 1 },
    ];
    expect(tokensOf(input, specs, "codepoint")).toEqual([
      ["Rome", 2, 0, 4],
      ["query", 3, 0, 5],
      [":", 4, 5, 6],
    ]);
  });

  test("findEntities() shows the text of entities, and never that of a prompt", () => {
    const input = { text: "Rome", prompt: "query: " };
    const specs = [QUERY, COLON, { id: 5, span: [6, 11] as const }];
    const answer = taggedAnswer(
      input,
      specs.map((spec) => ({ ...spec, row: [3, 0] })),
    );
    const options = { tokenizer, unit: "codepoint", strategy: "simple" } as const;
    const found = findEntities(answer, model, options);
    expect(found.map(({ word, start, end }) => [word, start, end])).toEqual([["Rome", 0, 4]]);
  });
});
