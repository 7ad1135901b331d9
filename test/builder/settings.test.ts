// What the user said, from two places: who wins, and what is left unknown.
import { describe, expect, test } from "bun:test";
import type { ReadSettings, Settings } from "../../src/builder/index.ts";
import { mergeSettings, readSetting } from "../../src/builder/settings.ts";

function said(settings: Settings, faults: Partial<ReadSettings> = {}): ReadSettings {
  return { settings, problems: [], faulty: [], ...faults };
}

const inFile = (value: string) => ({ value, source: `e.yml: ${value}` });
const asFlag = (value: string) => ({ value, source: "--x" });
const PROBLEM = { field: "f", message: "m" };

describe("mergeSettings()", () => {
  test("mergeSettings() lets the command line win", () => {
    const file = said({ name: inFile("a"), version: inFile("1") });
    expect(mergeSettings(file, said({ name: asFlag("b") }))).toEqual({
      settings: { name: asFlag("b"), version: inFile("1") },
    });
  });

  test.each([
    [{ modelDir: inFile("/a") }, "e.yml: /a"],
    [{ weights: inFile("/a/w"), tokenizer: inFile("/a/t") }, "e.yml: /a/w"],
    [{ modelDir: inFile("/b") }, undefined],
    [{}, undefined],
  ])("mergeSettings() takes a model directory for all paths of the file %#", (file, replaced) => {
    const { settings } = mergeSettings(said(file), said({ modelDir: asFlag("/b") }));
    expect(settings).toEqual({
      modelDir: { ...asFlag("/b"), ...(replaced === undefined ? {} : { replaced }) },
    });
  });

  test("mergeSettings() keeps the file's paths beside a single one of the command line", () => {
    const file = said({ modelDir: inFile("/a") });
    expect(mergeSettings(file, said({ weights: asFlag("/w") })).settings).toEqual({
      modelDir: inFile("/a"),
      weights: asFlag("/w"),
    });
  });

  test.each([
    [[PROBLEM], [], "USAGE"],
    [[PROBLEM], [PROBLEM], "USAGE"],
    [[], [PROBLEM], "BUILD_CONFIG_INVALID"],
  ] as const)("mergeSettings() names the refusal after who is wrong %#", (flags, file, code) => {
    const merged = mergeSettings(said({}, { problems: file }), said({}, { problems: flags }));
    expect(merged.faults).toMatchObject({ code, problems: [...flags, ...file] });
  });

  test("mergeSettings() knows again what the command line says in place of a faulty file", () => {
    const file = said({}, { problems: [PROBLEM], faulty: ["task", "labels", "weights"] });
    const flags = said({ task: { value: "embedding", source: "--task" }, modelDir: asFlag("/b") });
    expect(mergeSettings(file, flags).faults?.faulty).toEqual(["labels"]);
  });
});

describe("readSetting()", () => {
  const context = { folder: "/here", home: "/home/me", source: "--x" };

  test.each([
    ["weights", "a/b.onnx", "/here/a/b.onnx", "a/b.onnx"],
    ["weights", " b.onnx ", "/here/b.onnx", "b.onnx"],
    ["tokenizer", "/a/b", "/a/b", undefined],
    ["config", "~/b", "/home/me/b", undefined],
    ["config", "~b", "/here/~b", "~b"],
    ["output", "b", "/here/b", undefined],
  ] as const)(
    "readSetting() of %s %j keeps what may count from elsewhere",
    (id, raw, value, relative) => {
      const given = { value, source: "--x", ...(relative === undefined ? {} : { relative }) };
      expect(readSetting(id, raw, context)).toEqual({ given });
    },
  );

  test("readSetting() complains without naming the field", () => {
    expect(readSetting("name", 3, context)).toEqual({
      complaint: "expected a text: found 3: quote it",
    });
  });
});
