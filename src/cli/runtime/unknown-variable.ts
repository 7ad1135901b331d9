// Variables that are meant for this program and mean nothing to it: probably misspelt, and silently without effect.
import { SERVE_OPTIONS } from "./serve-option.ts";

const PREFIX = "ENCODERFILE_";

/** Read elsewhere: the file this program runs, where it is not its own; what the builder is told of bases. */
const OTHER_VARIABLES: readonly string[] = [
  "ENCODERFILE_FILE",
  "ENCODERFILE_BASE_URL",
  "ENCODERFILE_BASE_SUMS",
  "ENCODERFILE_OFFLINE",
];

/** Variables that are told of; an environment may have thousands. */
const TOLD_MAX = 8;

/** Letters that may be wrong for a name to be the one that was meant. */
const DISTANCE_MAX = 3;

/** One line that names them, each with the name it is nearest to; undefined when there are none. */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const known = [...Object.values(SERVE_OPTIONS).map((option) => option.env), ...OTHER_VARIABLES];
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith(PREFIX) && env[name] !== "" && !known.includes(name),
  );
  if (unknown.length === 0) return undefined;
  const told = unknown.slice(0, TOLD_MAX).map((name) => {
    const near = nearestOf(name, known);
    return near === undefined ? name : `${name} (did you mean ${near}?)`;
  });
  const rest = unknown.length > TOLD_MAX ? ` and ${unknown.length - TOLD_MAX} more` : "";
  return `no setting is called ${told.join(", ")}${rest}: ignored`;
}

function nearestOf(name: string, known: readonly string[]): string | undefined {
  const longer = known.find((candidate) => candidate.startsWith(`${name}_`));
  // Long names cost nothing: they are like none.
  const near = known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= DISTANCE_MAX)
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .filter(({ distance }) => distance <= DISTANCE_MAX)
    .sort((left, right) => left.distance - right.distance);
  return near[0]?.candidate ?? longer;
}

/** Letters to add, leave out or replace (Levenshtein). */
function distanceOf(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...left].entries()) {
    const next = [at + 1];
    for (const [column, other] of [...right].entries()) {
      const replaced = row[column]! + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, row[column + 1]! + 1, next[column]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}
