// A JSON Schema that fits some values: for what is written by functions and not by schemas.
import type { JsonSchema } from "../../contract/index.ts";

/** Members that some of the objects lack are optional; others may be there. Lists are not looked into. */
export function sampleSchema(samples: readonly unknown[]): JsonSchema {
  const types = [...new Set(samples.map(typeOf))];
  const objects = samples.filter(isPlainObject);
  const type = types.length === 1 ? types[0] : types;
  if (objects.length === 0) return { type };
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const properties = names.map((name) => {
    const values = objects.filter((object) => Object.hasOwn(object, name));
    return [name, sampleSchema(values.map((object) => object[name]))];
  });
  return {
    type,
    properties: Object.fromEntries(properties),
    required: names.filter((name) => objects.every((object) => Object.hasOwn(object, name))),
  };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeOf(value) === "object";
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
