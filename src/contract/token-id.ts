// Inputs that come as ids of tokens in place of texts: their schema, and whether they can be this model's own.
import { z } from "zod";
import type { TaskInput } from "../task/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { RunPlan } from "./exchange.ts";
import { bounded, runOptions, type Truncation, textField, toInputs } from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestFault } from "./parse-request.ts";
import { type PromptRequest, promptOf } from "./prompt.ts";

/** Ids are held in 32 bits with a sign, and no vocabulary comes near their end. */
const TOKEN_ID_MAX = 2 ** 31 - 1;

const A_TOKEN_ID = `a token id (an integer from 0 to ${TOKEN_ID_MAX})`;

/** Ids of all inputs of a request: as many inputs as there may be, of the usual length. Each is looked up. */
const REQUEST_IDS_MAX = 2 ** 20;

const FEWER_IDS = `an array with at most ${REQUEST_IDS_MAX} token ids in all`;

type Ids = readonly number[];
type Item = string | Ids;

/** A text, the ids of one input, or a list of either, which may be mixed. */
export type TextsOrIds = Item | readonly Item[];

function isTokenId(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= TOKEN_ID_MAX;
}

/** The schema ids are described by. It takes a tenth of a microsecond for each, so that it is not run. */
function plainIds(max: number) {
  return z.array(z.int().min(0).max(TOKEN_ID_MAX)).min(1).max(max);
}

/** Checked by `check`, which may push issues, and described by `described`. */
function checkedBy<T>(
  check: (value: unknown, context: z.RefinementCtx) => unknown,
  described: z.ZodType<T>,
): z.ZodType<T> {
  const passed: z.ZodType<T> = z.any();
  // When it is asked for: few starts of a server are followed by a look at its description.
  passed._zod.toJSONSchema = () => {
    const { $schema: _, ...description } = z.toJSONSchema(described, { io: "input" });
    return description;
  };
  return z.preprocess(check, passed);
}

/** The ids of one input. However many elements are wrong, it is one fault. */
function idsField(limits: Limits): z.ZodType<Ids> {
  // A token stands for a character at least: as many of them as a text may have characters.
  const maximum = limits.charactersPerInput;
  return checkedBy((value, { issues }) => {
    const origin = "array";
    if (!Array.isArray(value)) {
      issues.push({ code: "invalid_type", expected: "array", input: value });
    } else if (value.length === 0) {
      issues.push({ code: "too_small", origin, minimum: 1, inclusive: true, input: value });
    } else if (value.length > maximum) {
      issues.push({ code: "too_big", origin, maximum, inclusive: true, input: value });
    } else {
      const wrong = value.findIndex((id) => !isTokenId(id));
      if (wrong < 0) return value;
      issues.push({ code: "custom", path: [wrong], message: A_TOKEN_ID, input: value });
    }
    return z.NEVER;
  }, plainIds(maximum));
}

/** A value's form decides which schema it is held against, so that no fault speaks of a form nobody meant. */
function inForms<T>(
  forms: { readonly ids: z.ZodType; readonly others: z.ZodType },
  described: z.ZodType<T>,
) {
  return checkedBy((value, { issues }) => {
    const meansIds = Array.isArray(value) && typeof value[0] === "number";
    if (Array.isArray(value) && !meansIds && countIds(value) > REQUEST_IDS_MAX) {
      issues.push({ code: "custom", message: FEWER_IDS, input: value });
      return z.NEVER;
    }
    const result = (meansIds ? forms.ids : forms.others).safeParse(value);
    if (result.success) return result.data;
    // An issue that was found is one that can be raised.
    issues.push(...(result.error.issues as unknown as typeof issues));
    return z.NEVER;
  }, described);
}

function countIds(items: readonly unknown[]): number {
  return items.reduce<number>((sum, item) => sum + (Array.isArray(item) ? item.length : 0), 0);
}

/** One or several inputs, each a text or ids. */
export function textsOrIdsField(limits: Limits): z.ZodType<TextsOrIds> {
  const max = limits.inputsPerRequest;
  const text = textField(limits);
  const ids = idsField(limits);
  const plain = plainIds(limits.charactersPerInput);
  const listOf = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(max);
  return inForms<TextsOrIds>(
    { ids, others: bounded(max, z.union([text, listOf(z.union([text, ids]))])) },
    z.union([text, plain, listOf(z.union([text, plain]))]),
  );
}

/** The ids of one input, or of several. */
export function idListsField(limits: Limits): z.ZodType<Ids | readonly Ids[]> {
  const max = limits.inputsPerRequest;
  const ids = idsField(limits);
  const plain = plainIds(limits.charactersPerInput);
  const listOf = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(max);
  return inForms<Ids | readonly Ids[]>(
    { ids, others: bounded(max, listOf(ids)) },
    z.union([plain, listOf(plain)]),
  );
}

function isIds(field: TextsOrIds): field is Ids {
  return typeof field !== "string" && typeof field[0] === "number";
}

/** Whether the field is one input, and no list of them. */
export function isOneItem(field: TextsOrIds): field is Item {
  return typeof field === "string" || isIds(field);
}

/** How ids are held against the model. */
export type IdCheck = {
  /** Name of the field, for messages. */
  readonly field: string;
  readonly tokenizer: Pick<Tokenizer, "idToToken" | "encode">;
  /** Refuses ids that are not put between special tokens as the model's tokenizer puts texts. */
  readonly isWhole?: boolean;
  /** What the caller can do about ids of another vocabulary. */
  readonly hint: string;
};

/**
 * The inputs of a field. A prompt goes before each text; ids have none. Throws `REQUEST_INVALID` for ids that cannot
 * be of this model's tokenizer.
 */
export function toTokenInputs(
  field: TextsOrIds,
  prompt: string,
  check: IdCheck,
): readonly TaskInput[] {
  const isSingle = isOneItem(field);
  const items: readonly Item[] = isSingle ? [field] : field;
  if (items.every((item) => typeof item === "string")) return toInputs(items, prompt);
  const frame = check.isWhole === true ? specialFrame(check.tokenizer) : undefined;
  const known = new Set<number>();
  return items.flatMap((item, index) => {
    if (typeof item === "string") return toInputs(item, prompt);
    const path = isSingle ? check.field : `${check.field}[${index}]`;
    checkVocabulary(item, known, { ...check, field: path });
    if (frame !== undefined) checkFrame(item, frame, { path, hint: check.hint });
    return { text: "", ids: Int32Array.from(item) };
  });
}

/** Each id is looked up once for all inputs, which may have a million: those that were found are in `known`. */
function checkVocabulary(
  ids: Ids,
  known: Set<number>,
  { field: path, tokenizer, hint }: IdCheck,
): void {
  const place = ids.findIndex((id) => {
    if (known.has(id)) return false;
    if (tokenizer.idToToken(id) === undefined) return true;
    known.add(id);
    return false;
  });
  if (place < 0) return;
  const expected = `an id of this model's vocabulary (${hint})`;
  throw requestFault({ path: `${path}[${place}]`, value: ids[place], expected });
}

/** The special tokens this tokenizer puts before and behind a text. */
type Frame = { readonly head: Ids; readonly tail: Ids };

function specialFrame(tokenizer: Pick<Tokenizer, "encode">): Frame {
  const { ids, specialMask } = tokenizer.encode("a");
  const first = specialMask.indexOf(0);
  if (first < 0) return { head: [], tail: [] };
  const end = specialMask.lastIndexOf(0) + 1;
  return { head: [...ids.subarray(0, first)], tail: [...ids.subarray(end)] };
}

/**
 * Ids of a foreign vocabulary are mostly within the range of this one, and would run as gibberish. What they
 * do not have is this model's special tokens at both ends.
 */
function checkFrame(ids: Ids, { head, tail }: Frame, at: { path: string; hint: string }): void {
  const begins = head.every((id, place) => ids[place] === id);
  const ends = tail.every((id, place) => ids[ids.length - tail.length + place] === id);
  if (begins && ends && ids.length >= head.length + tail.length) return;
  const sides = [
    ...(head.length > 0 ? [`begins with ${head.join(", ")}`] : []),
    ...(tail.length > 0 ? [`ends with ${tail.join(", ")}`] : []),
  ];
  const expected = `a sequence of this model's tokenizer, which ${sides.join(" and ")} (${at.hint})`;
  throw requestFault({ path: at.path, value: ids, expected });
}

type TokensRequest = PromptRequest & Truncation & { readonly inputs: TextsOrIds };

type TokensContext = Parameters<typeof promptOf>[1];

/**
 * What the engine is to run for texts, which may have a prompt, or ids, which have none. Throws `REQUEST_INVALID` as
 * `promptOf` and `toTokenInputs`, and for ids with a prompt.
 */
export function planTextsOrIds(
  request: TokensRequest,
  model: TokensContext,
  tokenizer: IdCheck["tokenizer"],
): RunPlan {
  const { inputs: field, prompt, prompt_name } = request;
  const hasIds = typeof field !== "string" && (isIds(field) || field.some((item) => isIds(item)));
  const [path, value] = prompt_name == null ? ["prompt", prompt] : ["prompt_name", prompt_name];
  if (hasIds && value != null) {
    const expected = "null (inputs that are token ids run as they are)";
    throw requestFault({ path, value, expected });
  }
  const hint = "send text, or ids of this model's own tokenizer";
  const inputs = toTokenInputs(field, promptOf(request, model), {
    field: "inputs",
    tokenizer,
    hint,
  });
  return { inputs, options: runOptions(request) };
}
