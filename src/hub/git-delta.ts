// Objects git keeps as differences to another: the base and the steps -> the object.
import type { GitWork } from "./git-work.ts";

/** What a step costs besides its bytes, in bytes. */
const STEP_WORK = 64;

/**
 * Two lengths, then steps: copy a range of the base, or insert bytes that follow. Undefined where that fails or makes
 * more than `byteLengthMax` bytes. Throws `HUB_HISTORY_TOO_LARGE`.
 */
export function applyDelta(
  base: Uint8Array,
  delta: Uint8Array,
  { work, byteLengthMax }: { readonly work: GitWork; readonly byteLengthMax: number },
): Uint8Array | undefined {
  let at = 0;
  // Past the end is zero, which is no step and found out below.
  const next = (): number => delta[at++] ?? 0;
  const length = (): number => {
    let byte = next();
    let value = byte & 0x7f;
    for (let unit = 128; byte >= 0x80; unit *= 128) {
      byte = next();
      value += (byte & 0x7f) * unit;
    }
    return value;
  };
  if (length() !== base.length) return undefined;
  const total = length();
  if (total > byteLengthMax) return undefined;
  work.spend(total);
  const made = new Uint8Array(total);
  let done = 0;
  while (at < delta.length) {
    work.spend(STEP_WORK);
    const step = next();
    const part = step >= 0x80 ? copied(base, step, next) : delta.subarray(at, at + step);
    if (step < 0x80) at += step;
    if (part.length === 0 || part.length > total - done) return undefined;
    made.set(part, done);
    done += part.length;
  }
  return done === total && at === delta.length ? made : undefined;
}

/** The low bits of the step say which bytes of place and length follow. */
function copied(base: Uint8Array, step: number, next: () => number): Uint8Array {
  let place = 0;
  let length = 0;
  for (let bit = 0; bit < 4; bit++) if ((step >> bit) & 1) place += next() * 256 ** bit;
  for (let bit = 0; bit < 3; bit++) if ((step >> (4 + bit)) & 1) length += next() * 256 ** bit;
  return base.subarray(place, place + (length || 0x10000));
}
