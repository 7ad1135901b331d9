// Tensors of an Open Inference Protocol request: named, typed and shaped lists, read as the texts
// or tokens they hold. What the model answers to them is not their business.
import { z } from "zod";
import { CodedError } from "../error/index.ts";
import { InputRole, type Model } from "../gen/manifest_pb.ts";
import type { TaskInput } from "../task/index.ts";
import { bounded } from "./field.ts";
import type { Limits } from "./limit.ts";

/** Tensors a request may have; no model reads more than four. */
const TENSORS_MAX = 8;

/** Dimensions of a tensor; all that is read has at most two. */
const DIMENSIONS_MAX = 8;

/** Characters of a caller's own names that are repeated to it. */
const QUOTED_CHARACTERS = 40;

/** Datatypes token ids may come in. */
const INTEGER_TYPES: readonly string[] = ["INT64", "INT32"];

export const TEXT_INPUT = "text";
export const PAIR_INPUT = "text_pair";

/** Settings of a tensor: those of the protocol's extensions are looked at, the others let pass. */
export const parametersField = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .nullish();

/** Flat or nested, and looked through by hand: a schema takes long over a million elements. */
const elementsField = z
  .unknown()
  .refine(Array.isArray, "an array")
  // What `refine` has found out, and what those who read the schema are told.
  .meta({ type: "array", items: {} }) as unknown as z.ZodType<readonly unknown[]>;

const tensorSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: bounded(DIMENSIONS_MAX, z.array(z.int().min(0)).max(DIMENSIONS_MAX)),
  parameters: parametersField,
  data: elementsField,
});

export const tensorsField = bounded(TENSORS_MAX, z.array(tensorSchema).min(1).max(TENSORS_MAX));

export type Tensor = z.infer<typeof tensorSchema>;

/** Where the tokens of each input lie in rows of `columns`; padding is all around them. */
export type Layout = { readonly columns: number; readonly starts: readonly number[] };

export type ReadInputs = {
  readonly inputs: readonly TaskInput[];
  /** Undefined for texts, whose tokens are not known yet. */
  readonly layout: Layout | undefined;
};

type Fault = { readonly path: string; readonly found: string; readonly expected: string };

export function tensorFault({ path, found, expected }: Fault): CodedError {
  const sentence = `"${path}" is ${found} where ${expected} is expected`;
  return new CodedError("REQUEST_INVALID", `Cannot read the request as ${sentence}`, {
    detail: { path, found, expected, faults: [sentence] },
  });
}

export function quote(name: string): string {
  return JSON.stringify(name.slice(0, QUOTED_CHARACTERS));
}

/** Throws `REQUEST_INVALID` for tensors that are not in the body: in bytes after it, or in memory. */
export function checkParameters(parameters: Tensor["parameters"], path: string): void {
  for (const [name, value] of Object.entries(parameters ?? {})) {
    const isElsewhere =
      name === "binary_data_size" ||
      name.startsWith("shared_memory") ||
      (name.startsWith("binary_data") && value === true);
    if (!isElsewhere) continue;
    throw tensorFault({
      path: `${path}.parameters.${name}`,
      found: String(value),
      expected: "a tensor whose data is in the JSON (no binary data and no shared memory)",
    });
  }
}

type Reading = { readonly model: Model; readonly takesPairs: boolean; readonly limits: Limits };

/** The inputs of a request. Throws `REQUEST_INVALID`. */
export function readTensors(tensors: readonly Tensor[], reading: Reading): ReadInputs {
  for (const [index, { name, parameters }] of tensors.entries()) {
    checkParameters(parameters, `inputs[${index}]`);
    const first = tensors.findIndex((other) => other.name === name);
    if (first === index) continue;
    const found = `${quote(name)} as is inputs[${first}]`;
    throw tensorFault({ path: `inputs[${index}].name`, found, expected: "another name" });
  }
  const roles = rolesOf(reading.model);
  const isTokens = tensors.some(({ name }) => roles.get(name) === InputRole.INPUT_IDS);
  return isTokens ? readTokens(tensors, roles, reading) : readTexts(tensors, reading);
}

function readTexts(tensors: readonly Tensor[], { takesPairs, model, limits }: Reading): ReadInputs {
  const isPair = takesPairs && tensors.length > 1;
  const names = isPair ? [TEXT_INPUT, PAIR_INPUT] : [tensors[0]?.name ?? TEXT_INPUT];
  for (const [index, { name }] of tensors.entries()) {
    if (names.includes(name)) continue;
    const ids = nameOfRole(model, InputRole.INPUT_IDS);
    const expected = takesPairs
      ? `"${TEXT_INPUT}" or "${PAIR_INPUT}" (or "${ids}" for tokens)`
      : `the only input, of texts, or "${ids}" for tokens`;
    throw tensorFault({ path: `inputs[${index}].name`, found: quote(name), expected });
  }
  const sides = names.map((name) => {
    const index = tensors.findIndex((tensor) => tensor.name === name);
    return readStrings(tensors[index]!, `inputs[${index}]`, { isPair, limits });
  });
  const [texts = [], pairs] = sides;
  if (pairs === undefined) return { inputs: texts.map((text) => ({ text })), layout: undefined };
  return { inputs: pairUp(texts, pairs), layout: undefined };
}

/** Pairs of texts by their place; one text is paired with each of many. */
function pairUp(texts: readonly string[], pairs: readonly string[]): readonly TaskInput[] {
  const count = Math.max(texts.length, pairs.length);
  for (const [name, { length }] of [
    [TEXT_INPUT, texts],
    [PAIR_INPUT, pairs],
  ] as const) {
    if (length === count || length === 1) continue;
    throw tensorFault({
      path: "inputs",
      found: `${length} of "${name}"`,
      expected: `1 or ${count}, as many as of the other`,
    });
  }
  const inputs = Array.from({ length: count }, (_, index) => ({
    text: texts[texts.length === 1 ? 0 : index] ?? "",
    pair: pairs[pairs.length === 1 ? 0 : index] ?? "",
  }));
  const empty = inputs.findIndex(({ text, pair }) => text === "" && pair === "");
  if (empty < 0) return inputs;
  const expected = "a pair with at least one text";
  throw tensorFault({ path: `inputs[0].data[${empty}]`, found: '""', expected });
}

type StringRules = { readonly isPair: boolean; readonly limits: Limits };

function readStrings(tensor: Tensor, path: string, { isPair, limits }: StringRules): string[] {
  const { datatype, shape } = tensor;
  if (datatype !== "BYTES") {
    const expected = '"BYTES" (for texts)';
    throw tensorFault({ path: `${path}.datatype`, found: quote(datatype), expected });
  }
  const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  checkShape(tensor, path, { isFit: isColumn, expected: "[count] or [count, 1]", limits });
  return elementsOf(tensor, path).map((element, index) => {
    const here = `${path}.data[${index}]`;
    if (typeof element !== "string") {
      throw tensorFault({ path: here, found: typeOf(element), expected: "a string" });
    }
    const max = limits.charactersPerInput;
    if (element.length > max) {
      const found = `a string of ${element.length} characters`;
      throw tensorFault({ path: here, found, expected: `one of at most ${max}` });
    }
    if (element === "" && !isPair) {
      throw tensorFault({ path: here, found: '""', expected: "a string of at least 1 character" });
    }
    return element.toWellFormed();
  });
}

type Roles = ReadonlyMap<string, InputRole>;

const ROLE_NAMES: readonly (readonly [string, InputRole])[] = [
  ["input_ids", InputRole.INPUT_IDS],
  ["attention_mask", InputRole.ATTENTION_MASK],
  ["token_type_ids", InputRole.TOKEN_TYPE_IDS],
  ["position_ids", InputRole.POSITION_IDS],
];

/** What the inputs of the graph are for, by the names they have there and by their usual names. */
function rolesOf({ inputs }: Model): Roles {
  return new Map([...ROLE_NAMES, ...inputs.map(({ name, role }) => [name, role] as const)]);
}

/** What the graph calls an input, or what it is usually called. */
export function nameOfRole({ inputs }: Model, role: InputRole): string {
  const usual = ROLE_NAMES.find((entry) => entry[1] === role)?.[0] ?? "";
  return inputs.find((input) => input.role === role)?.name ?? usual;
}

/** Inputs of the graph a request may send as they are; what it does not send is made here. */
export function sendableRoles({ inputs }: Model): readonly InputRole[] {
  const hasTypes = inputs.some(({ role }) => role === InputRole.TOKEN_TYPE_IDS);
  const types = hasTypes ? [InputRole.TOKEN_TYPE_IDS] : [];
  return [InputRole.INPUT_IDS, InputRole.ATTENTION_MASK, ...types];
}

function readTokens(tensors: readonly Tensor[], roles: Roles, reading: Reading): ReadInputs {
  const sendable = sendableRoles(reading.model);
  const byRole = new Map<InputRole, { tensor: Tensor; numbers: Int32Array; path: string }>();
  for (const [index, tensor] of tensors.entries()) {
    const path = `inputs[${index}]`;
    const role = roles.get(tensor.name);
    if (role === undefined || !sendable.includes(role) || byRole.has(role)) {
      const names = sendable.map((known) => `"${nameOfRole(reading.model, known)}"`);
      const expected = `one of ${names.join(", ")}, each at most once`;
      throw tensorFault({ path: `${path}.name`, found: quote(tensor.name), expected });
    }
    byRole.set(role, { tensor, numbers: readIntegers(tensor, path, reading.limits), path });
  }
  const ids = byRole.get(InputRole.INPUT_IDS)!;
  const [rows = 0, columns = 0] = ids.tensor.shape;
  for (const { tensor, path } of byRole.values()) {
    if (tensor.shape.join() === ids.tensor.shape.join()) continue;
    const expected = `[${ids.tensor.shape.join(", ")}], the shape of ${ids.path}`;
    const found = `[${tensor.shape.join(", ")}]`;
    throw tensorFault({ path: `${path}.shape`, found, expected });
  }
  const mask = byRole.get(InputRole.ATTENTION_MASK);
  const types = byRole.get(InputRole.TOKEN_TYPE_IDS);
  const starts: number[] = [];
  const inputs = Array.from({ length: rows }, (_, row): TaskInput => {
    const of = (numbers: Int32Array) => numbers.subarray(row * columns, (row + 1) * columns);
    const [start, end] = mask === undefined ? [0, columns] : readMask(of(mask.numbers), row, mask);
    starts.push(start);
    const typeIds = types === undefined ? {} : { typeIds: of(types.numbers).slice(start, end) };
    return { text: "", ids: of(ids.numbers).slice(start, end), ...typeIds };
  });
  return { inputs, layout: { columns, starts } };
}

/** Where the ones of a mask's row are: together, with nothing but padding on one side of them. */
function readMask(row: Int32Array, index: number, { path }: { readonly path: string }) {
  const start = row.indexOf(1);
  const end = row.lastIndexOf(1) + 1;
  const isBinary = row.every((value) => value === 0 || value === 1);
  const isWhole = isBinary && start >= 0 && !row.subarray(start, end).includes(0);
  if (isWhole && (start === 0 || end === row.length)) return [start, end] as const;
  throw tensorFault({
    path: `${path}.data`,
    found: `a mask whose row ${index} is not plain padding`,
    expected:
      "a row of ones with zeros on one side of them (tokens in between are always seen; " +
      "leave out those that are not meant)",
  });
}

function readIntegers(tensor: Tensor, path: string, limits: Limits): Int32Array {
  const { datatype, shape } = tensor;
  if (!INTEGER_TYPES.includes(datatype)) {
    const expected = INTEGER_TYPES.map((type) => `"${type}"`).join(" or ");
    throw tensorFault({ path: `${path}.datatype`, found: quote(datatype), expected });
  }
  checkShape(tensor, path, { isFit: shape.length === 2, expected: "[count, tokens]", limits });
  const elements = elementsOf(tensor, path);
  const numbers = new Int32Array(elements.length);
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index];
    if (typeof element === "number") {
      numbers[index] = element;
      if (numbers[index] === element) continue;
    }
    throw tensorFault({
      path: `${path}.data[${index}]`,
      found: typeof element === "number" ? String(element) : typeOf(element),
      expected: "an integer of 32 bits",
    });
  }
  return numbers;
}

type ShapeRule = { readonly isFit: boolean; readonly expected: string; readonly limits: Limits };

function checkShape({ shape }: Tensor, path: string, { isFit, expected, limits }: ShapeRule): void {
  const [count = 0] = shape;
  const max = limits.inputsPerRequest;
  if (isFit && count >= 1 && count <= max && !shape.includes(0)) return;
  throw tensorFault({
    path: `${path}.shape`,
    found: `[${shape.join(", ")}]`,
    expected: `${expected} with a count from 1 to ${max}`,
  });
}

/** The elements in row-major order. Throws `REQUEST_INVALID` unless they are as many as the shape says. */
function elementsOf({ shape, data }: Tensor, path: string): readonly unknown[] {
  const expected = shape.reduce((product, size) => product * size, 1);
  const elements = data.some(Array.isArray) ? flatten(data, [], expected) : data;
  if (elements.length === expected) return elements;
  const found = elements.length > expected ? `more than ${expected}` : `${elements.length}`;
  throw tensorFault({
    path: `${path}.data`,
    found: `${found} elements`,
    expected: `${expected}, as its shape [${shape.join(", ")}] says,`,
  });
}

/** No deeper than the body may nest; ends as soon as there are too many. */
function flatten(data: readonly unknown[], elements: unknown[], max: number): unknown[] {
  for (const element of data) {
    if (elements.length > max) break;
    if (Array.isArray(element)) flatten(element, elements, max);
    else elements.push(element);
  }
  return elements;
}

function typeOf(element: unknown): string {
  if (element === null) return "null";
  return typeof element === "object" ? "an object" : `a ${typeof element}`;
}
