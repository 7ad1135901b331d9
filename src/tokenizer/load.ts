// tokenizer.json to a tokenizer: finds the parts and hands each to its reader.
import { readAddedTokens } from "./added-token.ts";
import { readBpe } from "./bpe.ts";
import { readDecoder } from "./decoder.ts";
import { openDocument, type TokenizerDocument } from "./document.ts";
import type { ModelSource, TokenModel } from "./model.ts";
import { readNormalizer } from "./normalizer.ts";
import { PLAIN_POST_PROCESSOR, readPostProcessor } from "./post-processor.ts";
import { readPreTokenizer } from "./pre-tokenizer.ts";
import { Tokenizer } from "./tokenizer.ts";
import { readUnigram } from "./unigram.ts";
import { readWordLevel } from "./word-level.ts";
import { readWordPiece } from "./word-piece.ts";

const MODEL_READER: Readonly<Record<string, (source: ModelSource) => TokenModel>> = {
  BPE: readBpe,
  Unigram: readUnigram,
  WordPiece: readWordPiece,
  WordLevel: readWordLevel,
};

/** The kind of a model; files from before kinds were written are told by their fields. */
function modelKind({ settings, vocabulary, merges }: ModelSource): string {
  const type = settings.field("type");
  if (type.present) return type.string();
  if (merges !== undefined) return "BPE";
  if (vocabulary.scores !== undefined) return "Unigram";
  return settings.field("continuing_subword_prefix").present ? "WordPiece" : "WordLevel";
}

function readModel({ root, vocabulary, merges }: TokenizerDocument): TokenModel {
  const settings = root.field("model");
  if (vocabulary === undefined) throw settings.field("vocab").invalid("a vocabulary");
  const source: ModelSource = { settings, vocabulary, merges };
  const kind = modelKind(source);
  const read = Object.hasOwn(MODEL_READER, kind) ? MODEL_READER[kind] : undefined;
  if (read === undefined) throw settings.unsupported("model", kind);
  return read(source);
}

/**
 * Loads a tokenizer.json, or the wrapped form of published encoderfiles.
 * Padding and truncation written in it are not applied: they are up to the caller of `encode`.
 * Throws `TOKENIZER_INVALID` with the path of the fault, `TOKENIZER_UNSUPPORTED` with the component's name.
 */
export function loadTokenizer(json: string | Uint8Array): Tokenizer {
  const document = openDocument(json);
  const model = readModel(document);
  const { root } = document;
  const normalizer = root.field("normalizer");
  const normalize = normalizer.present ? readNormalizer(normalizer) : undefined;
  const preTokenizer = root.field("pre_tokenizer");
  const postProcessor = root.field("post_processor");
  return new Tokenizer({
    model,
    normalize,
    added: readAddedTokens(root.field("added_tokens"), model, normalize),
    preTokenizer: preTokenizer.present ? readPreTokenizer(preTokenizer) : undefined,
    postProcessor: postProcessor.present ? readPostProcessor(postProcessor) : PLAIN_POST_PROCESSOR,
    decoder: readDecoder(root.field("decoder")),
  });
}
