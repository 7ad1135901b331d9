// Lists people type into fields.

/** The lines that have something on them, without the space around. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The words between commas or line ends, each once. */
export function listOf(text: string): string[] {
  return [...new Set(linesOf(text.replaceAll(",", "\n")))];
}

/** "1 text", "2 texts". */
export function countOf(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
