// Fits text to the width of a terminal.

/**
 * Breaks lines that are longer than `width` at their spaces, behind a first column, if any, that ends in two spaces.
 * Words are never cut. Indented lines without columns stay as they are: they are commands to be copied.
 */
export function wrapText(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => wrapLine(line, width))
    .join("\n");
}

function wrapLine(line: string, width: number): string {
  if (line.length <= width) return line;
  const column = /^ *\S+(?: \S+)* {2,}/.exec(line)?.[0] ?? "";
  if (column === "" && line.startsWith(" ")) return line;
  const indent = " ".repeat(column.length);
  const lines: string[] = [];
  let current = column;
  for (const word of line.slice(column.length).split(/ +/)) {
    const isEmpty = current === column || current === indent;
    const longer = isEmpty ? current + word : `${current} ${word}`;
    if (isEmpty || longer.length <= width) {
      current = longer;
    } else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current].join("\n");
}
