// Entities as the pipelines of transformers print them.
import { z } from "zod";
import { AGGREGATION_STRATEGIES, type Entity } from "../task/index.ts";
import { bounded } from "./field.ts";
import type { Limits } from "./limit.ts";

const place = { word: z.string(), start: z.int(), end: z.int() };

export const entitySchema = z.union([
  z.object({ entity_group: z.string(), score: z.number(), ...place }),
  z.object({ entity: z.string(), score: z.number(), index: z.int(), ...place }),
]);

export const strategyField = z.enum(AGGREGATION_STRATEGIES);

export function ignoreLabelsField(limits: Limits) {
  const max = limits.labelsPerRequest;
  return bounded(max, z.array(z.string()).max(max).nullish());
}

export function toEntityJson(entity: Entity): z.infer<typeof entitySchema> {
  const { label, score, index, word, start, end } = entity;
  return index === undefined
    ? { entity_group: label, score, word, start, end }
    : { entity: label, score, index, word, start, end };
}
