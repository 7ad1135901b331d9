// Which graph input gets what. Bound by name, never by position.
import { create } from "@bufbuild/protobuf";
import {
  type InputBinding,
  InputBindingSchema,
  InputRole,
  type ValueInfo,
} from "../gen/manifest_pb.ts";
import { elementTypeName, FLOAT32, INT32, INT64, STRING } from "../onnx/index.ts";
import { INPUT_ROLE_IDS, type InputRoleId } from "./config.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { ownField } from "./json-file.ts";
import type { Settings } from "./settings.ts";

/** Names exporters give the inputs of text encoders; a ":0" at the end is TensorFlow's. */
const INPUT_NAMES: Readonly<Record<InputRoleId, readonly string[]>> = {
  input_ids: [
    "input_ids",
    "input.1",
    "input",
    "inputs",
    "ids",
    "tokens",
    "token_ids",
    "input_tokens",
    "input_word_ids",
    "word_ids",
  ],
  attention_mask: ["attention_mask", "attn_mask", "input_mask", "mask", "attention_masks"],
  token_type_ids: [
    "token_type_ids",
    "input_type_ids",
    "segment_ids",
    "type_ids",
    "token_types",
    "segments",
  ],
  position_ids: ["position_ids", "positions", "pos_ids", "input_position_ids"],
};

/** Inputs of models that are no text encoders, told once for all of a kind. */
const FOREIGN_INPUTS: readonly (readonly [name: RegExp, what: string, remedy: string])[] = [
  [
    /^(past_?key_?values?|past|key_cache|value_cache|cache|use_cache_branch)([._].*|\d*)$/,
    "the memory of a decoder, which writes text",
    "export an encoder, or the model without past",
  ],
  [
    /^(decoder_.*|encoder_(hidden_states|attention_mask|outputs).*)$/,
    "a part of an encoder-decoder",
    "export its encoder alone",
  ],
  [
    /^(pixel_values|pixel_mask|images?|pixels)$/,
    "images, which are not supported",
    "export the text part alone",
  ],
  [
    /^(input_features|input_values|audio|waveform)$/,
    "sound, which is not supported",
    "export a text encoder",
  ],
  [/^(bbox|boxes)$/, "places on a page, which a text has none of", "export a text encoder"],
  [/^inputs_embeds$/, "vectors in place of token ids", "export the model with its embedding table"],
];

const ROLES: Readonly<Record<InputRoleId, InputRole>> = {
  input_ids: InputRole.INPUT_IDS,
  attention_mask: InputRole.ATTENTION_MASK,
  token_type_ids: InputRole.TOKEN_TYPE_IDS,
  position_ids: InputRole.POSITION_IDS,
};

/** Types the runtime can make; some graphs compute with the ids as numbers and take float32. */
const ELEMENT_TYPES: readonly number[] = [INT64, INT32, FLOAT32];
/** [batch, sequence] */
const INPUT_RANK = 2;

/** Bindings of all inputs of the graph, in its order. Inputs without a known role become problems. */
export function detectInputs(
  inputs: readonly ValueInfo[],
  settings: Settings,
  findings: Findings,
): InputBinding[] {
  const bindings: InputBinding[] = [];
  const taken = new Map<InputRoleId, string>();
  const foreign: string[] = [];
  for (const input of inputs) {
    const found = roleOf(input.name, settings);
    const field = `graph input "${input.name}"`;
    if (found === undefined) {
      if (foreignKind(input.name) !== undefined) foreign.push(input.name);
      else refuseUnknown(input, field, findings);
      continue;
    }
    const { role, source } = found;
    const earlier = taken.get(role);
    if (earlier !== undefined) {
      findings.problem(
        field,
        `found "${earlier}" for ${role} already: choose with --input ${role}=NAME`,
      );
      continue;
    }
    taken.set(role, input.name);
    checkInput(input, field, findings);
    if (input.name !== role) findings.decide(`input ${role}`, input.name, source);
    bindings.push(create(InputBindingSchema, { name: input.name, role: ROLES[role] }));
  }
  refuseForeign(foreign, findings);
  checkRoles(inputs, { taken, settings, isForeign: foreign.length > 0 }, findings);
  return bindings;
}

/**
 * Segments the tokenizer is told not to make are zeros: that is what the reference feeds where the graph has them all
 * the same. `tokenizerConfig` is the file that tells.
 */
export function clearSegments(
  bindings: readonly InputBinding[],
  { settings, tokenizerConfig }: Pick<ModelFacts, "settings" | "tokenizerConfig">,
  findings: Findings,
): void {
  const made = ownField(tokenizerConfig?.fields, "model_input_names");
  const segments = bindings.find(({ role }) => role === InputRole.TOKEN_TYPE_IDS);
  if (segments === undefined || settings.inputs?.value.token_type_ids === segments.name) return;
  if (!Array.isArray(made) || made.includes("token_type_ids")) return;
  segments.role = InputRole.ZEROS;
  const source = `${tokenizerConfig?.name}: model_input_names`;
  findings.decide("input token_type_ids", `${segments.name}, always 0`, source);
}

function refuseUnknown({ name, elementType }: ValueInfo, field: string, findings: Findings): void {
  if (elementType === STRING) {
    findings.problem(
      field,
      "expected token ids: found texts: export the model without a tokenizer in the graph",
    );
    return;
  }
  findings.problem(
    field,
    `expected one of ${INPUT_ROLE_IDS.join(", ")}: say what it is with --input ROLE=${name}, ` +
      "or export the model as a text encoder",
  );
}

function foreignKind(name: string): (typeof FOREIGN_INPUTS)[number] | undefined {
  return FOREIGN_INPUTS.find(([pattern]) => pattern.test(plainName(name)));
}

/** One problem for each kind: decoders have dozens of such inputs. */
function refuseForeign(names: readonly string[], findings: Findings): void {
  for (const kind of new Set(names.map(foreignKind))) {
    const [first, ...others] = names.filter((name) => foreignKind(name) === kind);
    if (kind === undefined || first === undefined) continue;
    const [, what, remedy] = kind;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    findings.problem(
      `graph input "${first}"${more}`,
      `expected inputs of a text encoder (${INPUT_ROLE_IDS.join(", ")}): found ${what}: ${remedy}`,
    );
  }
}

/** Without what TensorFlow adds. */
function plainName(name: string): string {
  return name.replace(/:\d+$/, "").replace(/^serving_default_/, "");
}

function roleOf(
  name: string,
  settings: Settings,
): { readonly role: InputRoleId; readonly source: string } | undefined {
  const given = settings.inputs;
  if (given !== undefined) {
    const role = INPUT_ROLE_IDS.find((id) => given.value[id] === name);
    if (role !== undefined) return { role, source: given.source };
  }
  const plain = plainName(name);
  const role = INPUT_ROLE_IDS.find(
    (id) => given?.value[id] === undefined && INPUT_NAMES[id].includes(plain),
  );
  return role === undefined ? undefined : { role, source: "graph: found by name" };
}

function checkInput(input: ValueInfo, field: string, findings: Findings): void {
  if (!ELEMENT_TYPES.includes(input.elementType)) {
    const expected = ELEMENT_TYPES.map(elementTypeName).join(", ");
    const found = elementTypeName(input.elementType);
    const remedy =
      input.elementType === STRING
        ? "export the model without a tokenizer in the graph"
        : "export the model with integer inputs";
    findings.problem(field, `expected type ${expected}: found ${found}: ${remedy}`);
  }
  const rank = input.shape.length;
  if (rank !== 0 && rank !== INPUT_RANK) {
    const expected = "expected 2 dimensions (batch, sequence)";
    findings.problem(field, `${expected}: found ${rank}: export the model with batches of texts`);
  }
}

function checkRoles(
  inputs: readonly ValueInfo[],
  found: {
    readonly taken: ReadonlyMap<InputRoleId, string>;
    readonly settings: Settings;
    readonly isForeign: boolean;
  },
  findings: Findings,
): void {
  const names = inputs.map(({ name }) => `"${name}"`).join(", ") || "none";
  for (const [role, name] of Object.entries(found.settings.inputs?.value ?? {})) {
    if (inputs.some((input) => input.name === name)) continue;
    const field = found.settings.inputs?.source ?? "inputs";
    findings.problem(field, `the graph has no input "${name}" for ${role}: it has ${names}`);
  }
  // What the model is instead is told already.
  if (!found.taken.has("input_ids") && !found.isForeign) {
    findings.problem(
      "graph",
      `expected an input of token ids: found ${names}: is this a text encoder?`,
    );
  }
  if (found.taken.has("input_ids") && !found.taken.has("attention_mask")) {
    findings.decide("input attention_mask", "none", "graph: it sees padding as tokens");
  }
}
