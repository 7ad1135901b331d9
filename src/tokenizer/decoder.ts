// Decoders: token texts back to one text.
import { CHARACTER_BYTE } from "./byte-level.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { readPattern } from "./pattern.ts";

/** Joins the texts of tokens to readable text. */
export type Decoder = (tokens: readonly string[]) => string;

/** A step of a decoder: token texts in, token texts out. */
type DecodeStep = (tokens: readonly string[]) => string[];

/** Spaces the WordPiece decoder takes out, in the order the reference takes them out. */
const CLEANUPS = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

/** Most tokens have none of them: asked once for all, as a list may have a quarter of a million. */
const HAS_CLEANUP = / (?:[.?!,]|' |n't|'(?:m|s|ve|re)|do not)/;

function cleanUp(token: string): string {
  if (!HAS_CLEANUP.test(token)) return token;
  return CLEANUPS.reduce((text, [from, to]) => text.replaceAll(from, to), token);
}

function readWordPieceStep(cursor: JsonCursor): DecodeStep {
  const prefix = cursor.field("prefix").string("##");
  const cleans = cursor.field("cleanup").boolean(true);
  return (tokens) =>
    tokens.map((token, index) => {
      let text = token;
      if (index > 0) text = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleans ? cleanUp(text) : text;
    });
}

/** A token that is no byte-level text stands for its own UTF-8 bytes. */
function readByteLevelStep(): DecodeStep {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const bytesOf = (token: string): Iterable<number> => {
    const bytes = Array.from(token, (character) => CHARACTER_BYTE.get(character));
    return bytes.every((byte) => byte !== undefined) ? bytes : encoder.encode(token);
  };
  return (tokens) => [
    decoder.decode(Uint8Array.from(tokens.flatMap((each) => [...bytesOf(each)]))),
  ];
}

function readMetaspaceStep(cursor: JsonCursor): DecodeStep {
  const replacement = cursor.field("replacement").string("▁");
  const declared = cursor.field("prepend_scheme").choice(["always", "first", "never"], "always");
  const prepends = declared !== "never" && cursor.field("add_prefix_space").boolean(true);
  return (tokens) =>
    tokens.map((token, index) => token.replaceAll(replacement, index === 0 && prepends ? "" : " "));
}

function readBpeStep(cursor: JsonCursor): DecodeStep {
  const suffix = cursor.field("suffix").string("</w>");
  return (tokens) =>
    tokens.map((token, index) => token.replaceAll(suffix, index === tokens.length - 1 ? "" : " "));
}

function readCtcStep(cursor: JsonCursor): DecodeStep {
  const pad = cursor.field("pad_token").string("<pad>");
  const delimiter = cursor.field("word_delimiter_token").string("|");
  const cleans = cursor.field("cleanup").boolean(true);
  return (tokens) =>
    tokens
      .filter((token, index) => token !== tokens[index - 1])
      .map((token) => token.replaceAll(pad, ""))
      .map((token) => (cleans ? cleanUp(token).replaceAll(delimiter, " ") : token))
      .filter((token) => token !== "");
}

function readReplaceStep(cursor: JsonCursor): DecodeStep {
  const pattern = readPattern(cursor.field("pattern"));
  const content = cursor.field("content").string();
  return (tokens) => tokens.map((token) => token.replace(pattern, () => content));
}

function readStripStep(cursor: JsonCursor): DecodeStep {
  const content = cursor.field("content").string();
  const startMax = cursor.field("start").count();
  const stopMax = cursor.field("stop").count();
  return (tokens) =>
    tokens.map((token) => {
      const characters = [...token];
      let start = 0;
      let stop = characters.length;
      while (start < startMax && start < stop && characters[start] === content) start++;
      const stopMin = Math.max(start, characters.length - stopMax);
      while (stop > stopMin && characters[stop - 1] === content) stop--;
      return characters.slice(start, stop).join("");
    });
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/** Byte tokens in a row become text; if they are not UTF-8, each becomes U+FFFD. */
function readByteFallbackStep(): DecodeStep {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const textOf = (bytes: readonly number[]): string => {
    try {
      return decoder.decode(Uint8Array.from(bytes));
    } catch {
      // Not UTF-8, which the contract of the step has an answer for.
      return "\ufffd".repeat(bytes.length);
    }
  };
  return (tokens) => {
    const texts: string[] = [];
    let bytes: number[] = [];
    for (const token of tokens) {
      const byte = BYTE_TOKEN.exec(token)?.[1];
      if (byte !== undefined) {
        bytes.push(Number.parseInt(byte, 16));
        continue;
      }
      if (bytes.length > 0) texts.push(textOf(bytes));
      bytes = [];
      texts.push(token);
    }
    if (bytes.length > 0) texts.push(textOf(bytes));
    return texts;
  };
}

function readSequenceStep(cursor: JsonCursor): DecodeStep {
  const steps = cursor.field("decoders").items().map(readStep);
  return (tokens) => steps.reduce<string[]>((texts, step) => step(texts), [...tokens]);
}

const READER: Readonly<Record<string, (cursor: JsonCursor) => DecodeStep>> = {
  BPEDecoder: readBpeStep,
  ByteFallback: readByteFallbackStep,
  ByteLevel: readByteLevelStep,
  CTC: readCtcStep,
  Fuse: () => (tokens) => [tokens.join("")],
  Metaspace: readMetaspaceStep,
  Replace: readReplaceStep,
  Sequence: readSequenceStep,
  Strip: readStripStep,
  WordPiece: readWordPieceStep,
};

function readStep(cursor: JsonCursor): DecodeStep {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("decoder", type);
  return read(cursor);
}

/** The decoder of a file; without one, tokens are joined by spaces. */
export function readDecoder(cursor: JsonCursor): Decoder {
  if (!cursor.present) return (tokens) => tokens.join(" ");
  const step = readStep(cursor);
  return (tokens) => step(tokens).join("");
}
