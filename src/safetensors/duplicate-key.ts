// What JSON.parse() does not tell: keys that occur twice, and nesting deeper than expected.

/** Why a text is not JSON of that nesting with distinct keys, or undefined; not a check of the rest of its syntax. */
export function keyFault(text: string, depthMax: number): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      if (open.length === depthMax) return `it is nested deeper than ${depthMax} levels`;
      open.push(new Set());
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = endOfString(text, at);
      const name = keyAt(text, at, end);
      if (name !== undefined) {
        if (open.at(-1)?.has(name)) return `it names ${JSON.stringify(name.slice(0, 60))} twice`;
        open.at(-1)?.add(name);
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** Position after the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The string from `start` to `end` with its escapes resolved, if a colon makes it a key. */
function keyAt(text: string, start: number, end: number): string | undefined {
  let next = end;
  while (next < text.length && " \t\n\r".includes(text[next]!)) next++;
  if (text[next] !== ":") return undefined;
  const literal = text.slice(start, end);
  return literal.includes("\\") ? unescaped(literal) : literal.slice(1, -1);
}

/** Undefined where an escape is wrong: whoever parses the whole text says so better. */
function unescaped(literal: string): string | undefined {
  try {
    return String(JSON.parse(literal));
  } catch {
    return undefined;
  }
}
