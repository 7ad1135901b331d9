// Which labels make a scheme of begin, inside, end and single.
import { describe, expect, test } from "bun:test";
import { LabelScheme } from "../../src/gen/manifest_pb.ts";
import { detectLabelScheme } from "../../src/task/index.ts";
import { parseTag, type TagPart } from "../../src/task/label-scheme.ts";

const { BIO, BIOES, LABEL_SCHEME_UNSPECIFIED } = LabelScheme;

function withPrefixes(prefixes: string, names: readonly string[]): string[] {
  return names.flatMap((name) => [...prefixes].map((prefix) => `${prefix}-${name}`));
}

describe("label-scheme", () => {
  test.each<[string, string[]]>([
    ["all five", ["O", ...withPrefixes("BIES", ["PER", "LOC"])]],
    ["BILOU", ["O", ...withPrefixes("BILU", ["PER", "LOC"])]],
    ["ends without singles", ["O", ...withPrefixes("BIE", ["PER"])]],
    ["singles without ends", ["O", ...withPrefixes("BIS", ["PER"])]],
    ["a name seen as single only", [...withPrefixes("BIES", ["PER", "LOC"]), "S-LAW"]],
    ["half of the names", [...withPrefixes("BIES", ["PER"]), ...withPrefixes("BI", ["LAW"])]],
    ["names with hyphens", withPrefixes("BIES", ["work-of-art"])],
    ["no inside", withPrefixes("BES", ["PER"])],
  ])("detectLabelScheme() finds BIOES in %s", (_, labels) => {
    expect(detectLabelScheme(labels)).toBe(BIOES);
  });

  test.each<[string, string[]]>([
    ["no label", []],
    ["plain BIO", ["O", ...withPrefixes("BI", ["PER", "LOC"])]],
    ["a product S-100", ["O", ...withPrefixes("BI", ["PER"]), "S-100"]],
    ["a class E-mail", ["O", ...withPrefixes("BI", ["PER"]), "E-mail"]],
    ["B- and I- of E-mail", ["O", ...withPrefixes("BI", ["PER", "E-mail"]), "E-mail"]],
    ["names without B- and I-", ["S-100", "E-mail", "U-turn", "L-shape"]],
    ["one name of three", ["S-PER", ...withPrefixes("BI", ["PER", "LOC", "ORG"])]],
    ["bare labels", ["O", "PER", "LOC", "E", "S", "B"]],
    ["lower case", ["b-per", "i-per", "e-per", "s-per"]],
    ["other marks", ["B_PER", "I_PER", "E_PER", "PER-S"]],
    ["parts of speech", ["NOUN", "VERB", "SYM"]],
  ])("detectLabelScheme() finds BIO in %s", (_, labels) => {
    expect(detectLabelScheme(labels)).toBe(BIO);
  });

  test.each<[string, LabelScheme, TagPart, string]>([
    ["B-PER", BIO, "begin", "PER"],
    ["I-PER", LABEL_SCHEME_UNSPECIFIED, "inside", "PER"],
    ["PER", BIO, "inside", "PER"],
    ["E-mail", BIO, "inside", "E-mail"],
    ["S-100", LABEL_SCHEME_UNSPECIFIED, "inside", "S-100"],
    ["E-PER", BIOES, "end", "PER"],
    ["L-PER", BIOES, "end", "PER"],
    ["S-PER", BIOES, "single", "PER"],
    ["U-PER", BIOES, "single", "PER"],
    ["B-a-b", BIOES, "begin", "a-b"],
    ["work-of-art", BIOES, "inside", "work-of-art"],
    ["O", BIOES, "inside", "O"],
    ["", BIOES, "inside", ""],
    ["B-", BIO, "begin", ""],
  ])("parseTag() of %p in scheme %p is %s of %p", (label, scheme, part, name) => {
    expect(parseTag(label, scheme)).toEqual({ part, name });
  });
});
