// The parts of a tokenizer file: its large tables read from the text, everything else parsed.
import { CodedError, isCodedError } from "../error/index.ts";
import { JsonCursor } from "./json-cursor.ts";
import { type JsonRange, JsonScanner } from "./json-scan.ts";
import { readVocabulary, type Vocabulary } from "./vocabulary.ts";

/** A tokenizer.json taken apart. */
export type TokenizerDocument = {
  /** The document; the large tables of its model are null in it. */
  readonly root: JsonCursor;
  readonly vocabulary: Vocabulary | undefined;
  /** Stands before the merges of the model. */
  readonly merges: JsonScanner | undefined;
};

/** What was found of one model, and where. */
type Tables = {
  readonly ranges: JsonRange[];
  vocabulary: Vocabulary | undefined;
  merges: JsonScanner | undefined;
};

/** Reads the members of an object; `read` steps over one value and tells whether it is to be left out. */
function eachMember(scanner: JsonScanner, read: (key: string) => void): void {
  if (!scanner.take("{") || scanner.take("}")) return;
  do {
    if (!scanner.isAtString()) return;
    scanner.readString();
    const key = scanner.string.slice(scanner.from, scanner.to);
    if (!scanner.take(":")) return;
    read(key);
  } while (scanner.take(","));
  scanner.take("}");
}

function readModelTables(scanner: JsonScanner, path: string, tables: Tables): void {
  eachMember(scanner, (key) => {
    scanner.peek();
    const start = scanner.at;
    const isTable = key === "vocab" && (scanner.isAtArray() || scanner.isAtObject());
    if (isTable) {
      const table = scanner.fork(`${path}.${key}`, start);
      tables.vocabulary = readVocabulary(table);
      scanner.at = table.at;
    } else {
      scanner.skipValue();
      if (key !== "merges") return;
      tables.merges = scanner.fork(`${path}.${key}`, start);
    }
    tables.ranges.push({ start, end: scanner.at });
  });
}

/** Finds the model: it is in the document or, in published encoderfiles, in its `tokenizer`. */
function readTables(scanner: JsonScanner, path: string, tables: Tables): void {
  eachMember(scanner, (key) => {
    const keyPath = path === "" ? key : `${path}.${key}`;
    const isObject = scanner.isAtObject();
    if (isObject && key === "model") readModelTables(scanner, keyPath, tables);
    else if (isObject && keyPath === "tokenizer") readTables(scanner, keyPath, tables);
    else scanner.skipValue();
  });
}

function decodeText(json: string | Uint8Array): string {
  return typeof json === "string" ? json : new TextDecoder("utf-8", { fatal: true }).decode(json);
}

/** Everything but the ranges, which become null. */
function parseRest(text: string, ranges: readonly JsonRange[]): unknown {
  let rest = "";
  let done = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    rest += `${text.slice(done, start)}null`;
    done = end;
  }
  return JSON.parse(rest + text.slice(done));
}

/** Takes a tokenizer file apart; published encoderfiles wrap it together with settings of their own. */
export function openDocument(json: string | Uint8Array): TokenizerDocument {
  let text: string;
  let parsed: unknown;
  const tables: Tables = { ranges: [], vocabulary: undefined, merges: undefined };
  try {
    text = decodeText(json);
    readTables(new JsonScanner(text, ""), "", tables);
    parsed = parseRest(text, tables.ranges);
  } catch (cause) {
    if (isCodedError(cause)) throw cause;
    throw new CodedError(
      "TOKENIZER_INVALID",
      "Cannot read the tokenizer: it is not JSON: is this the tokenizer.json of the model?",
      { cause },
    );
  }
  const outer = new JsonCursor(parsed, "");
  const wrapped = !outer.field("model").present && outer.field("tokenizer").present;
  return {
    root: wrapped ? outer.field("tokenizer") : outer,
    vocabulary: tables.vocabulary,
    merges: tables.merges,
  };
}
