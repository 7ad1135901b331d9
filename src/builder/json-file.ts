// JSON files of a model directory. They come from strangers: every value is looked at before it is used.
import { readTextFile } from "../io/index.ts";
import type { Findings } from "./findings.ts";
import type { ModelFile } from "./model-file.ts";

/** The largest config.json in use (100,000 labels) is below 8 MB; tokenizer.json is not read here. */
const JSON_BYTES_MAX = 32 * 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** A parsed object with the name messages call it by. */
export type JsonFile = { readonly name: string; readonly fields: JsonObject };

/** The file's top-level object. What is none becomes a problem and undefined. */
export function readJsonObject(file: ModelFile, findings: Findings): JsonFile | undefined {
  const value = readJson(file, findings);
  if (value === undefined) return undefined;
  if (isObject(value)) return { name: file.name, fields: value };
  findings.problem(file.name, "expected a JSON object");
  return undefined;
}

/** The file's value of any kind; what is no JSON becomes a problem and undefined. */
export function readJson(file: ModelFile, findings: Findings): unknown {
  const text = readTextFile(file.path, JSON_BYTES_MAX);
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    findings.problem(file.name, `expected JSON: ${reason}: copy the file again`);
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Own field of that name if it is a text, else undefined. */
export function textField(object: JsonObject | undefined, name: string): string | undefined {
  const value = ownField(object, name);
  return typeof value === "string" ? value : undefined;
}

/** Own field of that name if it is a whole number that is exact, else undefined. */
export function integerField(object: JsonObject | undefined, name: string): number | undefined {
  const value = ownField(object, name);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** Own field of that name; a field that is inherited by every object ("constructor") does not count. */
export function ownField(object: JsonObject | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}
