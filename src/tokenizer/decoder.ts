// Decoders: token texts back to one text.
import type { JsonCursor } from "./json-cursor.ts";

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

function readWordPieceStep(cursor: JsonCursor): DecodeStep {
  const prefix = cursor.field("prefix").string("##");
  const cleanup = cursor.field("cleanup").boolean(true);
  return (tokens) =>
    tokens.map((token, index) => {
      const continues = index > 0 && token.startsWith(prefix);
      let text = continues ? token.slice(prefix.length) : index > 0 ? ` ${token}` : token;
      if (cleanup) for (const [from, to] of CLEANUPS) text = text.replaceAll(from, to);
      return text;
    });
}

const READER: Readonly<Record<string, (cursor: JsonCursor) => DecodeStep>> = {
  WordPiece: readWordPieceStep,
  Fuse: () => (tokens) => [tokens.join("")],
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
