// Words of strangers - names in files, paths, command lines - made harmless for a terminal.

/** What could rewrite what a person sees: control characters, reversals of the reading direction, line separators. */
const TREACHEROUS = /\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]/gu;

/** Text of a stranger for a terminal: treacherous characters as the escapes a program would write for them. */
export function printable(text: string): string {
  return text.replaceAll(TREACHEROUS, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
