// The sizes vectors may be cut to without losing their meaning (Matryoshka).
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { type JsonFile, ownField } from "./json-file.ts";

/** Models are trained for a handful of sizes. */
const DIMENSIONS_MAX = 1000;

/** Ascending; empty when the files name none. `width` is that of the whole vector, 0 when it is not known. */
export function detectDimensions(width: number, facts: GraphFacts, findings: Findings): number[] {
  const { settings, config, sentenceTransformersConfig } = facts;
  refuseTruncation(facts, findings);
  const given = settings.dimensions;
  const found = given ?? statedDimensions([sentenceTransformersConfig, config], findings);
  if (found === undefined) return [];
  findings.decide("dimensions", found.value.join(", ") || "any", found.source);
  const largest = found.value.at(-1) ?? 0;
  if (width > 0 && largest > width) {
    findings.problem(
      found.source,
      `expected at most ${width}, the width of the vectors: found ${largest}`,
    );
  }
  return [...found.value];
}

type Stated = { readonly value: readonly number[]; readonly source: string };

function statedDimensions(
  files: readonly (JsonFile | undefined)[],
  findings: Findings,
): Stated | undefined {
  const field = "matryoshka_dimensions";
  for (const file of files) {
    const list = ownField(file?.fields, field) ?? undefined;
    if (file === undefined || list === undefined) continue;
    const source = `${file.name}: ${field}`;
    if (isSizes(list)) return { value: [...new Set(list)].sort((a, b) => a - b), source };
    const found = (JSON.stringify(list) ?? "nothing").slice(0, 100);
    findings.problem(source, `expected a list of positive whole numbers: found ${found}`);
    return undefined;
  }
  const free = files.find((file) => ownField(file?.fields, "is_matryoshka") === true);
  return free && { value: [], source: `${free.name}: is_matryoshka` };
}

function isSizes(list: unknown): list is readonly number[] {
  const isSize = (size: unknown) =>
    typeof size === "number" && Number.isSafeInteger(size) && size > 0;
  return Array.isArray(list) && list.length <= DIMENSIONS_MAX && list.every(isSize);
}

/** Written by hand: the reference takes it as an argument and not from the file, so that its word is unclear. */
function refuseTruncation(
  { settings, sentenceTransformersConfig: file }: GraphFacts,
  findings: Findings,
): void {
  const size = ownField(file?.fields, "truncate_dim") ?? undefined;
  const isTold = settings.dimensions !== undefined || findings.isFaulty("dimensions");
  if (file === undefined || size === undefined || isTold) return;
  findings.problem(
    `${file.name}: truncate_dim`,
    "vectors are cut where a request asks for it, not always: name the sizes with --dimensions, " +
      "or set it to null",
  );
}
