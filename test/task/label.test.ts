// Labels of config.json, good ones and every way to get them wrong.
import { describe, expect, test } from "bun:test";
import { defaultLabels, readLabels } from "../../src/task/index.ts";

function problemsOf(config: unknown, width: number): string[] {
  const { problems, labels } = readLabels(config, width);
  if (problems.length > 0) expect(labels).toEqual([]);
  return problems.map(({ field, message }) => `${field}: ${message}`);
}

describe("label", () => {
  test("readLabels() orders id2label by number and not by text", () => {
    const names = Array.from({ length: 12 }, (_, index) => `L${index}`);
    const id2label = Object.fromEntries(names.map((name, id) => [String(id), name]).reverse());
    expect(readLabels({ id2label }, 12)).toEqual({
      labels: names,
      source: "id2label",
      problems: [],
    });
  });

  test("readLabels() takes label2id where id2label is absent or null", () => {
    const config = { id2label: null, label2id: { no: 0, yes: 1 } };
    expect(readLabels(config, 2)).toEqual({
      labels: ["no", "yes"],
      source: "label2id",
      problems: [],
    });
  });

  test("readLabels() prefers id2label", () => {
    const config = { id2label: { 0: "a" }, label2id: { b: 0 } };
    expect(readLabels(config, 1).labels).toEqual(["a"]);
  });

  test.each([[{}], [undefined], [null], ["text"], [[]], [{ id2label: null }]])(
    "readLabels() of %j makes up the names of transformers",
    (config) => {
      expect(readLabels(config, 2)).toEqual({
        labels: ["LABEL_0", "LABEL_1"],
        source: "default",
        problems: [],
      });
    },
  );

  test.each<[string, unknown, number, string[]]>([
    ["a gap", { id2label: { 0: "a", 2: "b" } }, 2, ["id2label: found no label for index 1 of 2"]],
    [
      "a start at 1",
      { id2label: { 1: "a", 2: "b" } },
      2,
      ["id2label: found no label for index 0 of 2"],
    ],
    [
      "an index that is none",
      { id2label: { 0: "a", x: "b" } },
      2,
      ['id2label.x: found the index "x": expected an integer from 0'],
    ],
    [
      "an index written otherwise",
      { id2label: { 0: "a", "01": "b" } },
      2,
      ['id2label.01: found the index "01": expected an integer from 0'],
    ],
    [
      "a negative index",
      { label2id: { a: 0, b: -1 } },
      2,
      ["label2id.b: found the index -1: expected an integer from 0"],
    ],
    [
      "a fraction",
      { label2id: { a: 0.5 } },
      1,
      ["label2id.a: found the index 0.5: expected an integer from 0"],
    ],
    [
      "an index as text",
      { label2id: { a: "0" } },
      1,
      ["label2id.a: found the index a string: expected an integer from 0"],
    ],
    [
      "a huge index",
      { label2id: { a: 1e15 } },
      1,
      ["label2id.a: found the index 1000000000000000: expected an integer from 0"],
    ],
    [
      "no index",
      { label2id: { a: null } },
      1,
      ["label2id.a: found the index nothing: expected an integer from 0"],
    ],
    ["a label that is none", { id2label: { 0: 7 } }, 1, ["id2label.0: found 7: expected a string"]],
    [
      "a label twice",
      { id2label: { 0: "a", 1: "a" } },
      2,
      ['id2label.1: found "a" at index 0 and at 1'],
    ],
    [
      "an index twice",
      { label2id: { a: 0, b: 0 } },
      2,
      ["label2id.b: found a second label for index 0"],
    ],
    [
      "too few",
      { id2label: { 0: "a" } },
      3,
      ["id2label: found 1 label: expected 3, as many as the output is wide"],
    ],
    ["a list", { id2label: ["a", "b"] }, 2, ["id2label: found an array: expected an object"]],
    [
      "several faults",
      { id2label: { a: "x", 0: true } },
      2,
      [
        "id2label.0: found a boolean: expected a string",
        'id2label.a: found the index "a": expected an integer from 0',
      ],
    ],
  ])("readLabels() reports %s", (_, config, width, expected) => {
    expect(problemsOf(config, width)).toEqual(expected);
  });

  test("readLabels() takes names of object members for labels only", () => {
    const config = JSON.parse('{"id2label":{"0":"__proto__","1":"constructor"}}');
    expect(readLabels(config, 2).labels).toEqual(["__proto__", "constructor"]);
    const hostile = JSON.parse('{"__proto__":{"id2label":{"0":"x"}}}');
    expect(readLabels(hostile, 1).source).toBe("default");
  });

  test("readLabels() cuts what it repeats of a hostile name", () => {
    const long = "x".repeat(10_000);
    const [problem] = problemsOf({ id2label: { [long]: "a" } }, 1);
    expect(problem?.length).toBeLessThan(250);
  });

  test("defaultLabels() counts from 0", () => {
    expect(defaultLabels(3)).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
  });
});
