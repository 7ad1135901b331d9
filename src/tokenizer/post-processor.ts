// Post-processors: the special tokens put around texts, and spans trimmed of spaces.
// All kinds come down to two templates and a list of trims.
import type { JsonCursor } from "./json-cursor.ts";

/** One step of a template: the tokens of a text (0 or 1), or one special token. */
export type TemplatePiece =
  | { readonly sequence: 0 | 1; readonly typeId: number }
  | { readonly sequence: undefined; readonly id: number; readonly typeId: number };

export type Template = readonly TemplatePiece[];

/** Takes the spaces at the ends of byte-level tokens out of their spans. */
export type SpanTrim = { readonly keepsPrefixSpace: boolean };

export type PostProcessor = {
  readonly single: Template;
  readonly pair: Template;
  readonly trims: readonly SpanTrim[];
};

const text = (sequence: 0 | 1, typeId: number): TemplatePiece => ({ sequence, typeId });
const special = (id: number, typeId: number): TemplatePiece => ({
  sequence: undefined,
  id,
  typeId,
});

/** What happens without a post-processor: texts one after the other. */
export const PLAIN_POST_PROCESSOR: PostProcessor = {
  single: [text(0, 0)],
  pair: [text(0, 0), text(1, 1)],
  trims: [],
};

/** The number of special tokens a template adds. */
export function countSpecial(template: Template): number {
  return template.reduce((count, piece) => count + (piece.sequence === undefined ? 1 : 0), 0);
}

/** The template without its special tokens; types stay. */
export function withoutSpecial(template: Template): Template {
  return template.filter((piece) => piece.sequence !== undefined);
}

/** A token text and its id, written as a list of two. */
function readTokenId(cursor: JsonCursor): number {
  const items = cursor.items();
  const id = items[1];
  if (items.length !== 2 || id === undefined) throw cursor.invalid("a token and its id");
  return id.tokenId();
}

function readBert(cursor: JsonCursor): PostProcessor {
  const sep = readTokenId(cursor.field("sep"));
  const cls = readTokenId(cursor.field("cls"));
  const single = [special(cls, 0), text(0, 0), special(sep, 0)];
  return { single, pair: [...single, text(1, 1), special(sep, 1)], trims: [] };
}

function readRoberta(cursor: JsonCursor): PostProcessor {
  const sep = readTokenId(cursor.field("sep"));
  const cls = readTokenId(cursor.field("cls"));
  const single = [special(cls, 0), text(0, 0), special(sep, 0)];
  const trims = cursor.field("trim_offsets").boolean(true)
    ? [{ keepsPrefixSpace: cursor.field("add_prefix_space").boolean(true) }]
    : [];
  return { single, pair: [...single, special(sep, 0), text(1, 0), special(sep, 0)], trims };
}

function readByteLevel(cursor: JsonCursor): PostProcessor {
  const trims = cursor.field("trim_offsets").boolean(true)
    ? [{ keepsPrefixSpace: cursor.field("add_prefix_space").boolean(true) }]
    : [];
  return { ...PLAIN_POST_PROCESSOR, trims };
}

function readSpecialPiece(cursor: JsonCursor, specials: JsonCursor): Template {
  const name = cursor.field("id").string();
  const typeId = cursor.field("type_id").count();
  const token = specials.field(name);
  if (!token.present) throw cursor.invalid("a token that special_tokens lists");
  return token
    .field("ids")
    .items()
    .map((id) => special(id.tokenId(), typeId));
}

function readTemplate(cursor: JsonCursor, specials: JsonCursor): Template {
  return cursor.items().flatMap((item): Template => {
    const sequence = item.field("Sequence");
    if (!sequence.present) return readSpecialPiece(item.field("SpecialToken"), specials);
    const place = sequence.field("id").choice(["A", "B"]) === "A" ? 0 : 1;
    return [text(place, sequence.field("type_id").count())];
  });
}

function readTemplateProcessing(cursor: JsonCursor): PostProcessor {
  const specials = cursor.field("special_tokens");
  const single = readTemplate(cursor.field("single"), specials);
  const pair = readTemplate(cursor.field("pair"), specials);
  if (single.some((piece) => piece.sequence === 1)) {
    throw cursor.field("single").invalid("a template without the second text");
  }
  return { single, pair, trims: [] };
}

/** Several processors: any number that trim, at most one with a template. */
function readSequence(cursor: JsonCursor): PostProcessor {
  let joined = PLAIN_POST_PROCESSOR;
  let templateSeen = false;
  for (const item of cursor.field("processors").items()) {
    const next = readPostProcessor(item);
    const trims = [...joined.trims, ...next.trims];
    const hasTemplate = next.single !== PLAIN_POST_PROCESSOR.single;
    if (hasTemplate && templateSeen) throw item.unsupported("post-processor", "a second template");
    templateSeen ||= hasTemplate;
    joined = hasTemplate ? { ...next, trims } : { ...joined, trims };
  }
  return joined;
}

const READER: Readonly<Record<string, (cursor: JsonCursor) => PostProcessor>> = {
  BertProcessing: readBert,
  RobertaProcessing: readRoberta,
  ByteLevel: readByteLevel,
  TemplateProcessing: readTemplateProcessing,
  Sequence: readSequence,
};

export function readPostProcessor(cursor: JsonCursor): PostProcessor {
  const type = cursor.field("type").string();
  const read = Object.hasOwn(READER, type) ? READER[type] : undefined;
  if (read === undefined) throw cursor.unsupported("post-processor", type);
  return read(cursor);
}
