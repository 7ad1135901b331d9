// A text cut at places the server gives in code points, as JavaScript counts UTF-16 units.

/** [start, end) in code points. */
export type Place = { readonly start: number; readonly end: number };

/** A part of a text, and what lies there. */
export type Segment<Found> = { readonly text: string; readonly found?: Found };

/**
 * The whole text as segments in order. Of places that overlap the first in the text wins, of those that start
 * together the longest; places outside of the text are left out.
 */
export function cutAtPlaces<Found>(
  text: string,
  found: readonly Found[],
  placeOf: (found: Found) => Place,
): Segment<Found>[] {
  const units = unitsOfCodePoints(text);
  const placed = found
    .map((item) => ({ item, ...placeOf(item) }))
    .filter(({ start, end }) => start >= 0 && start < end && end < units.length)
    .sort((left, right) => left.start - right.start || right.end - left.end);
  const segments: Segment<Found>[] = [];
  let done = 0;
  for (const { item, start, end } of placed) {
    if (start < done) continue;
    if (start > done) segments.push({ text: text.slice(units[done], units[start]) });
    segments.push({ text: text.slice(units[start], units[end]), found: item });
    done = end;
  }
  if (done < units.length - 1) segments.push({ text: text.slice(units[done]) });
  return segments;
}

/** Where each code point begins in UTF-16 units, and at last where the text ends. */
function unitsOfCodePoints(text: string): readonly number[] {
  const units = [0];
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length);
  return units;
}
