// Rows of words as aligned columns, safe for a terminal.
import { printable } from "../error/index.ts";

export type Row = readonly string[];

/** Longer cells push their row out instead of all rows. */
const COLUMN_WIDTH_MAX = 40;

/** Rows with aligned columns, indented by two. */
export function table(rows: readonly Row[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of clean) {
    row.slice(0, -1).forEach((cell, column) => {
      const width = Math.min(Bun.stringWidth(cell), COLUMN_WIDTH_MAX);
      widths[column] = Math.max(widths[column] ?? 0, width);
    });
  }
  const pad = (cell: string, column: number) =>
    cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(cell)));
  return clean.map((row) => `  ${row.map(pad).join("  ").trimEnd()}`).join("\n");
}
