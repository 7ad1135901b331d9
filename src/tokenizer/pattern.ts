// Patterns of tokenizer files: the reference runs them with Oniguruma, here they become JavaScript's.
// What cannot be translated faithfully is refused.
import { parseRanges } from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { NEWER_THAN_PATTERNS } from "./unicode-table.ts";

const hex = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`;

/** A set of characters that today's Unicode added stays outside every property. */
const NEWER = `[${[...parseRanges(NEWER_THAN_PATTERNS)]
  .map(([from, to]) => (from === to ? hex(from) : `${hex(from)}-${hex(to)}`))
  .join("")}]`;

const known = (members: string): string => `[[${members}]--${NEWER}]`;

const WORD_MEMBERS = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

/** Members of a class for the one-letter escapes; capital letters negate them. */
const CLASS_ESCAPE: Readonly<Record<string, string>> = {
  s: "\\p{White_Space}",
  d: known("\\p{Nd}"),
  w: known(WORD_MEMBERS),
  h: "0-9a-fA-F",
};

/** Outside of brackets a word also has six superscripts and fractions: an old habit of the engine. */
const WORD = `[${known(`${WORD_MEMBERS}\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}`)}]`;

const CHARACTER_ESCAPE: Readonly<Record<string, number>> = {
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  f: 0x0c,
  v: 0x0b,
  a: 0x07,
  e: 0x1b,
};

/** Escapes that match a place, not a character. */
const PLACE_ESCAPE: Readonly<Record<string, string>> = {
  A: "(?<![^])",
  z: "(?![^])",
  b: `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`,
  B: `(?:(?<=${WORD})(?=${WORD})|(?<!${WORD})(?!${WORD}))`,
};

const CATEGORY = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cf])$/;
const PROPERTY_NAME: ReadonlyMap<string, string> = new Map([
  ["alpha", "\\p{Alphabetic}"],
  ["alphabetic", "\\p{Alphabetic}"],
  ["letter", "\\p{L}"],
  ["number", "\\p{N}"],
  ["punctuation", "\\p{P}"],
  ["lower", "\\p{Lowercase}\\u{295}"],
  ["upper", "\\p{Uppercase}"],
  ["space", "\\p{White_Space}"],
]);

/** Letters that together are the folded form of one character, which would match them too. */
const FOLDED_PAIR = /^(?:ss|st|ff|fi|fl)$/i;

/** U+0295 was a small letter until Unicode 17. */
function members(category: string): string {
  if (category === "Ll") return known("\\p{Ll}\\u{295}");
  if (category === "Lo") return `[${known("\\p{Lo}")}--[\\u{295}]]`;
  return known(`\\p{${category}}`);
}

function propertyMembers(name: string): string | undefined {
  if (CATEGORY.test(name)) return members(name);
  const listed = PROPERTY_NAME.get(name.toLowerCase());
  if (listed !== undefined) return known(listed);
  try {
    new RegExp(`\\p{Script=${name}}`, "v");
    return known(`\\p{Script=${name}}`);
  } catch {
    // Not a script either: the caller refuses the name.
    return undefined;
  }
}

/** Patterns of real tokenizers nest two levels deep; the reader must not run out of stack. */
const DEPTH_MAX = 50;

/** One character, or members of a class. */
type ClassPart = { readonly codePoint: number | undefined; readonly members: string };

class PatternReader {
  readonly #source: string;
  readonly #cursor: JsonCursor;
  #at = 0;
  #atomicCount = 0;
  #depth = 0;
  #ignoresCase = false;
  /** The literal just read, while case is ignored. */
  #lastLiteral = "";

  constructor(source: string, cursor: JsonCursor) {
    this.#source = source;
    this.#cursor = cursor;
  }

  read(): string {
    this.#ignoresCase = this.#take("(?i)");
    const body = this.#alternatives();
    if (this.#at < this.#source.length) throw this.#refuse("an unopened group");
    return this.#ignoresCase ? `(?i:${body})` : body;
  }

  #refuse(what: string): Error {
    return this.#cursor.unsupported("pattern", `${what} in "${this.#source}"`);
  }

  #peek(): string {
    const codePoint = this.#source.codePointAt(this.#at);
    return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
  }

  #next(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #alternatives(): string {
    let out = "";
    while (this.#at < this.#source.length && this.#peek() !== ")") {
      out += this.#take("|") ? "|" : this.#quantified();
    }
    return out;
  }

  #quantified(): string {
    const atom = this.#atom();
    const found = this.#match(/[*+?]|\{(\d*)(,?)(\d*)\}/y);
    if (found === undefined) return atom;
    this.#lastLiteral = "";
    const [quantifier = "", low = "", comma = "", high = ""] = found;
    if (quantifier.startsWith("{")) {
      if (low === "" && high === "") throw this.#refuse("an empty interval");
      const interval = `${atom}{${low === "" ? "0" : low}${comma}${high}}`;
      if (/[+*{]/.test(this.#peek())) throw this.#refuse("a repeated interval");
      return this.#take("?") ? `${interval}?` : interval;
    }
    if (this.#take("+")) return this.#atomic(`${atom}${quantifier}`);
    const lazy = this.#take("?") ? "?" : "";
    if (/[*+?]/.test(this.#peek())) throw this.#refuse("a repeated quantifier");
    return `${atom}${quantifier}${lazy}`;
  }

  /** A group that gives nothing back once matched: JavaScript has it only as a look-ahead. */
  #atomic(body: string): string {
    const name = `a${this.#atomicCount++}`;
    return `(?:(?=(?<${name}>${body}))\\k<${name}>)`;
  }

  #atom(): string {
    const character = this.#next();
    const pairedWith = this.#lastLiteral;
    this.#lastLiteral = "";
    if (character === "(") return this.#group();
    if (character === "[") return this.#class();
    if (character === "\\") return this.#escape();
    if (character === ".") return "[^\\n]";
    if (character === "^") return "(?<![^\\n])";
    if (character === "$") return "(?![^\\n])";
    if (/[*+?]/.test(character)) throw this.#refuse("a quantifier of nothing");
    if (this.#ignoresCase) this.#checkFold(character, pairedWith);
    return hex(character.codePointAt(0) ?? 0);
  }

  /** The reference lets one character match several that it folds to; JavaScript does not. */
  #checkFold(character: string, before: string): void {
    const isCased = /[^\0-\x7f]/.test(character) && /[\p{L}\p{M}]/u.test(character);
    if (isCased || FOLDED_PAIR.test(before + character)) {
      throw this.#refuse(`"${before}${character}" in either case`);
    }
    this.#lastLiteral = character;
  }

  #group(): string {
    if (++this.#depth > DEPTH_MAX) throw this.#refuse("groups nested this deep");
    const found = this.#match(/\?(?:<=|<!|=|!|>|i:|-i:|:)/y);
    if (found === undefined && this.#peek() === "?") throw this.#refuse("a group of this kind");
    const kind = found?.[0] ?? "?:";
    const ignoredCase = this.#ignoresCase;
    if (kind === "?i:") this.#ignoresCase = true;
    if (kind === "?-i:") this.#ignoresCase = false;
    const body = this.#alternatives();
    this.#ignoresCase = ignoredCase;
    this.#depth--;
    if (!this.#take(")")) throw this.#refuse("an unclosed group");
    return kind === "?>" ? this.#atomic(body) : `(${kind}${body})`;
  }

  #escape(): string {
    const place = PLACE_ESCAPE[this.#peek()];
    if (place !== undefined) {
      this.#next();
      return this.#exact(place);
    }
    if (this.#take("w")) return this.#exact(WORD);
    if (this.#take("W")) return this.#exact(`[^${WORD}]`);
    const { codePoint, members } = this.#classEscape();
    return codePoint === undefined ? this.#exact(`[${members}]`) : hex(codePoint);
  }

  /** Keeps a part out of any change of case: properties and escapes do not take part in it. */
  #exact(part: string): string {
    return this.#ignoresCase ? `(?-i:${part})` : part;
  }

  /** What follows a backslash: one character, or members of a class. */
  #classEscape(): ClassPart {
    const property = this.#match(/([pP])\{(\^?)([A-Za-z_]+)\}/y);
    if (property !== undefined) {
      const found = propertyMembers(property[3] ?? "");
      if (found === undefined) throw this.#refuse(`the property "${property[3]}"`);
      const negated = (property[1] === "P") !== (property[2] === "^");
      return { codePoint: undefined, members: negated ? `[^${found}]` : found };
    }
    const code = this.#match(/x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})/y);
    if (code !== undefined) {
      return { codePoint: Number.parseInt(code[1] ?? code[2] ?? code[3] ?? "", 16), members: "" };
    }
    const character = this.#next();
    const listed = CLASS_ESCAPE[character.toLowerCase()];
    if (listed !== undefined) {
      const negated = character !== character.toLowerCase();
      return { codePoint: undefined, members: negated ? `[^${listed}]` : listed };
    }
    const control = CHARACTER_ESCAPE[character];
    if (control !== undefined) return { codePoint: control, members: "" };
    if (character === "" || /[0-9A-Za-z]/.test(character)) {
      throw this.#refuse(`the escape "\\${character}"`);
    }
    return { codePoint: character.codePointAt(0) ?? 0, members: "" };
  }

  /** A class after its opening bracket; unlike properties on their own, it takes part in changes of case. */
  #class(): string {
    const negated = this.#take("^");
    let all = "";
    let properties = "";
    let first = true;
    while (first || !this.#take("]")) {
      if (this.#at >= this.#source.length) throw this.#refuse("an unclosed class");
      if (first && this.#peek() === "]") throw this.#refuse("an empty class");
      if (this.#source.startsWith("&&", this.#at)) throw this.#refuse("an intersection");
      first = false;
      const { codePoint, members } = this.#classMember();
      all += members;
      if (codePoint === undefined && this.#ignoresCase) properties += members;
    }
    const whole = negated ? `[^${all}]` : `[${all}]`;
    if (properties === "") return whole;
    if (properties.includes("^")) throw this.#refuse("a negated class in either case");
    // Old letters with a new capital would leave their class together with it.
    const exact = `(?-i:[${properties}])`;
    return negated ? `(?:(?!${exact})${whole})` : `(?:${whole}|${exact})`;
  }

  /** One member, written out; `codePoint` tells characters and ranges from other members. */
  #classMember(): ClassPart {
    const posix = this.#match(/\[:(\^?)([a-z]+):\]/y);
    if (posix !== undefined) throw this.#refuse(`the class "${posix[0]}"`);
    if (this.#take("[")) {
      if (++this.#depth > DEPTH_MAX) throw this.#refuse("classes nested this deep");
      if (this.#ignoresCase) throw this.#refuse("a nested class in either case");
      return { codePoint: undefined, members: this.#class() };
    }
    const from = this.#classCharacter();
    const { codePoint } = from;
    if (codePoint === undefined) return from;
    const isRange = this.#peek() === "-" && this.#source[this.#at + 1] !== "]";
    if (!isRange) return { codePoint, members: hex(codePoint) };
    this.#next();
    const to = this.#classCharacter();
    if (to.codePoint === undefined || to.codePoint < codePoint) {
      throw this.#refuse("a range of this kind");
    }
    if (this.#ignoresCase && to.codePoint > 0x7f) throw this.#refuse("a range in either case");
    return { codePoint, members: `${hex(codePoint)}-${hex(to.codePoint)}` };
  }

  #classCharacter(): ClassPart {
    if (this.#take("\\")) return this.#classEscape();
    const character = this.#next();
    if (this.#ignoresCase) this.#checkFold(character, "");
    return { codePoint: character.codePointAt(0) ?? 0, members: "" };
  }
}

/** Turns an Oniguruma pattern into a global JavaScript one; `cursor` is where it stands in the file. */
export function translatePattern(source: string, cursor: JsonCursor): RegExp {
  const translated = new PatternReader(source, cursor).read();
  try {
    return new RegExp(translated, "gv");
  } catch {
    // The engine gives no reason that would help more than the pattern itself.
    throw cursor.unsupported("pattern", `"${source}"`);
  }
}

/** Reads `{"String": text}` or `{"Regex": pattern}`. */
export function readPattern(cursor: JsonCursor): RegExp {
  const literal = cursor.field("String");
  if (!literal.present) {
    const pattern = cursor.field("Regex");
    return translatePattern(pattern.string(), pattern);
  }
  const escaped = Array.from(literal.string(), (character) => hex(character.codePointAt(0) ?? 0));
  return new RegExp(escaped.join(""), "gv");
}
