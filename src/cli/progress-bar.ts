// How far a transfer is, drawn over one line of a terminal.
import { printable } from "../error/index.ts";
import type { Output } from "./output.ts";

/** Smoother is not seen, and costs the connection to a terminal far away. */
const REDRAW_MS = 100;
const BAR_WIDTH = 24;
const COLUMNS_DEFAULT = 80;
/** Of the first moments too little is known for a speed. */
const SPEED_AFTER_MS = 1000;

/** Draws: what is transferred, bytes done, and of how many where that is known. */
export type DrawProgress = (what: string, done: number, total: number | undefined) => void;

/** On a terminal only; the line is cleared by `output.progress("")`. */
export function createProgressBar(
  output: Output,
  now: () => number = performance.now,
): DrawProgress {
  if (!output.interactive) return () => undefined;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let start: { readonly ms: number; readonly done: number; readonly total?: number } | undefined;
  return (what, done, total) => {
    const ms = now();
    // What a former attempt left was not transferred now, and with another total another transfer begins.
    if (start === undefined || start.total !== total) start = { ms, done, ...(total && { total }) };
    if (ms - drawnMs < REDRAW_MS && done !== total) return;
    drawnMs = ms;
    const elapsedMs = ms - start.ms;
    const speed = elapsedMs < SPEED_AFTER_MS ? undefined : ((done - start.done) / elapsedMs) * 1000;
    const columns = output.columns ?? COLUMNS_DEFAULT;
    output.progress(printProgress({ what, done, total, speed }).slice(0, columns - 1));
  };
}

/** The line that is drawn; `speed` in bytes per second. */
export function printProgress(state: {
  readonly what: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly speed: number | undefined;
}): string {
  const { what, done, total, speed } = state;
  const rate = speed === undefined ? "" : ` ${megabytes(speed)} MB/s`;
  if (total === undefined || total === 0) return `${printable(what)} ${megabytes(done)} MB${rate}`;
  const fraction = Math.min(1, done / total);
  const filled = Math.floor(fraction * BAR_WIDTH);
  const bar = `${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}`;
  const percent = String(Math.floor(fraction * 100)).padStart(3);
  return `${printable(what)} [${bar}] ${percent} % ${megabytes(done)}/${megabytes(total)} MB${rate}`;
}

function megabytes(byteLength: number): string {
  return (byteLength / 1e6).toFixed(1);
}
