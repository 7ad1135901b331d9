// Settings that lie beside tokenizer.json: how long an input may be, what pads it and on which side.
import { JsonCursor } from "./json-cursor.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** The longest sequence any encoder in use takes is 32,768; four times that still fits every index and sum. */
export const SEQUENCE_LENGTH_MAX = 131_072;

/** Parsed JSON files of a model directory; a file that is not there is left out. Contents are checked. */
export type TokenizerFiles = {
  readonly tokenizer?: unknown;
  readonly tokenizerConfig?: unknown;
  readonly sentenceBertConfig?: unknown;
  /** What the file before is called, where that is not its usual name. */
  readonly sentenceBertName?: string;
  readonly modelConfig?: unknown;
};

/** One place that states a limit. */
export type LengthLimit = {
  readonly maxLength: number;
  /** "file: field", with the arithmetic if there was any. */
  readonly source: string;
};

export type TokenizerSettings = {
  /** Most tokens the model takes, special tokens included; undefined when no file says. */
  readonly maxLength: number | undefined;
  readonly maxLengthSource: string | undefined;
  /** Every limit found, the one that holds first. */
  readonly lengthLimits: readonly LengthLimit[];
  readonly padId: number;
  readonly padToken: string | undefined;
  readonly truncateLeft: boolean;
  readonly padLeft: boolean;
};

/** Libraries write 1e20 or 1e30 for "no limit"; no encoder takes a million tokens. */
const LENGTH_SENTINEL = 1_000_000;

/** Their positions start behind the padding id, so the table has that many unusable rows. */
const OFFSET_MODEL_TYPES: ReadonlySet<string> = new Set([
  "camembert",
  "data2vec-text",
  "ibert",
  "lilt",
  "longformer",
  "luke",
  "mluke",
  "mpnet",
  "roberta",
  "roberta-prelayernorm",
  "xlm-roberta",
  "xlm-roberta-xl",
  "xmod",
]);

/** Their positions are relative: the number in the configuration limits nothing. */
const RELATIVE_MODEL_TYPES: ReadonlySet<string> = new Set(["t5", "mt5", "umt5", "longt5"]);

function cursorOf(value: unknown, file: string): JsonCursor {
  return new JsonCursor(value ?? {}, file);
}

/** The field's length, or undefined when it is absent or a sentinel. */
function readLength(field: JsonCursor): number | undefined {
  if (!field.present) return undefined;
  const { value } = field;
  if (typeof value !== "number" || !(value >= 1)) throw field.invalid("a length in tokens");
  if (value > LENGTH_SENTINEL) return undefined;
  if (!Number.isInteger(value)) throw field.invalid("a length in tokens");
  return value;
}

function firstPositionOf(config: JsonCursor): number {
  if (!OFFSET_MODEL_TYPES.has(config.field("model_type").string(""))) return 0;
  return config.field("pad_token_id").count(1) + 1;
}

/** Position of the first token by a parsed config.json: RoBERTa and its kin count from behind the padding id, others from 0. */
export function readFirstPosition(modelConfig: unknown): number {
  return firstPositionOf(cursorOf(modelConfig, "config.json"));
}

function positionLimit(config: JsonCursor): LengthLimit | undefined {
  const type = config.field("model_type").string("");
  if (RELATIVE_MODEL_TYPES.has(type)) return undefined;
  for (const name of ["max_position_embeddings", "n_positions"]) {
    const rows = readLength(config.field(name));
    if (rows === undefined) continue;
    const source = `config.json: ${name}`;
    if (!OFFSET_MODEL_TYPES.has(type)) return { maxLength: rows, source };
    const offset = firstPositionOf(config);
    if (rows <= offset) throw config.field(name).invalid(`more than ${offset} positions`);
    return { maxLength: rows - offset, source: `${source} - ${offset}` };
  }
  return undefined;
}

function findLimits(files: TokenizerFiles): LengthLimit[] {
  const limits: LengthLimit[] = [];
  const tokenizerConfig = cursorOf(files.tokenizerConfig, "tokenizer_config.json");
  const sentenceName = files.sentenceBertName ?? "sentence_bert_config.json";
  const sentenceConfig = cursorOf(files.sentenceBertConfig, sentenceName);
  const candidates = [
    [sentenceConfig, sentenceName, "max_seq_length"],
    [tokenizerConfig, "tokenizer_config.json", "model_max_length"],
    [tokenizerConfig, "tokenizer_config.json", "max_len"],
  ] as const;
  for (const [cursor, file, name] of candidates) {
    const maxLength = readLength(cursor.field(name));
    if (maxLength !== undefined) limits.push({ maxLength, source: `${file}: ${name}` });
  }
  const position = positionLimit(cursorOf(files.modelConfig, "config.json"));
  if (position !== undefined) limits.push(position);
  return limits.sort((a, b) => a.maxLength - b.maxLength);
}

/** A token written as a string or as an object with its content. */
function readTokenText(field: JsonCursor): string | undefined {
  if (!field.present) return undefined;
  return typeof field.value === "string" ? field.value : field.field("content").string();
}

type Vocabulary = Pick<Tokenizer, "tokenToId" | "idToToken">;

function findPad(files: TokenizerFiles, vocabulary: Vocabulary) {
  const configured = cursorOf(files.tokenizerConfig, "tokenizer_config.json").field("pad_token");
  const padToken = readTokenText(configured);
  if (padToken !== undefined) {
    const padId = vocabulary.tokenToId(padToken);
    if (padId === undefined) throw configured.invalid("a token of the vocabulary");
    return { padId, padToken };
  }
  const padding = cursorOf(files.tokenizer, "tokenizer.json").field("padding");
  const stated = [
    padding.present ? padding.field("pad_id") : undefined,
    cursorOf(files.modelConfig, "config.json").field("pad_token_id"),
  ].find((field) => field?.present);
  // Padding is masked out, so without any statement the first token serves as well as another.
  const padId = stated?.count() ?? 0;
  return { padId, padToken: stated === undefined ? undefined : vocabulary.idToToken(padId) };
}

function readsLeft(field: JsonCursor): boolean | undefined {
  return field.present
    ? field.choice(["left", "right", "Left", "Right"]).toLowerCase() === "left"
    : undefined;
}

/** Gathers the settings from the files; throws `TOKENIZER_INVALID` with file and field. */
export function readTokenizerSettings(
  files: TokenizerFiles,
  vocabulary: Vocabulary,
): TokenizerSettings {
  const lengthLimits = findLimits(files);
  const config = cursorOf(files.tokenizerConfig, "tokenizer_config.json");
  const padding = cursorOf(files.tokenizer, "tokenizer.json").field("padding");
  const padSide =
    readsLeft(config.field("padding_side")) ??
    (padding.present ? readsLeft(padding.field("direction")) : undefined);
  return {
    maxLength: lengthLimits[0]?.maxLength,
    maxLengthSource: lengthLimits[0]?.source,
    lengthLimits,
    ...findPad(files, vocabulary),
    truncateLeft: readsLeft(config.field("truncation_side")) ?? false,
    padLeft: padSide ?? false,
  };
}
