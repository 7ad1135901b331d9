// Entities as the pipelines of transformers print them.
import { z } from "zod";
import { AGGREGATION_STRATEGIES, type Entity } from "../task/index.ts";
import type { RunPlan } from "./exchange.ts";
import { bounded, runOptions, type Truncation } from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestFault } from "./parse-request.ts";

const place = { word: z.string(), start: z.int(), end: z.int() };

export const entitySchema = z.union([
  z.object({ entity_group: z.string(), score: z.number(), ...place }),
  z.object({ entity: z.string(), score: z.number(), index: z.int(), ...place }),
]);

export const strategyField = z.enum(AGGREGATION_STRATEGIES);

/** Names of labels. */
export function labelNamesField(limits: Limits) {
  const max = limits.labelsPerRequest;
  return bounded(max, z.array(z.string()).max(max).nullish());
}

/** Tokens that two windows of a long text share. */
export const strideField = z.int().min(0).nullish();

type TokenRun = Truncation & { readonly stride?: number | null | undefined };

/**
 * What the engine is to do with texts for a token classifier, which reads long ones in windows
 * unless it is told about truncation. Throws `REQUEST_INVALID` for a stride without windows; which
 * strides fit the model is the engine's business.
 */
export function tokenRunOptions(request: TokenRun): RunPlan["options"] {
  const { stride, truncate } = request;
  if (stride == null) return runOptions(request);
  if (truncate != null) {
    const expected = 'null (with "truncate" given no text is read in windows)';
    throw requestFault({ path: "stride", value: stride, expected });
  }
  return { ...runOptions(request), windowOverlap: stride };
}

/** What `toEntityJson` gives, with its names. */
export const ENTITY_ITEMS = 12;

export function toEntityJson(entity: Entity): z.infer<typeof entitySchema> {
  const { label, score, index, word, start, end } = entity;
  return index === undefined
    ? { entity_group: label, score, word, start, end }
    : { entity: label, score, index, word, start, end };
}
