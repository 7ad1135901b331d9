// Normalisers: text before it is cut. Each is a function from aligned text to aligned text.
import type { AlignedText } from "./aligned-text.ts";
import { readBertNormalizer } from "./bert-normalizer.ts";
import type { JsonCursor } from "./json-cursor.ts";

export type Normalizer = (input: AlignedText) => AlignedText;

const READER: Readonly<Record<string, (cursor: JsonCursor) => Normalizer>> = {
  BertNormalizer: readBertNormalizer,
  Sequence: readSequence,
};

function readSequence(cursor: JsonCursor): Normalizer {
  const steps = cursor.field("normalizers").items().map(readNormalizer);
  return (input) => steps.reduce((text, step) => step(text), input);
}

export function readNormalizer(cursor: JsonCursor): Normalizer {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("normalizer", type);
  return read(cursor);
}
