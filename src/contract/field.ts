// The fields requests share, as schemas with limits, and what they mean to the engine.
import { z } from "zod";
import type { Answer, TaskInput } from "../task/index.ts";
import type { RunPlan } from "./exchange.ts";
import type { Limits } from "./limit.ts";

/**
 * `schema`, but an array longer than `max` is refused before its elements are looked at: a body of
 * a million wrong elements must not become a million faults.
 */
export function bounded<T>(max: number, schema: z.ZodType<T>) {
  return z.preprocess((value, context) => {
    const count = Array.isArray(value) ? value.length : 0;
    if (count <= max) return value;
    context.issues.push({
      code: "too_big",
      origin: "array",
      maximum: max,
      inclusive: true,
      input: value,
    });
    return z.NEVER;
  }, schema);
}

/**
 * JSON may spell half of a surrogate pair, which is no character: it counts as U+FFFD, in answers
 * as well, so that all who read them see the text the model saw.
 */
export function wellFormed(schema: z.ZodString) {
  return schema.overwrite((text) => text.toWellFormed());
}

/** A text within bounds in UTF-16 units, as `length` has them: those of the library alone count code points. */
export function boundedText(max: number, min = 0): z.ZodString {
  return z
    .string()
    .min(min)
    .max(max)
    .check(({ value, issues }) => {
      if (value.length <= max || issues.length > 0) return;
      // Continuing, as the library's own faults of length: a union then names this one alone.
      const bound = { code: "too_big", origin: "string", maximum: max, inclusive: true } as const;
      issues.push({ ...bound, continue: true, input: value });
    });
}

/** One text that is to be answered: it must have characters. */
export function textField(limits: Limits) {
  return wellFormed(boundedText(limits.charactersPerInput, 1));
}

/** Two texts, one of which may be empty. */
export function pairField(limits: Limits) {
  const side = wellFormed(boundedText(limits.charactersPerInput));
  return z
    .tuple([side, side])
    .refine(([text, pair]) => text !== "" || pair !== "", "a pair with at least one text");
}

/** A text, or a list of texts. */
export function textsField(limits: Limits) {
  const text = textField(limits);
  const texts = z.array(text).min(1).max(limits.inputsPerRequest);
  return bounded(limits.inputsPerRequest, z.union([text, texts]));
}

/** A text, or a list of texts and pairs. */
export function textsOrPairsField(limits: Limits) {
  const text = textField(limits);
  const inputs = z
    .array(z.union([text, pairField(limits)]))
    .min(1)
    .max(limits.inputsPerRequest);
  return bounded(limits.inputsPerRequest, z.union([text, inputs]));
}

/** A caller's own strings, given back with the answer. */
export function metadataField(limits: Limits) {
  return z.preprocess((value, context) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const expected =
      Object.keys(value).length > limits.metadataEntries
        ? `an object of at most ${limits.metadataEntries} entries`
        : // The schema would leave it out of what it copies.
          Object.hasOwn(value, "__proto__") && 'an object without the name "__proto__"';
    if (expected === false) return value;
    context.issues.push({ code: "custom", message: expected, input: value });
    return z.NEVER;
  }, z.record(z.string(), z.string()).nullish());
}

/** What spans count; code points when absent. */
export const offsetsField = z.enum(["codepoint", "utf16", "byte"]).nullish();

/** How many of the best are shown; all when absent. */
export const topKField = z.int().min(1).nullish();

/** Scores below it are left out. */
export const probabilityField = z.number().min(0).max(1).nullish();

/** What to do with texts that are too long for the model; both may be null, as in TEI. */
export const truncationOptions = {
  truncate: z.boolean().nullish(),
  truncation_direction: z.enum(["right", "left", "Right", "Left"]).nullish(),
} as const;

export type Truncation = {
  readonly truncate?: boolean | null | undefined;
  readonly truncation_direction?: "right" | "left" | "Right" | "Left" | null | undefined;
};

/** What the engine is to do; absent fields leave the decision to it. */
export function runOptions({ truncate, truncation_direction }: Truncation): RunPlan["options"] {
  const side = truncation_direction?.toLowerCase();
  return {
    ...(truncate == null ? {} : { truncate }),
    ...(side === "left" || side === "right" ? { truncateSide: side } : {}),
  };
}

/**
 * The inputs of a field that holds one text, or several texts and pairs. A prompt goes before each;
 * an empty one is none.
 */
export function toInputs(
  field: string | readonly (string | readonly [string, string])[],
  prompt = "",
): readonly TaskInput[] {
  const items = typeof field === "string" ? [field] : field;
  const before = prompt === "" ? {} : { prompt };
  return items.map((item) =>
    typeof item === "string"
      ? { text: item, ...before }
      : { text: item[0], pair: item[1], ...before },
  );
}

/** Tokens the model read for these answers, special tokens included. */
export function countTokens(answers: readonly Answer[]): number {
  return answers.reduce((sum, { encoding }) => sum + encoding.ids.length, 0);
}

/**
 * A vector in a response: an array of numbers on the wire, and until then a Float32Array, so that
 * each transport can encode it without a detour.
 */
export const vectorField =
  // The schema describes the wire and is never run over a Float32Array.
  z.array(z.number()) as unknown as z.ZodType<Float32Array>;
