// encoderfile.yml -> settings. Knows YAML and lines; what a key means is in config.ts.
import { dirname } from "node:path";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from "yaml";
import { readTextFile } from "../io/index.ts";
import type { Problem } from "../task/index.ts";
import { FIELDS, type SettingId } from "./config.ts";
import { type Given, type ReadSettings, readSetting, type Settings } from "./settings.ts";
import { nearestWord, suggest } from "./suggest.ts";

/** A real configuration is below 2 KB; this leaves room for thousands of labels. */
const CONFIG_BYTES_MAX = 64 * 1024;
/** A configuration nests four deep. The parser recurses, and needs seconds where thousands are open. */
const NESTING_MAX = 100;
/** Faults beyond these are mostly consequences of the first. */
const PROBLEMS_SHOWN_MAX = 50;
const ROOT_KEY = "encoderfile";

type Reading = {
  readonly name: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly context: { readonly folder: string; readonly home: string };
  readonly problems: Problem[];
  readonly faulty: SettingId[];
  readonly settings: Partial<Record<SettingId, Given<unknown>>>;
};

const SETTING_IDS = Object.keys(FIELDS) as SettingId[];

/**
 * Reads a configuration file, with every fault and its line. Paths in it count from its own folder. Throws what reading
 * throws.
 */
export function readConfigFile(path: string, home: string): ReadSettings {
  const source = readTextFile(path, CONFIG_BYTES_MAX);
  return parseConfig(source, { path, home });
}

/** The same for text that was read already; `path` is for messages and for relative paths. */
export function parseConfig(
  source: string,
  { path, home }: { readonly path: string; readonly home: string },
): ReadSettings {
  const problems: Problem[] = [];
  const name = path.slice(path.lastIndexOf("/") + 1);
  // What a text that is no YAML would have said of any setting is unknown.
  const fail = (): ReadSettings => ({ settings: {}, problems, faulty: SETTING_IDS });
  const lines = new LineCounter();
  const tooDeep = lineOfNesting(source, NESTING_MAX);
  if (tooDeep !== undefined) {
    const message = `expected at most ${NESTING_MAX} nested collections`;
    problems.push({ field: `${name} line ${tooDeep}`, message });
    return fail();
  }
  const documents = parseAllDocuments(source, { lineCounter: lines, prettyErrors: false });
  const [document] = Array.isArray(documents) ? documents : [];
  if (document === undefined || documents.length !== 1) {
    const message = `expected one document with the key "${ROOT_KEY}": found ${documents.length}`;
    problems.push({ field: name, message });
    return fail();
  }
  const reading: Reading = {
    name,
    document,
    lines,
    context: { folder: dirname(path), home },
    problems,
    faulty: [],
    settings: {},
  };
  for (const error of reading.document.errors) {
    report(reading, error.pos[0], sentence(error.message));
  }
  refuseAliases(reading);
  if (problems.length > 0 || !readRoot(reading)) return fail();
  // Every value was read by the reader of its field, which is what the type says.
  return { settings: reading.settings as Settings, problems, faulty: reading.faulty };
}

/**
 * Line in which more than `limit` collections are open, counted without parsing: brackets that are not closed, and
 * block indicators that begin a line. Brackets within texts count too, which no real file has so many of.
 */
function lineOfNesting(source: string, limit: number): number | undefined {
  let open = 0;
  for (const [index, line] of source.split("\n").entries()) {
    const indicators = /^(?:\s*[-?:](?=\s|$))*/.exec(line)?.[0].replaceAll(/\s/g, "").length ?? 0;
    for (const character of line) {
      if (character === "[" || character === "{") open++;
      else if (character === "]" || character === "}") open = Math.max(0, open - 1);
    }
    if (open + indicators > limit) return index + 1;
  }
  return undefined;
}

/** Whether there was a map of settings to read. */
function readRoot(reading: Reading): boolean {
  const root = reading.document.contents;
  if (!isMap(root)) {
    report(reading, offsetOf(root), `expected a map with the key "${ROOT_KEY}"`);
    return false;
  }
  let found = false;
  for (const pair of root.items) {
    const key = keyOf(pair);
    if (key !== ROOT_KEY) {
      const inside = KEYS.has(key) ? `: write it below "${ROOT_KEY}:"` : suggest(key, [ROOT_KEY]);
      report(reading, offsetOf(pair.key), `unknown key "${key}"${inside}`);
      markFaulty(reading, key);
      continue;
    }
    if (isMap(pair.value)) {
      found = true;
      readMap(reading, pair.value, "");
    } else report(reading, offsetOf(pair.key), `expected a map of settings below "${ROOT_KEY}"`);
  }
  if (!found && root.items.length === 0) {
    report(reading, offsetOf(root), `expected the key "${ROOT_KEY}"`);
  }
  return found;
}

/** Every key a configuration may hold, leaves and maps, with the setting of the leaf. */
const KEYS: ReadonlyMap<string, SettingId | undefined> = new Map([
  ...Object.values(FIELDS).map(({ key }) => [key.split(".")[0] ?? key, undefined] as const),
  ...SETTING_IDS.map((id) => [FIELDS[id].key, id] as const),
]);

function readMap(reading: Reading, map: YAMLMap, prefix: string): void {
  for (const pair of map.items) {
    const key = `${prefix}${keyOf(pair)}`;
    if (!KEYS.has(key)) {
      const siblings = [...KEYS.keys()]
        .filter((known) => known.startsWith(prefix) && !known.slice(prefix.length).includes("."))
        .map((known) => known.slice(prefix.length));
      report(reading, offsetOf(pair.key), `unknown key "${key}"${suggest(keyOf(pair), siblings)}`);
      markFaulty(reading, `${prefix}${nearestWord(keyOf(pair), siblings) ?? ""}`);
      continue;
    }
    readValue(reading, pair, key);
  }
}

function readValue(reading: Reading, pair: Pair, key: string): void {
  const { value } = pair;
  // A key without a value says nothing, as in the published format.
  if (value === null || (isScalar(value) && value.value === null)) return;
  const hasChildren = [...KEYS.keys()].some((known) => isBelow(known, key));
  if (hasChildren && isMap(value)) {
    readMap(reading, value, `${key}.`);
    return;
  }
  const id = KEYS.get(key);
  if (id === undefined) {
    report(reading, offsetOf(value as Node), `expected a map as value of "${key}"`);
    markFaulty(reading, key);
    return;
  }
  const raw = (value as Node).toJS(reading.document, { maxAliasCount: 0 });
  const { line } = reading.lines.linePos(offsetOf(pair.key));
  const source = `${reading.name} line ${line}: ${key}`;
  const read = readSetting(id, raw, { ...reading.context, source });
  if ("complaint" in read) {
    report(reading, offsetOf(pair.key), `${key}: ${read.complaint}`);
    markFaulty(reading, key);
  } else reading.settings[id] = read.given;
}

/** Settings at this key or below it are unknown now. */
function markFaulty(reading: Reading, key: string): void {
  const ids = SETTING_IDS.filter((id) => FIELDS[id].key === key || isBelow(FIELDS[id].key, key));
  reading.faulty.push(...ids);
}

function isBelow(key: string, parent: string): boolean {
  return key.startsWith(`${parent}.`);
}

/** Aliases make small files expand without bound, and a list of settings has no use for them. */
function refuseAliases(reading: Reading): void {
  visit(reading.document, (_key, node) => {
    if (isAlias(node)) report(reading, offsetOf(node), `expected no alias: found *${node.source}`);
  });
}

function report(reading: Reading, offset: number, message: string): void {
  const { line } = reading.lines.linePos(offset);
  if (reading.problems.length >= PROBLEMS_SHOWN_MAX) return;
  reading.problems.push({ field: `${reading.name} line ${Math.max(1, line)}`, message });
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function offsetOf(node: unknown): number {
  const range = (node as { readonly range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? 0;
}

/** The YAML library's messages end in a full stop or go on over several lines. */
function sentence(message: string): string {
  return message.replaceAll(/\s+/g, " ").replace(/[.:]$/, "");
}
