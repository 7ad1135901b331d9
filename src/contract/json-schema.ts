// The schemas that validate, written as JSON Schema (2020-12) for those who read descriptions of interfaces.
import { z } from "zod";

/** What a request or response is held against. */
export type Schema = z.ZodType;

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a client may send. Rules that JSON Schema has no words for are left out. */
export function requestJsonSchema(schema: Schema): JsonSchema {
  return withoutDialect(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
}

/** What a client gets. */
export function responseJsonSchema(schema: Schema): JsonSchema {
  return withoutDialect(z.toJSONSchema(schema, { io: "output", unrepresentable: "any" }));
}

/** The document around it says which dialect it is. */
function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
