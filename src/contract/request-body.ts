// The body of a request as a schema: what is asked about, and the options of how. Options count at
// the top level, where TEI and published encoderfiles have them, as well as in `parameters`, where
// Hugging Face has them. An option that would be ignored for its place or its spelling is refused.
import { z } from "zod";
import { nearName } from "./near-name.ts";

type Shape = z.core.$ZodShape;
type Values<S extends Shape> = z.infer<z.ZodObject<S>>;

type Body<Fields extends Shape, Options extends Shape> = {
  /** What is asked about: at the top level only. */
  readonly fields: Fields;
  /** All may be absent or null. */
  readonly options: Options;
  /**
   * What becomes of names nobody knows at the top level. `refused`: a fault each, as everywhere in
   * `parameters`. `ignored`: as TEI does, whose clients may send more than is read; but a name that
   * can only be meant for this project is a fault nevertheless: one of `OWN_OPTIONS`, or one that
   * differs in spelling only from a field which the body lacks.
   */
  readonly unknown: "refused" | "ignored";
};

/** Options of this project, or of some of its routes only: ignored, they would seem to have worked. */
const OWN_OPTIONS: readonly string[] = [
  "aggregation_strategy",
  "candidate_labels",
  "dimensions",
  "function_to_apply",
  "hypothesis_template",
  "ignore_labels",
  "multi_label",
  "normalize",
  "offsets",
  "prompt",
  "stride",
  "threshold",
  "top_k",
];

/** Unknown names that are spelt out; a body may have thousands. */
const NAMES_SHOWN = 8;

/**
 * The body with its options at the top level, wherever they were given. One that is given in both
 * places, with different values, is a fault.
 */
export function requestBody<Fields extends Shape, Options extends Shape>(
  body: Body<Fields, Options>,
): z.ZodType<Values<Fields> & Values<Options>> {
  const { fields, options, unknown } = body;
  // That names are refused is checked before; being strict is for those who read the schema.
  const parameters = named(z.strictObject(options), Object.keys(options), "refused").nullish();
  const shape = { ...fields, ...options, parameters };
  const schema = unknown === "refused" ? z.strictObject(shape) : z.object(shape);
  const checked = named(schema, Object.keys(shape), unknown);
  // The types of a shape that is a parameter are more than the compiler follows: `schema` has made
  // the top level a Values<Fields & Options>, and `parameters` a Values<Options>.
  const merged = checked.transform((value, context) =>
    mergeParameters(value as Parsed, Object.keys(options), context),
  );
  return merged as unknown as z.ZodType<Values<Fields> & Values<Options>>;
}

/** A body with these fields and no others, for dialects that have no `parameters`. */
export function strictBody<Fields extends Shape>(fields: Fields): z.ZodType<Values<Fields>> {
  const schema = named(z.strictObject(fields), Object.keys(fields), "refused");
  // What `named` gives is what the schema it was given gives.
  return schema as unknown as z.ZodType<Values<Fields>>;
}

/** `schema`, for whose faults misspelt names come first: they explain what else is missing. */
function named(
  schema: z.ZodType,
  known: readonly string[],
  unknown: Body<Shape, Shape>["unknown"],
) {
  return z.preprocess((value, context) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const absent = known.filter((name) => !Object.hasOwn(value, name));
    const faulty = Object.keys(value).filter((name) => {
      if (known.includes(name)) return false;
      if (unknown === "refused" || OWN_OPTIONS.includes(name)) return true;
      return nearName(name, absent) !== undefined;
    });
    for (const name of faulty.slice(0, NAMES_SHOWN)) {
      const near = nearName(name, absent) ?? nearName(name, known);
      const remedy = near === undefined ? "leave it out" : `did you mean "${near}"?`;
      const message = `none of the fields ${known.join(", ")}: ${remedy}`;
      const params = { isName: true };
      context.issues.push({ code: "custom", path: [name], input: value, message, params });
    }
    return value;
  }, schema);
}

type Parsed = Readonly<Record<string, unknown>> & {
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
};

function mergeParameters(
  { parameters, ...top }: Parsed,
  names: readonly string[],
  context: z.RefinementCtx,
) {
  const merged: Record<string, unknown> = { ...top };
  for (const name of names) {
    const given = parameters?.[name];
    if (given == null) continue;
    if (top[name] == null) {
      merged[name] = given;
    } else if (!Bun.deepEquals(top[name], given)) {
      context.issues.push({
        code: "custom",
        path: ["parameters", name],
        message: `the same as in "${name}", or only one of the two,`,
        input: given,
      });
    }
  }
  return merged;
}
