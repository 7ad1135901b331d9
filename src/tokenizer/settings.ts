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
  /** The token of text the vocabulary lacks; undefined where no file names one. */
  readonly unknownId: number | undefined;
  readonly truncateLeft: boolean;
  /** "file: field" of the side; "" where none says. */
  readonly truncateSource: string;
  readonly padLeft: boolean;
};

/** Libraries write 1e20 or 1e30 for "no limit"; no encoder takes a million tokens. */
const LENGTH_SENTINEL = 1_000_000;

/** Their positions start behind the padding id, so the table has that many unusable rows. */
const OFFSET_MODEL_TYPES: ReadonlySet<string> = new Set([
  "camembert",
  "data2vec-text",
  "esm",
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

/** Their positions start at 2 whatever the padding id, and the table has 2 rows more than the configuration says. */
const SHIFTED_MODEL_TYPES: ReadonlySet<string> = new Set(["mra", "nystromformer", "yoso"]);
const SHIFT = 2;

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
  const type = config.field("model_type").string("");
  if (SHIFTED_MODEL_TYPES.has(type)) return SHIFT;
  if (!OFFSET_MODEL_TYPES.has(type)) return 0;
  return config.field("pad_token_id").count(1) + 1;
}

/**
 * Position of the first token by a parsed config.json: RoBERTa and its kin count from behind the padding id, a few
 * others from 2, all others from 0.
 */
export function readFirstPosition(modelConfig: unknown): {
  readonly first: number;
  readonly hangsOnPadding: boolean;
} {
  const config = cursorOf(modelConfig, "config.json");
  const hangsOnPadding = OFFSET_MODEL_TYPES.has(config.field("model_type").string(""));
  return { first: firstPositionOf(config), hangsOnPadding };
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

/** Settings of a tokenizer inside those of sentence-transformers, under the old and the new name. */
const LOADING_KEYS = ["tokenizer_args", "processor_kwargs"] as const;

/** What the file says where the tokenizer is loaded, which goes before the tokenizer's own files. */
function loadingFields(files: TokenizerFiles, name: string): readonly JsonCursor[] {
  const config = cursorOf(
    files.sentenceBertConfig,
    files.sentenceBertName ?? "sentence_bert_config.json",
  );
  return LOADING_KEYS.map((key) => config.field(key))
    .filter((args) => args.present)
    .map((args) => args.field(name))
    .filter((field) => field.present);
}

/** What a call says goes before what loading says, and both before the field of old. */
function sentenceLimit(config: JsonCursor, file: string): LengthLimit | undefined {
  const nested = [["processing_kwargs", "text", "max_length"]];
  const loading = LOADING_KEYS.map((key) => [key, "model_max_length"]);
  for (const path of [...nested, ...loading, ["max_seq_length"]]) {
    let field = config;
    for (const name of path) {
      if (field.present) field = field.field(name);
    }
    const maxLength = readLength(field);
    if (maxLength !== undefined) return { maxLength, source: `${file}: ${path.join(".")}` };
  }
  return undefined;
}

function findLimits(files: TokenizerFiles): LengthLimit[] {
  const limits: LengthLimit[] = [];
  const tokenizerConfig = cursorOf(files.tokenizerConfig, "tokenizer_config.json");
  const sentenceName = files.sentenceBertName ?? "sentence_bert_config.json";
  const sentenceConfig = cursorOf(files.sentenceBertConfig, sentenceName);
  const stated = sentenceLimit(sentenceConfig, sentenceName);
  if (stated !== undefined) limits.push(stated);
  const candidates = [
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

type Vocabulary = Pick<Tokenizer, "tokenToId" | "idToToken" | "unknownId">;

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

// The configuration's name goes before the model's: tokenizers of bytes lack the latter only.
function findUnknown(config: JsonCursor, vocabulary: Vocabulary): number | undefined {
  const configured = readTokenText(config.field("unk_token"));
  const id = configured === undefined ? undefined : vocabulary.tokenToId(configured);
  return id ?? vocabulary.unknownId;
}

function readsLeft(field: JsonCursor): boolean | undefined {
  return field.present
    ? field.choice(["left", "right", "Left", "Right"]).toLowerCase() === "left"
    : undefined;
}

type Side = { readonly isLeft: boolean; readonly source: string };

/** The side of sentence-transformers' own file, else of the tokenizer's settings, else of tokenizer.json. */
function readSide(what: "padding" | "truncation", files: TokenizerFiles): Side {
  const inside = cursorOf(files.tokenizer, "tokenizer.json").field(what);
  const fields = [
    ...loadingFields(files, `${what}_side`),
    cursorOf(files.tokenizerConfig, "tokenizer_config.json").field(`${what}_side`),
    ...(inside.present ? [inside.field("direction")] : []),
  ];
  const field = fields.find(({ present }) => present);
  const isLeft = (field && readsLeft(field)) ?? false;
  return { isLeft, source: field?.path.replace(".json.", ".json: ") ?? "" };
}

/** Gathers the settings from the files; throws `TOKENIZER_INVALID` with file and field. */
export function readTokenizerSettings(
  files: TokenizerFiles,
  vocabulary: Vocabulary,
): TokenizerSettings {
  const lengthLimits = findLimits(files);
  const config = cursorOf(files.tokenizerConfig, "tokenizer_config.json");
  const pad = readSide("padding", files);
  const cut = readSide("truncation", files);
  return {
    maxLength: lengthLimits[0]?.maxLength,
    maxLengthSource: lengthLimits[0]?.source,
    lengthLimits,
    ...findPad(files, vocabulary),
    unknownId: findUnknown(config, vocabulary),
    truncateLeft: cut.isLeft,
    truncateSource: cut.source,
    padLeft: pad.isLeft,
  };
}
