// Goldens as users write them: a JSON document, an array, or JSON lines, in short forms for the usual questions.
import type { TaskId } from "../task/index.ts";
import { decodeText, GOLDENS_BYTES_MAX, parseBounded } from "./bounded-json.ts";
import type { Precision } from "./durable-response.ts";
import {
  type CheckedField,
  findFieldFault,
  GOLDENS_MAX,
  type Golden,
  isOperation,
} from "./golden.ts";
import { isObject, type JsonObject, showValue } from "./value.ts";

/** How far answers may be from given ones that state no tolerance. */
export const GIVEN_TOLERANCE: Readonly<Record<Precision, number>> = {
  // What exports of one model differ by at most; a wrong setting differs in the first digits.
  float32: 1e-4,
  // float16 has 11 bits and int8 graphs fewer, and both lose some in every layer.
  rough: 2e-2,
};

/** A golden with its place in the user's file, for messages. */
export type PlacedGolden = { readonly place: string; readonly golden: Golden };

export type GivenGoldens = {
  readonly goldens: readonly PlacedGolden[];
  /** Every fault with its place: "line 3: ...". */
  readonly problems: readonly string[];
};

/** Problems that are spelt out; a file may have thousands. */
const PROBLEMS_SHOWN = 20;

export type GivenContext = {
  readonly task: TaskId;
  readonly precision: Precision;
  /** How many goldens of other files come before: unnamed ones are numbered across files. */
  readonly before?: number;
};

/** Reads the bytes of a user's file. What is wrong with it becomes problems. */
export function readGivenGoldens(bytes: Uint8Array, context: GivenContext): GivenGoldens {
  const entries = readEntries(bytes);
  const goldens: PlacedGolden[] = [];
  const problems = [...entries.problems];
  for (const [index, { place, value }] of entries.values.entries()) {
    const read = readEntry(value, index, context);
    if ("faults" in read) problems.push(...read.faults.map((fault) => `${place}: ${fault}`));
    else goldens.push({ place, golden: read.golden });
  }
  const hidden = problems.length - PROBLEMS_SHOWN;
  const shown = problems.slice(0, PROBLEMS_SHOWN);
  return { goldens, problems: hidden > 0 ? [...shown, `and ${hidden} more problems`] : shown };
}

type Entries = {
  readonly values: readonly { readonly place: string; readonly value: unknown }[];
  readonly problems: readonly string[];
};

function readEntries(bytes: Uint8Array): Entries {
  const refuse = (problem: string): Entries => ({ values: [], problems: [problem] });
  if (bytes.length > GOLDENS_BYTES_MAX) {
    return refuse(`at most ${GOLDENS_BYTES_MAX} bytes are expected: found ${bytes.length}`);
  }
  const text = decodeText(bytes);
  if (text === undefined) return refuse("valid UTF-8 is expected: convert the file first");
  const parsed = parseBounded(text);
  const entries = "fault" in parsed ? readLines(text) : readDocument(parsed.value);
  const count = entries.values.length;
  if (count > GOLDENS_MAX)
    return refuse(`at most ${GOLDENS_MAX} goldens are expected: found ${count}`);
  if (count + entries.problems.length === 0) return refuse("a golden is expected: found none");
  return entries;
}

const DOCUMENT_FACTS: readonly string[] = ["precision", "batch_invariant"];

function readDocument(value: unknown): Entries {
  if (Array.isArray(value)) return listEntries(value);
  if (!isObject(value)) {
    const expected =
      "an array of goldens, a document that holds one, or a golden per line is expected";
    return { values: [], problems: [`${expected}: found ${showValue(value)}`] };
  }
  if (!Object.hasOwn(value, "goldens"))
    return { values: [{ place: "entry 1", value }], problems: [] };
  const { version = 1, goldens, ...others } = value;
  // What a build writes beside them is about that build.
  const unknown = Object.keys(others).filter((name) => !DOCUMENT_FACTS.includes(name));
  const problems = unknown.map((name) => `no field ${showValue(name)} is expected`);
  if (version !== 1) problems.push(`"version": 1 is expected: found ${showValue(version)}`);
  if (Array.isArray(goldens)) return { values: listEntries(goldens).values, problems };
  problems.push(`"goldens": an array is expected: found ${showValue(goldens)}`);
  return { values: [], problems };
}

function listEntries(list: readonly unknown[]): Entries {
  const values = list.map((value, index) => ({ place: `entry ${index + 1}`, value }));
  return { values, problems: [] };
}

function readLines(text: string): Entries {
  const values: { readonly place: string; readonly value: unknown }[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = `line ${index + 1}`;
    const parsed = parseBounded(line);
    if ("value" in parsed) values.push({ place, value: parsed.value });
    else problems.push(`${place}: ${parsed.fault}`);
  }
  return { values, problems };
}

const QUESTIONS = ["input", "inputs", "request"] as const;
const ANSWERS = ["expected", "response"] as const;
const FIELDS: readonly string[] = [
  ...QUESTIONS,
  ...ANSWERS,
  ...["name", "origin", "operation", "tolerance"],
];

/** Options of `predict`, of one task or another, that may stand beside the short forms of a question. */
export const REQUEST_OPTIONS: readonly string[] = [
  "aggregation_strategy",
  "dimensions",
  "function_to_apply",
  "ignore_labels",
  "normalize",
  "offsets",
  "prompt",
  "prompt_name",
  "raw_scores",
  "return_text",
  "stride",
  "threshold",
  "top_k",
  "truncate",
  "truncation_direction",
];

type Read = { readonly golden: Golden } | { readonly faults: readonly string[] };

function readEntry(entry: unknown, index: number, context: GivenContext): Read {
  if (!isObject(entry)) return { faults: [`an object is expected: found ${showValue(entry)}`] };
  const options = Object.entries(entry).filter(([name]) => REQUEST_OPTIONS.includes(name));
  const faults = Object.keys(entry)
    .filter((name) => !FIELDS.includes(name) && !REQUEST_OPTIONS.includes(name))
    .map((name) => `${showValue(name)}: one of ${FIELDS.join(", ")} is expected`);
  const take = <T>(field: CheckedField, fallback: T): T => {
    const value = Object.hasOwn(entry, field) ? entry[field] : fallback;
    const fault = findFieldFault(field, value);
    if (fault !== undefined) faults.push(fault);
    // What is checked to be of the field's type, which is that of its fallback.
    return value as T;
  };
  const name = take("name", `given ${(context.before ?? 0) + index + 1}`);
  const origin = take<Golden["origin"]>("origin", "given");
  const operation = take<Golden["operation"]>("operation", "predict");
  const tolerance = take("tolerance", GIVEN_TOLERANCE[context.precision]);
  const question = onlyField(entry, QUESTIONS, faults);
  const answer = onlyField(entry, ANSWERS, faults);
  if (question === undefined || answer === undefined) return { faults };
  if (question !== "request" && isOperation(operation) && operation !== "predict") {
    faults.push(`${showValue(question)}: "request" is expected for the operation ${operation}`);
    return { faults };
  }
  if (question === "request" && options.length > 0) {
    const names = options.map(([name]) => showValue(name)).join(", ");
    faults.push(`${names}: a place in "request" is expected, which is sent as it is`);
  }
  if (checksNothing(entry[answer])) {
    const found = JSON.stringify(entry[answer]).slice(0, NOTHING_SHOWN);
    faults.push(`${showValue(answer)}: something to compare with is expected: found ${found}`);
    return { faults };
  }
  const asked = { question: entry[question], answer: entry[answer], answerField: answer };
  const pair = FORMS[question](asked, context.task, faults);
  if (pair === undefined || faults.length > 0) return { faults };
  const { request, response } = pair;
  const whole = { ...request, ...Object.fromEntries(options) };
  return { golden: { name, origin, operation, request: whole, response, tolerance } };
}

/** Characters of an expectation that are repeated: those that expect nothing are short. */
const NOTHING_SHOWN = 60;

/** Whether every answer would be what is expected: an object or a list with nothing in it but such ones. */
function checksNothing(expected: unknown): boolean {
  if (Array.isArray(expected)) return expected.length > 0 && expected.every(checksNothing);
  if (!isObject(expected)) return false;
  return Object.entries(expected).every(([name, value]) =>
    name === "first" && Array.isArray(value) ? value.every(checksNothing) : checksNothing(value),
  );
}

/** The one of these fields that is there. */
function onlyField<Name extends string>(
  entry: JsonObject,
  names: readonly Name[],
  faults: string[],
): Name | undefined {
  const given = names.filter((name) => Object.hasOwn(entry, name));
  if (given.length === 1) return given[0];
  const found = given.length === 0 ? "none" : given.join(", ");
  faults.push(`one of the fields ${names.join(", ")} is expected: found ${found}`);
  return undefined;
}

type Asked = {
  readonly question: unknown;
  readonly answer: unknown;
  readonly answerField: (typeof ANSWERS)[number];
};

/** Turns what was asked and expected into a request and a response; undefined after a fault was told. */
type Form = (
  asked: Asked,
  task: TaskId,
  faults: string[],
) => Pick<Golden, "request" | "response"> | undefined;

const FORMS: Readonly<Record<(typeof QUESTIONS)[number], Form>> = {
  request: ({ question, answer }, _, faults) => {
    const found = [findFieldFault("request", question), findFieldFault("response", answer)];
    faults.push(...found.filter((fault) => fault !== undefined));
    return isObject(question) ? { request: question, response: answer } : undefined;
  },
  input: ({ question, answer, answerField }, task, faults) => {
    const result = readResult(answer, { place: `"${answerField}"`, task }, faults);
    const request = requestOf(question, task);
    if (request === undefined) {
      faults.push(`"input": a pair of query and text is expected: found ${showValue(question)}`);
    }
    return request && { request, response: { results: [result] } };
  },
  inputs: ({ question, answer, answerField }, task, faults) => {
    if (task === "reranking") {
      faults.push(
        '"inputs": "input", a pair of query and text, or "request" is expected of rerankers',
      );
      return undefined;
    }
    if (!Array.isArray(question) || !Array.isArray(answer) || question.length !== answer.length) {
      const found = `${showValue(question)} and ${showValue(answer)}`;
      faults.push(
        `"inputs" and "${answerField}": arrays of one length are expected: found ${found}`,
      );
      return undefined;
    }
    const results = answer.map((one, index) =>
      readResult(one, { place: `"${answerField}"[${index}]`, task }, faults),
    );
    return { request: { inputs: question }, response: { results } };
  },
};

/** A request about one input; what the input may be is for the request to say. */
function requestOf(input: unknown, task: TaskId): JsonObject | undefined {
  if (task !== "reranking") return { inputs: [input] };
  if (!Array.isArray(input) || input.length !== 2) return undefined;
  const [query, text] = input;
  return { query, texts: [text] };
}

type ShortForm = {
  readonly words: string;
  /** The part of a result that a short form stands for. */
  readonly read: (answer: unknown) => JsonObject | undefined;
};

const SHORT_FORMS: Readonly<Record<TaskId, ShortForm>> = {
  sentence_embedding: {
    words: "a vector",
    read: (answer) => (isVector(answer) || isPart(answer) ? { embedding: answer } : undefined),
  },
  embedding: {
    words: "an array of vectors, one for each token",
    read: (answer) => {
      if (!Array.isArray(answer) || answer.length === 0) return undefined;
      if (!answer.every((one) => isVector(one) || isPart(one))) return undefined;
      return { embeddings: answer.map((embedding) => ({ embedding })) };
    },
  },
  sequence_classification: {
    words: "a label, an array of scores",
    read: (answer) => {
      if (isText(answer)) return { predicted_label: answer };
      return isVector(answer) ? { scores: answer } : undefined;
    },
  },
  token_classification: {
    words: "an array of labels, one for each token",
    read: (answer) =>
      isListOf(answer, isText) ? { tokens: answer.map((label) => ({ label })) } : undefined,
  },
  reranking: {
    words: "a score",
    read: (answer) => (isNumber(answer) ? { index: 0, score: answer } : undefined),
  },
  sparse_embedding: { words: "", read: () => undefined },
};

function readResult(
  answer: unknown,
  { place, task }: { readonly place: string; readonly task: TaskId },
  faults: string[],
): JsonObject | undefined {
  const { words, read } = SHORT_FORMS[task];
  const result = read(answer) ?? (isObject(answer) ? answer : undefined);
  if (result === undefined) {
    const expected = [words, "an object that is a part of the result"].filter(
      (word) => word !== "",
    );
    faults.push(`${place}: ${expected.join(" or ")} is expected: found ${showValue(answer)}`);
  }
  return result;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

/** Length and first elements of a vector: no result has fields of these names. */
function isPart(value: unknown): boolean {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => name === "length" || name === "first");
}

function isListOf<T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.length > 0 && value.every(is);
}

function isVector(value: unknown): value is readonly number[] {
  return isListOf(value, isNumber);
}
