// Spans between units: UTF-16 units, as strings index them, code points and UTF-8 bytes.

/** What a span counts: characters as Python does, units as JavaScript does, or bytes of UTF-8. */
export type SpanUnit = "codepoint" | "utf16" | "byte";

/** Bytes that `unit` adds to the UTF-8 form of a well-formed text; a pair's four count at its first unit. */
function bytesOfUnit(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  if (isHighSurrogate(unit)) return 4;
  return isLowSurrogate(unit) ? 0 : 3;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** In texts without any, units of UTF-16 are code points; without this flag each half counts for itself. */
const SURROGATE = /[\ud800-\udfff]/;

/** Of such texts units are bytes as well. */
const ASCII = /^[\0-\x7f]*$/;

/**
 * Rewrites spans given in UTF-16 units of `text` in another unit, in time linear in the text.
 * A lone surrogate counts as U+FFFD: one code point, three bytes.
 */
export function convertSpans(text: string, spans: Int32Array, unit: SpanUnit): Int32Array {
  if (unit === "utf16") return spans;
  const wellFormed = text.toWellFormed();
  // Most texts: no table need be made for them, which takes four times their size.
  if (unit === "codepoint" ? !SURROGATE.test(wellFormed) : ASCII.test(wellFormed)) return spans;
  const places = new Int32Array(wellFormed.length + 1);
  let place = 0;
  for (let index = 0; index < wellFormed.length; index++) {
    places[index] = place;
    const code = wellFormed.charCodeAt(index);
    if (unit === "byte") place += bytesOfUnit(code);
    else if (!isHighSurrogate(code)) place++;
  }
  places[wellFormed.length] = place;
  return spans.map((span) => places[span] ?? place);
}
