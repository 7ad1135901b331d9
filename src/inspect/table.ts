// Rows of words as aligned columns, safe for a terminal.
import { printable } from "../error/index.ts";

export type Row = readonly string[];

/** A longer cell ends its line; the cells behind it go on in their columns on the next one. */
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
  return clean.map((row) => printRow(row, widths)).join("\n");
}

function printRow(row: Row, widths: readonly number[]): string {
  const lines: string[] = [];
  let line = "";
  row.forEach((cell, column) => {
    const room = (widths[column] ?? 0) - Bun.stringWidth(cell);
    const isOver = room < 0 && row.slice(column + 1).some((later) => later !== "");
    if (!isOver) {
      line += `  ${cell}${" ".repeat(Math.max(0, room))}`;
      return;
    }
    lines.push(`${line}  ${cell}`);
    line = " ".repeat(Bun.stringWidth(line) + 2 + (widths[column] ?? 0));
  });
  return [...lines, line].map((text) => text.trimEnd()).join("\n");
}
