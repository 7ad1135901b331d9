// Normalisers: text before it is cut. Each is a function from aligned text to aligned text.
import {
  AlignedTextBuilder,
  characterRange,
  mapCharacters,
  type Normalizer,
  originalStart,
  sliceAligned,
} from "./aligned-text.ts";
import { readBertNormalizer } from "./bert-normalizer.ts";
import { byteLevelText } from "./byte-level.ts";
import {
  ACCENT_FLAGS,
  CHARACTER_FLAG,
  isWhitespaceUnit,
  rememberByCharacter,
} from "./character.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { readPattern } from "./pattern.ts";
import { readPrecompiled } from "./precompiled.ts";
import { normalizeForm, type UnicodeForm } from "./unicode-form.ts";

const ASCII = /^[\0-\x7f]*$/;

function readLowercase(): Normalizer {
  // Character by character: the reference knows no final sigma.
  const lower = rememberByCharacter((codePoint) => String.fromCodePoint(codePoint).toLowerCase());
  return (input) =>
    ASCII.test(input.text)
      ? { ...input, text: input.text.toLowerCase() }
      : mapCharacters(input, lower);
}

function readStrip(cursor: JsonCursor): Normalizer {
  const left = cursor.field("strip_left").boolean(true);
  const right = cursor.field("strip_right").boolean(true);
  return (input) => {
    const { text } = input;
    let start = 0;
    let end = text.length;
    if (left) while (start < end && isWhitespaceUnit(text, start)) start++;
    if (right) while (end > start && isWhitespaceUnit(text, end - 1)) end--;
    return end - start === text.length ? input : sliceAligned(input, start, end);
  };
}

function readStripAccents(): Normalizer {
  const strip = rememberByCharacter((codePoint) => {
    const flag = ACCENT_FLAGS.at(codePoint);
    return flag & CHARACTER_FLAG.accentMark ? "" : String.fromCodePoint(codePoint);
  });
  return (input) => (ASCII.test(input.text) ? input : mapCharacters(input, strip));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the set is that of the reference.
const NMT_DROPPED = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/;
const NMT_SPACE = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/;

function readNmt(): Normalizer {
  const clean = rememberByCharacter((codePoint) => {
    const character = String.fromCodePoint(codePoint);
    if (NMT_DROPPED.test(character)) return "";
    return NMT_SPACE.test(character) ? " " : character;
  });
  return (input) =>
    NMT_DROPPED.test(input.text) || NMT_SPACE.test(input.text)
      ? mapCharacters(input, clean)
      : input;
}

/** What replaces a match shares the range of the match's last character. */
function readReplace(cursor: JsonCursor): Normalizer {
  const pattern = readPattern(cursor.field("pattern"));
  const content = cursor.field("content").string();
  return (input) => {
    const { text } = input;
    let out: AlignedTextBuilder | undefined;
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      out ??= new AlignedTextBuilder(text.length + content.length);
      const end = match.index + match[0].length;
      out.copy(input, done, match.index);
      if (end > 0) out.push(content, ...characterRange(input, end - 1));
      else out.push(content, originalStart(input, 0), originalStart(input, 0));
      done = end;
    }
    if (out === undefined) return input;
    out.copy(input, done, text.length);
    return out.finish();
  };
}

/** What is put in front shares the range of the first character. */
function readPrepend(cursor: JsonCursor): Normalizer {
  const text = cursor.field("prepend").string();
  return (input) => {
    if (input.text === "") return input;
    const out = new AlignedTextBuilder(input.text.length + text.length);
    out.push(text, ...characterRange(input, 0));
    out.copy(input, 0, input.text.length);
    return out.finish();
  };
}

function readSequence(cursor: JsonCursor): Normalizer {
  const steps = cursor.field("normalizers").items().map(readNormalizer);
  return (input) => steps.reduce((text, step) => step(text), input);
}

const form = (name: UnicodeForm) => (): Normalizer => (input) => normalizeForm(input, name);

const READER: Readonly<Record<string, (cursor: JsonCursor) => Normalizer>> = {
  BertNormalizer: readBertNormalizer,
  ByteLevel: () => byteLevelText,
  Lowercase: readLowercase,
  NFC: form("NFC"),
  NFD: form("NFD"),
  NFKC: form("NFKC"),
  NFKD: form("NFKD"),
  Nmt: readNmt,
  Precompiled: readPrecompiled,
  Prepend: readPrepend,
  Replace: readReplace,
  Sequence: readSequence,
  Strip: readStrip,
  StripAccents: readStripAccents,
};

export function readNormalizer(cursor: JsonCursor): Normalizer {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("normalizer", type);
  return read(cursor);
}
