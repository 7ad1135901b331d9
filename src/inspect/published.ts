// What a file without this project's model profile says through its assets: graph, tokenizer and labels are read anew.
import { CodedError } from "../error/index.ts";
import type { OpenedFile } from "../format/index.ts";
import type { ByteSource } from "../io/index.ts";
import { scanModel } from "../onnx/index.ts";
import { loadTokenizer, readTokenizerSettings } from "../tokenizer/index.ts";
import {
  describeGraph,
  type ModelReport,
  side,
  slotSource,
  type TokenizerReport,
} from "./report.ts";

/** The largest tokenizer.json in use has 33 MB, and a wrapped one is no smaller. */
const TOKENIZER_BYTES_MAX = 256 * 1024 * 1024;
const CONFIG_BYTES_MAX = 32 * 1024 * 1024;

/** Parts that cannot be read are left out and named among the problems. */
export function readPublished(opened: OpenedFile): ModelReport {
  const problems: string[] = [];
  const read = <T>(
    slot: "weights" | "tokenizer" | "model_config",
    reader: (source: ByteSource) => T,
  ): T | undefined => {
    const source = slotSource(opened, slot);
    if (source === undefined) return undefined;
    try {
      return reader(source);
    } catch (thrown) {
      // Inspecting is for broken files too: what is unreadable is part of the answer.
      const isSyntax = thrown instanceof SyntaxError;
      problems.push(
        isSyntax ? `Cannot read ${source.name}: expected JSON` : CodedError.from(thrown).message,
      );
      return undefined;
    }
  };
  const graph = read("weights", (source) => describeGraph(scanModel(source).graph));
  const config = read("model_config", (source) => readJson(source, CONFIG_BYTES_MAX));
  const tokenizer = read("tokenizer", (source) => describeTokenizer(source, config));
  return {
    ...(graph === undefined ? {} : { graph }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
    labels: labelsOf(config),
    problems,
  };
}

function describeTokenizer(source: ByteSource, config: unknown): TokenizerReport {
  const document = readJson(source, TOKENIZER_BYTES_MAX);
  const tokenizer = loadTokenizer(JSON.stringify(document));
  const wrapped = child(document, "config");
  const settings = readTokenizerSettings({ modelConfig: config }, tokenizer);
  const maxLength = numberOf(child(child(wrapped, "truncation"), "max_length"));
  const padding = child(wrapped, "padding");
  const padId = numberOf(child(padding, "pad_id")) ?? settings.padId;
  return {
    kind: tokenizer.kind,
    vocabularySize: tokenizer.vocabularySize,
    maxLength: maxLength ?? settings.maxLength ?? 0,
    padToken: tokenizer.idToToken(padId) || null,
    padId,
    padSide: side(child(padding, "direction") === "Left"),
    truncationSide: side(child(child(wrapped, "truncation"), "direction") === "Left"),
    fixedLength: numberOf(child(child(padding, "strategy"), "Fixed")) ?? 0,
  };
}

/** Names of id2label in the order of their ids. */
function labelsOf(config: unknown): readonly string[] {
  const table = child(config, "id2label");
  if (typeof table !== "object" || table === null) return [];
  return Object.entries(table)
    .filter((entry): entry is [string, string] => typeof entry[1] === "string")
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, label]) => label);
}

function readJson(source: ByteSource, byteLengthMax: number): unknown {
  if (source.byteLength > byteLengthMax) {
    throw new CodedError(
      "IO_TOO_LARGE",
      `Cannot read ${source.name} as it has ${source.byteLength} bytes: expected at most ${byteLengthMax}`,
    );
  }
  return JSON.parse(new TextDecoder().decode(source.read(0, source.byteLength)));
}

function child(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** Numbers beyond 2^53 are how published builders write "no limit". */
function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
