// Readers of single configuration values. They take what YAML or a command line gave and return a value or a complaint.
import { isAbsolute, join, resolve } from "node:path";
import { isHubReference, parseHubReference } from "../hub/index.ts";
import { findTarget } from "../target/index.ts";
import { suggest } from "./suggest.ts";

/** What relative paths and `~` mean where a value was written. */
export type ReadContext = { readonly folder: string; readonly home: string };

export type Read<T> = { readonly value: T } | { readonly complaint: string };
export type Reader<T> = (raw: unknown, context: ReadContext) => Read<T>;

/** Longer than any name or label worth showing; keeps a hostile file from filling every answer. */
const TEXT_LENGTH_MAX = 1000;

/** Instructions go before texts; the longest in use have some hundred characters. */
export const PROMPT_LENGTH_MAX = 10_000;

export const text: Reader<string> = (raw) => {
  if (typeof raw !== "string") return complain(`expected a text: found ${show(raw)}: quote it`);
  const value = raw.trim();
  if (value === "") return complain("expected a text: found an empty one");
  if (value.length > TEXT_LENGTH_MAX) {
    return complain(`expected at most ${TEXT_LENGTH_MAX} characters: found ${value.length}`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(value)) return complain("expected no control characters");
  return { value };
};

/** A sentence in which one `{}` stands for what is filled in. */
export const template: Reader<string> = (raw, context) => {
  const read = text(raw, context);
  if ("complaint" in read) return read;
  const places = read.value.split("{}").length - 1;
  if (places === 1) return read;
  return complain(`expected one {} where the label goes: found ${places === 0 ? "none" : places}`);
};

/** An absolute path: relative ones count from the context's folder, `~` is the home folder. */
export const path: Reader<string> = (raw, context) => {
  const read = text(raw, context);
  if ("complaint" in read) return read;
  if (read.value === "~" || read.value.startsWith("~/")) {
    return { value: join(context.home, read.value.slice(1)) };
  }
  return { value: isAbsolute(read.value) ? read.value : resolve(context.folder, read.value) };
};

/** A path, or a model on a hub as it was written. */
export const modelPlace: Reader<string> = (raw, context) => {
  const read = text(raw, context);
  if ("complaint" in read || !isHubReference(read.value)) return path(raw, context);
  const reference = parseHubReference(read.value);
  return "complaint" in reference ? reference : read;
};

/** A path or a list of them, each once. */
export const paths: Reader<readonly string[]> = (raw, context) => {
  const values: string[] = [];
  for (const item of Array.isArray(raw) ? raw : [raw]) {
    const read = path(item, context);
    if ("complaint" in read) return read;
    if (values.includes(read.value)) return complain(`found ${show(item)} twice`);
    values.push(read.value);
  }
  return values.length > 0 ? { value: values } : complain("expected a path: found an empty list");
};

export const flag: Reader<boolean> = (raw) => {
  if (raw === true || raw === "true") return { value: true };
  if (raw === false || raw === "false") return { value: false };
  return complain(`expected true or false: found ${show(raw)}`);
};

/** A whole number of tokens; command lines give it as text. */
export function count(min: number, max: number): Reader<number> {
  return (raw) => {
    const value = typeof raw === "string" && /^\d+$/.test(raw) ? Number(raw) : raw;
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      return complain(`expected a whole number from ${min} to ${max}: found ${show(raw)}`);
    }
    return { value };
  };
}

/** One of the given words; `-` and `_` are the same and case does not matter. `refused` words have a reason. */
export function choice<const T extends string>(
  words: readonly T[],
  refused: Readonly<Record<string, string>> = {},
): Reader<T> {
  return (raw) => {
    if (typeof raw !== "string") {
      return complain(`expected one of ${words.join(", ")}: found ${show(raw)}`);
    }
    const wanted = raw.trim().toLowerCase().replaceAll("-", "_");
    const found = words.find((word) => word === wanted);
    if (found !== undefined) return { value: found };
    const reason = Object.hasOwn(refused, wanted) ? refused[wanted] : undefined;
    if (reason !== undefined) return complain(reason);
    return complain(
      `expected one of ${words.join(", ")}: found ${show(raw)}${suggest(wanted, words)}`,
    );
  };
}

/** One or several of the given words, without repetition; command lines give one text with commas. */
export function choices<const T extends string>(words: readonly T[]): Reader<readonly T[]> {
  return (raw, context) => {
    const read = texts(raw, context);
    if ("complaint" in read) return read;
    const values: T[] = [];
    for (const item of read.value) {
      const chosen = choice(words)(item, context);
      if ("complaint" in chosen) return chosen;
      if (values.includes(chosen.value)) return complain(`found ${chosen.value} twice`);
      values.push(chosen.value);
    }
    return { value: values };
  };
}

/** Different whole numbers in ascending order; command lines give one text with commas. */
export function counts(min: number, max: number): Reader<readonly number[]> {
  return (raw, context) => {
    const items = typeof raw === "string" ? raw.split(",").map((item) => item.trim()) : raw;
    if (!Array.isArray(items) || items.length === 0) {
      return complain(`expected a list of whole numbers: found ${show(raw)}`);
    }
    const values = new Set<number>();
    for (const item of items) {
      const read = count(min, max)(item, context);
      if ("complaint" in read) return read;
      values.add(read.value);
    }
    return { value: [...values].sort((left, right) => left - right) };
  };
}

/** A word without "=" may be meant for something else. */
function orModelDir(value: unknown): string {
  return value === undefined ? ": if it is the model directory, put it before the flags" : "";
}

/** Texts by name, with the spaces they end in: a prompt often ends in one. */
export const namedTexts: Reader<Readonly<Record<string, string>>> = (raw, context) => {
  if (!isRecord(raw)) return complain(`expected a map of names to texts: found ${show(raw)}`);
  const value: Record<string, string> = Object.create(null);
  for (const [key, item] of Object.entries(raw)) {
    const name = text(key, context);
    if ("complaint" in name) return name;
    const quoted = JSON.stringify(name.value);
    if (typeof item !== "string") {
      const found = item === null || item === undefined ? "none" : show(item);
      return complain(`expected a text for ${quoted}: found ${found}${orModelDir(item)}`);
    }
    if (item.length > PROMPT_LENGTH_MAX) {
      const expected = `at most ${PROMPT_LENGTH_MAX} characters for ${quoted}`;
      return complain(`expected ${expected}: found ${item.length}`);
    }
    value[name.value] = item;
  }
  return { value };
};

export const target: Reader<string> = (raw, context) => {
  const read = text(raw, context);
  if ("complaint" in read) return read;
  try {
    return { value: findTarget(read.value).name };
  } catch (thrown) {
    // The registry's message already names the choices; here it is one fault among others.
    return complain(thrown instanceof Error ? thrown.message : String(thrown));
  }
};

/** A number from 0 to 1; command lines give it as text. */
export const fraction: Reader<number> = (raw) => {
  const value = typeof raw === "string" && /^\d*\.?\d+$/.test(raw.trim()) ? Number(raw) : raw;
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    return complain(`expected a number from 0 to 1: found ${show(raw)}`);
  }
  return { value };
};

/** A text or a list of them, which may hold commas. */
export const patterns: Reader<readonly string[]> = (raw, context) => {
  const values: string[] = [];
  for (const item of Array.isArray(raw) ? raw : [raw]) {
    const read = text(item, context);
    if ("complaint" in read) return read;
    values.push(read.value);
  }
  return values.length > 0
    ? { value: values }
    : complain("expected a pattern: found an empty list");
};

/** A list of texts; command lines give one text with commas. */
export const texts: Reader<readonly string[]> = (raw, context) => {
  const items = typeof raw === "string" ? raw.split(",") : raw;
  if (!Array.isArray(items) || items.length === 0) {
    return complain(`expected a list of texts: found ${show(raw)}`);
  }
  const values: string[] = [];
  for (const item of items) {
    const read = text(item, context);
    if ("complaint" in read) return read;
    values.push(read.value);
  }
  return { value: values };
};

/** `batch_longest`, `{fixed: N}`, `fixed: N`; on the command line `longest` or the number alone. 0 means longest. */
export function padding(max: number): Reader<number> {
  return (raw, context) => {
    if (raw === "batch_longest" || raw === "longest") return { value: 0 };
    const fixed = isRecord(raw) && Object.keys(raw).length === 1 ? raw["fixed"] : raw;
    const read = count(1, max)(fixed, context);
    if ("value" in read) return read;
    return complain(
      `expected batch_longest or {fixed: N} with N from 1 to ${max}: found ${show(raw)}`,
    );
  };
}

/** Graph input names by role. */
export function names<const T extends string>(
  roles: readonly T[],
): Reader<Readonly<Partial<Record<T, string>>>> {
  return (raw, context) => {
    if (!isRecord(raw))
      return complain(`expected a map of ${roles.join(", ")}: found ${show(raw)}`);
    const value: Partial<Record<T, string>> = {};
    for (const [key, name] of Object.entries(raw)) {
      const role = choice(roles)(key, context);
      if ("complaint" in role) return role;
      const read = text(name, context);
      if ("complaint" in read) return read;
      value[role.value] = read.value;
    }
    return { value };
  };
}

/** For what other builders do and this one does not: always a complaint that gives the reason. */
export function refuse(reason: string): Reader<never> {
  return () => complain(reason);
}

function complain(complaint: string): { readonly complaint: string } {
  return { complaint };
}

function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** How a wrong value is quoted back: short, on one line. */
function show(raw: unknown): string {
  const printed = JSON.stringify(raw) ?? String(raw);
  return printed.length <= 60 ? printed : `${printed.slice(0, 57)}...`;
}
