// Holds a request against its schema and says in words what does not fit. It never repeats a long
// value.
import type { z } from "zod";
import { CodedError } from "../error/index.ts";

/** Faults that are spelt out; a body may have thousands. */
const FAULTS_SHOWN = 8;

/** Characters of a caller's own string that are repeated to it. */
const QUOTED_CHARACTERS = 40;

type Issue = z.core.$ZodIssue;
type Fault = {
  readonly path: readonly PropertyKey[];
  readonly expected: string;
  /** Whether it is the name that is wrong, so that the value does not matter. */
  readonly isName: boolean;
};

/**
 * The request as its schema sees it. Throws `REQUEST_EMPTY` for an array that must not be empty,
 * else `REQUEST_INVALID`; `detail.path` names the field, such as `inputs[3]`, `detail.faults` all
 * of them.
 */
export function parseRequest<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  const faults = result.error.issues.slice(0, FAULTS_SHOWN).map((issue) => toFault(issue, []));
  const sentences = faults.map((fault) => printFault(fault, value));
  const [fault] = faults;
  const found = describe(valueAt(value, fault?.path ?? []));
  const isEmpty = first?.code === "too_small" && first.origin === "array";
  const more = result.error.issues.length - 1;
  const rest = more === 0 ? "" : `: and ${more} more ${more === 1 ? "fault" : "faults"}`;
  throw new CodedError(
    isEmpty ? "REQUEST_EMPTY" : "REQUEST_INVALID",
    `Cannot read the request as ${sentences[0]}${rest}`,
    {
      detail: {
        path: printPath(fault?.path ?? []),
        found,
        expected: fault?.expected ?? "",
        faults: sentences,
      },
    },
  );
}

/** What a request asks that this model or its other fields do not allow. */
type Refusal = { readonly path: string; readonly value: unknown; readonly expected: string };

/** The error for a value that only the model, or another field, shows to be wrong. */
export function requestFault({ path, value, expected }: Refusal): CodedError {
  const found = describe(value);
  const sentence = `"${path}" is ${found} where ${expected} is expected`;
  return new CodedError("REQUEST_INVALID", `Cannot read the request as ${sentence}`, {
    detail: { path, found, expected, faults: [sentence] },
  });
}

function printFault({ path, expected, isName }: Fault, value: unknown): string {
  const name = path.length === 0 ? "its body" : `"${printPath(path)}"`;
  if (isName) return `${name} is ${expected}`;
  return `${name} is ${describe(valueAt(value, path))} where ${expected} is expected`;
}

/**
 * The issue a person would name. Of a union, that is what the branch which fits furthest lacks;
 * branches which fit equally far are all named.
 */
function toFault(issue: Issue, prefix: readonly PropertyKey[]): Fault {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union") {
    const isName = issue.code === "custom" && issue.params?.["isName"] === true;
    return { path, expected: describeExpected(issue), isName };
  }
  const faults = issue.errors.flatMap(([first]) => (first ? [toFault(first, path)] : []));
  const depth = Math.max(path.length, ...faults.map((fault) => fault.path.length));
  const deepest = faults.filter((fault) => fault.path.length === depth);
  const [first] = deepest;
  const expected = [...new Set(deepest.map((fault) => fault.expected))].join(" or ");
  return { path: first?.path ?? path, expected, isName: false };
}

const EXPECTED_TYPE: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "an array",
  tuple: "a pair of strings",
  object: "an object",
  record: "an object",
  null: "null",
};

function describeExpected(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      // A message of ours gives the reason.
      if (!issue.message.startsWith("Invalid input")) return issue.message;
      return EXPECTED_TYPE[issue.expected] ?? issue.expected;
    case "too_small":
      return printBound(issue.origin, "at least", issue.minimum);
    case "too_big":
      return printBound(issue.origin, "at most", issue.maximum);
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    default:
      return issue.message;
  }
}

function printBound(origin: string, bound: string, count: number | bigint): string {
  const plural = Number(count) === 1 ? "" : "s";
  if (origin === "string") return `a string of ${bound} ${count} character${plural}`;
  if (origin === "array") return `an array of ${bound} ${count} item${plural}`;
  return `${bound} ${count}`;
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null || typeof value === "boolean" || typeof value === "number") return `${value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== "string") return "an object";
  if (value.length > QUOTED_CHARACTERS) return `a string of ${value.length} characters`;
  return JSON.stringify(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    // The check above makes `key` an own property of whatever object the caller sent.
    here = (here as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return here;
}

function printPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((printed, key) => {
    if (typeof key === "number") return `${printed}[${key}]`;
    const name = String(key).slice(0, QUOTED_CHARACTERS);
    return printed === "" ? name : `${printed}.${name}`;
  }, "");
}
