// tokenizer.json to a tokenizer: finds the parts and hands each to its reader.
import { CodedError } from "../error/index.ts";
import { readAddedTokens } from "./added-token.ts";
import { readBpe } from "./bpe.ts";
import { readDecoder } from "./decoder.ts";
import { JsonCursor } from "./json-cursor.ts";
import type { TokenModel } from "./model.ts";
import { readNormalizer } from "./normalizer.ts";
import { PLAIN_POST_PROCESSOR, readPostProcessor } from "./post-processor.ts";
import { readPreTokenizer } from "./pre-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";
import { readUnigram } from "./unigram.ts";
import { readWordLevel } from "./word-level.ts";
import { readWordPiece } from "./word-piece.ts";

const MODEL_READER: Readonly<Record<string, (cursor: JsonCursor) => TokenModel>> = {
  BPE: readBpe,
  Unigram: readUnigram,
  WordPiece: readWordPiece,
  WordLevel: readWordLevel,
};

/** The kind of a model; files from before kinds were written are told by their fields. */
function modelKind(model: JsonCursor): string {
  const type = model.field("type");
  if (type.present) return type.string();
  if (model.field("merges").present) return "BPE";
  if (Array.isArray(model.field("vocab").value)) return "Unigram";
  return model.field("continuing_subword_prefix").present ? "WordPiece" : "WordLevel";
}

function readModel(cursor: JsonCursor): TokenModel {
  const kind = modelKind(cursor);
  const read = Object.hasOwn(MODEL_READER, kind) ? MODEL_READER[kind] : undefined;
  if (read === undefined) throw cursor.unsupported("model", kind);
  return read(cursor);
}

function parseJson(json: string | Uint8Array): unknown {
  try {
    const text =
      typeof json === "string" ? json : new TextDecoder("utf-8", { fatal: true }).decode(json);
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError(
      "TOKENIZER_INVALID",
      "Cannot read the tokenizer: it is not JSON: is this the tokenizer.json of the model?",
      { cause },
    );
  }
}

/** Published encoderfiles wrap the document together with the settings they were built with. */
function unwrap(document: JsonCursor): JsonCursor {
  const inner = document.field("tokenizer");
  return inner.present && !document.field("model").present ? inner : document;
}

/**
 * Loads a tokenizer.json, or the wrapped form of published encoderfiles.
 * Padding and truncation written in it are not applied: they are up to the caller of `encode`.
 * Throws `TOKENIZER_INVALID` with the path of the fault, `TOKENIZER_UNSUPPORTED` with the component's name.
 */
export function loadTokenizer(json: string | Uint8Array): Tokenizer {
  const document = unwrap(new JsonCursor(parseJson(json), ""));
  const model = readModel(document.field("model"));
  const normalizer = document.field("normalizer");
  const normalize = normalizer.present ? readNormalizer(normalizer) : undefined;
  const preTokenizer = document.field("pre_tokenizer");
  const postProcessor = document.field("post_processor");
  return new Tokenizer({
    model,
    normalize,
    added: readAddedTokens(document.field("added_tokens"), model, normalize),
    preTokenizer: preTokenizer.present ? readPreTokenizer(preTokenizer) : undefined,
    postProcessor: postProcessor.present ? readPostProcessor(postProcessor) : PLAIN_POST_PROCESSOR,
    decoder: readDecoder(document.field("decoder")),
  });
}
