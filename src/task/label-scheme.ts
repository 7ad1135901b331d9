// What the prefixes of a token classifier's labels mean. Grouping tokens by them is entity.ts's.
import { LabelScheme } from "../gen/manifest_pb.ts";

/** Part of an entity a label stands for; labels without a prefix are inside. */
export type TagPart = "begin" | "inside" | "end" | "single";

export type Tag = { readonly part: TagPart; readonly name: string };

const PART_OF_PREFIX: Readonly<Record<string, TagPart>> = {
  B: "begin",
  I: "inside",
  E: "end",
  L: "end",
  S: "single",
  U: "single",
};

/**
 * The part and name of a label. E-, L-, S- and U- are prefixes in BIOES only: elsewhere they belong
 * to the name, as in "E-mail".
 */
export function parseTag(label: string, scheme: LabelScheme): Tag {
  const prefixed = scheme === LabelScheme.BIOES ? /^[BIELSU]-/ : /^[BI]-/;
  const part = prefixed.test(label) ? PART_OF_PREFIX[label.charAt(0)] : undefined;
  return part === undefined ? { part: "inside", name: label } : { part, name: label.slice(2) };
}

/**
 * The scheme a model's labels follow. It is BIOES when at least half of the names that come with B-
 * or I- come with E-, L-, S- or U- too. So a class that is called "E-mail" or "S-100" proves
 * nothing, as no "B-mail" stands beside it; and names too rare in the training data to have every
 * prefix do not hide the scheme of the others.
 */
export function detectLabelScheme(labels: readonly string[]): LabelScheme {
  const names = namesAfter(labels, /^[BI]-/);
  const ended = namesAfter(labels, /^[ELSU]-/);
  const shared = [...names].filter((name) => ended.has(name));
  const isBioes = shared.length > 0 && 2 * shared.length >= names.size;
  return isBioes ? LabelScheme.BIOES : LabelScheme.BIO;
}

function namesAfter(labels: readonly string[], prefix: RegExp): ReadonlySet<string> {
  return new Set(labels.filter((label) => prefix.test(label)).map((label) => label.slice(2)));
}
