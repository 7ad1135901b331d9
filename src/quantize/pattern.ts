// Patterns people name layers by.

/**
 * The first pattern that is about one of the names: `*` stands for any characters; a pattern without it may stand
 * anywhere in a name.
 */
export function matchingPattern(
  patterns: readonly string[],
  names: readonly string[],
): string | undefined {
  return patterns.find((pattern) => {
    if (pattern === "") return false;
    if (!pattern.includes("*")) return names.some((name) => name.includes(pattern));
    return names.some((name) => matches(pattern.split("*"), name));
  });
}

/** By pieces rather than a regular expression, which a pattern of many stars would keep busy for minutes. */
function matches(pieces: readonly string[], name: string): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (!name.startsWith(first) || name.length < first.length + last.length) return false;
  let place = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, place);
    if (found < 0) return false;
    place = found + piece.length;
  }
  return name.endsWith(last) && place <= name.length - last.length;
}
