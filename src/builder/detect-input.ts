// Which graph input gets what. Bound by name, never by position.
import { create } from "@bufbuild/protobuf";
import {
  type InputBinding,
  InputBindingSchema,
  InputRole,
  type ValueInfo,
} from "../gen/manifest_pb.ts";
import { elementTypeName, FLOAT32, INT32, INT64 } from "../onnx/index.ts";
import { INPUT_ROLE_IDS, type InputRoleId } from "./config.ts";
import type { Findings } from "./findings.ts";
import type { Settings } from "./settings.ts";

/** Names exporters give the inputs of text encoders; a ":0" at the end is TensorFlow's. */
const INPUT_NAMES: Readonly<Record<InputRoleId, readonly string[]>> = {
  input_ids: ["input_ids", "input.1", "input", "inputs", "ids", "tokens", "input_word_ids"],
  attention_mask: ["attention_mask", "input_mask", "mask"],
  token_type_ids: ["token_type_ids", "input_type_ids", "segment_ids", "type_ids"],
  position_ids: ["position_ids"],
};

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
  for (const input of inputs) {
    const found = roleOf(input.name, settings);
    const field = `graph input "${input.name}"`;
    if (found === undefined) {
      findings.problem(
        field,
        `expected one of ${INPUT_ROLE_IDS.join(", ")}: say what it is with --input ROLE=${input.name}, ` +
          "or export the model as a text encoder",
      );
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
  checkRoles(inputs, { taken, settings }, findings);
  return bindings;
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
  const plain = name.replace(/:0$/, "").replace(/^serving_default_/, "");
  const role = INPUT_ROLE_IDS.find(
    (id) => given?.value[id] === undefined && INPUT_NAMES[id].includes(plain),
  );
  return role === undefined ? undefined : { role, source: "graph: found by name" };
}

function checkInput(input: ValueInfo, field: string, findings: Findings): void {
  if (!ELEMENT_TYPES.includes(input.elementType)) {
    const expected = ELEMENT_TYPES.map(elementTypeName).join(", ");
    const found = elementTypeName(input.elementType);
    findings.problem(field, `expected type ${expected}: found ${found}: export the model again`);
  }
  const rank = input.shape.length;
  if (rank !== 0 && rank !== INPUT_RANK) {
    findings.problem(field, `expected 2 dimensions (batch, sequence): found ${rank}`);
  }
}

function checkRoles(
  inputs: readonly ValueInfo[],
  found: { readonly taken: ReadonlyMap<InputRoleId, string>; readonly settings: Settings },
  findings: Findings,
): void {
  const names = inputs.map(({ name }) => `"${name}"`).join(", ") || "none";
  for (const [role, name] of Object.entries(found.settings.inputs?.value ?? {})) {
    if (inputs.some((input) => input.name === name)) continue;
    const field = found.settings.inputs?.source ?? "inputs";
    findings.problem(field, `the graph has no input "${name}" for ${role}: it has ${names}`);
  }
  if (!found.taken.has("input_ids")) {
    findings.problem(
      "graph",
      `expected an input of token ids: found ${names}: is this a text encoder?`,
    );
  }
  if (found.taken.has("input_ids") && !found.taken.has("attention_mask")) {
    findings.decide("input attention_mask", "none", "graph: it sees padding as tokens");
  }
}
