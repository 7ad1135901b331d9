// Entities of models whose labels mark the end of an entity, in order and out of it.
import { describe, expect, test } from "bun:test";
import { LabelScheme } from "../../src/gen/manifest_pb.ts";
import { type AggregationStrategy, entityLabels } from "../../src/task/index.ts";
import { modelOf } from "./answer.ts";
import { find, lettersOf, row, tokensOf } from "./tagged.ts";

const LABELS = ["O", ...[..."BIELSU"].flatMap((part) => [`${part}-PER`, `${part}-LOC`])];
const BIOES = { labelScheme: LabelScheme.BIOES, labels: LABELS } as const;

function grouped(wanted: string, scheme: LabelScheme = LabelScheme.BIOES): string {
  const labels = wanted.split(" ").map((tag) => tag.replace("P", "-PER").replace(/L$/, "-LOC"));
  const { text, tokens } = lettersOf(labels, LABELS);
  return find(text, tokens, { strategy: "simple", ...BIOES, labelScheme: scheme })
    .map(([label, , word]) => `${label}:${word.replaceAll(" ", "")}`)
    .join(" ");
}

describe("entities of BIOES", () => {
  test.each([
    ["BP EP", "PER:ab"],
    ["BP IP IP EP", "PER:abcd"],
    ["BP IP LP", "PER:abc"],
    ["SP", "PER:a"],
    ["UP", "PER:a"],
    ["SP SP", "PER:a PER:b"],
    ["BP EP BP EP", "PER:ab PER:cd"],
    ["BP EP SP BL IL EL O SL", "PER:ab PER:c LOC:def LOC:h"],
    ["UL UL BP LP UP", "LOC:a LOC:b PER:cd PER:e"],
  ])("findEntities() of %s is %s", (wanted, expected) => {
    expect(grouped(wanted)).toBe(expected);
  });

  test.each([
    // An end without a beginning is an entity, as I- is after O.
    ["EP", "PER:a"],
    ["O EP", "PER:b"],
    ["IP EP", "PER:ab"],
    ["EP EP", "PER:a PER:b"],
    ["IP", "PER:a"],
    // A beginning without an end, and one in the midst.
    ["BP", "PER:a"],
    ["BP BP", "PER:a PER:b"],
    ["BP IP BP EP", "PER:ab PER:cd"],
    ["BP O EP", "PER:a PER:c"],
    // What follows an end or a single one begins anew.
    ["BP EP IP", "PER:ab PER:c"],
    ["BP EP EP", "PER:ab PER:c"],
    ["SP IP EP", "PER:a PER:bc"],
    ["SP EP", "PER:a PER:b"],
    ["BP SP EP", "PER:a PER:b PER:c"],
    // Another tag.
    ["BP IL EP", "PER:a LOC:b PER:c"],
    ["BP EL", "PER:a LOC:b"],
  ])("findEntities() loses nothing of the malformed %s: %s", (wanted, expected) => {
    expect(grouped(wanted)).toBe(expected);
  });

  test.each([LabelScheme.BIO, LabelScheme.LABEL_SCHEME_UNSPECIFIED])(
    "findEntities() knows no ends in scheme %p",
    (scheme) => {
      // As transformers: E- and S- are tags of their own, and lose their letter in the end.
      expect(grouped("BP IP EP SP SP", scheme)).toBe("PER:ab PER:c PER:de");
    },
  );

  test("findEntities() by none keeps the prefixes of BIOES", () => {
    const { text, tokens } = lettersOf(["B-PER", "E-PER", "S-LOC"], LABELS);
    const found = find(text, tokens, { strategy: "none", ...BIOES });
    expect(found.map(([label]) => label)).toEqual(["B-PER", "E-PER", "S-LOC"]);
  });

  test.each<[AggregationStrategy, string[]]>([
    // By tokens, "son" is what follows an end.
    ["simple", ["Anna Smith", "son", "Bo"]],
    ["first", ["Anna Smithson", "Bo"]],
    ["average", ["Anna Smithson", "Bo"]],
    ["max", ["Anna Smithson", "Bo"]],
  ])("findEntities() by %s of BIOES words in pieces", (strategy, expected) => {
    const sure = (label: string) => row({ [label]: 0.8 }, LABELS);
    const text = "Anna Smithson Bo";
    const tokens = tokensOf(text, [
      ["Anna", sure("B-PER")],
      ["Smith", row({ "E-PER": 0.5, "I-PER": 0.4 }, LABELS)],
      ["##son", row({ "E-PER": 0.6 }, LABELS)],
      ["Bo", sure("S-PER")],
    ]);
    const words = find(text, tokens, { strategy, ...BIOES }).map(([, , word]) => word);
    expect(words).toEqual(expected);
  });

  test("findEntities() of BIOES leaves a hyphen in a label without a prefix", () => {
    const labels = ["O", "B-x", "S-x", "sub-city"];
    const { text, tokens } = lettersOf(["sub-city"], labels);
    const found = find(text, tokens, {
      strategy: "simple",
      labels,
      labelScheme: LabelScheme.BIOES,
    });
    expect(found[0]?.[0]).toBe("sub-city");
  });

  test.each<[LabelScheme, string[]]>([
    [LabelScheme.BIO, ["PER", "LOC", "city", "a"]],
    [LabelScheme.BIOES, ["PER", "LOC", "sub-city", "a"]],
  ])("entityLabels() of scheme %p are what groups can be called", (labelScheme, expected) => {
    const labels = ["O", "B-PER", "I-PER", "S-LOC", "sub-city", "E-PER", "a"];
    expect(entityLabels(modelOf({ labels, labelScheme }))).toEqual(expected);
  });
});
