// What sentence-transformers' file of the transformer says beyond lengths and sides: whatever would change the answers
// and is not done here is refused by name.
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { isObject, type JsonObject, ownField } from "./json-file.ts";
import { CALLER_KEYS } from "./late-interaction.ts";

/** Whether the value is what the reference does anyway, or has a reader elsewhere. */
type Accepts = (value: unknown, path: string, refuse: Refuse) => boolean;
type Refuse = (path: string, value: unknown) => void;

const anything: Accepts = () => true;
const oneOf =
  (...values: readonly unknown[]): Accepts =>
  (value) =>
    values.includes(value);

/** An object whose every field is accepted by name; other fields are refused, with their path. */
function fields(known: Readonly<Record<string, Accepts>>): Accepts {
  return (value, path, refuse) => {
    if (!isObject(value)) return false;
    for (const [key, item] of Object.entries(value)) checkField({ key, item, path }, known, refuse);
    return true;
  };
}

/** Where the weights come from and what they are computed with: the graph is there already. */
const LOADING_MODEL = fields({
  torch_dtype: anything,
  dtype: anything,
  attn_implementation: anything,
  device_map: anything,
  low_cpu_mem_usage: anything,
  use_safetensors: anything,
  trust_remote_code: anything,
  use_memory_efficient_attention: anything,
  unpad_inputs: anything,
});
const LOADING_TOKENIZER = fields({
  model_max_length: anything,
  padding_side: anything,
  truncation_side: anything,
  use_fast: anything,
  trust_remote_code: anything,
});

const KEYS: Readonly<Record<string, Accepts>> = {
  max_seq_length: anything,
  do_lower_case: anything,
  unpad_inputs: anything,
  backend: oneOf("torch", "onnx"),
  transformer_task: oneOf("feature-extraction", "sequence-classification", "fill-mask"),
  module_output_name: oneOf("token_embeddings", "scores"),
  modality_config: fields({
    text: fields({
      method: oneOf("forward"),
      method_output_name: oneOf("last_hidden_state", "logits"),
    }),
  }),
  processing_kwargs: fields({
    text: fields({
      max_length: anything,
      padding: oneOf(true, "longest"),
      truncation: oneOf(true, "longest_first"),
    }),
  }),
  tokenizer_args: LOADING_TOKENIZER,
  processor_kwargs: LOADING_TOKENIZER,
  model_args: LOADING_MODEL,
  model_kwargs: LOADING_MODEL,
  config_args: fields({ trust_remote_code: anything }),
  config_kwargs: fields({ trust_remote_code: anything }),
};

const SHOWN_LENGTH_MAX = 60;

/** Fields that ask for more than this builder does become problems. */
export function checkSentenceConfig(
  { sentenceBertConfig: file }: ModelFacts,
  isLate: boolean,
  findings: Findings,
): void {
  if (file === undefined) return;
  const refuse: Refuse = (path, value) => {
    const found = (JSON.stringify(value) ?? "nothing").slice(0, SHOWN_LENGTH_MAX);
    findings.problem(
      `${file.name}: ${path}`,
      `found ${found}, which changes what the reference answers and is not done here: remove the field if the graph ` +
        "does not need it, or export the model so that the graph holds it",
    );
  };
  // What models of late interaction do around their texts is told to the caller.
  const left = isLate ? Object.fromEntries(CALLER_KEYS.map((key) => [key, anything])) : {};
  const known = { ...KEYS, ...left };
  for (const [key, item] of Object.entries(file.fields)) {
    checkField({ key, item, path: "" }, known, refuse);
  }
  checkOutput(file.fields, refuse);
}

function checkField(
  { key, item, path }: { readonly key: string; readonly item: unknown; readonly path: string },
  known: Readonly<Record<string, Accepts>>,
  refuse: Refuse,
): void {
  const place = path === "" ? key : `${path}.${key}`;
  // Null is how the reference writes that nothing is set.
  if (item === null) return;
  const accepts = Object.hasOwn(known, key) ? known[key] : undefined;
  if (accepts?.(item, place, refuse) !== true) refuse(place, item);
}

/** Logits are what heads answer with; without one they are of another model. */
function checkOutput(all: JsonObject, refuse: Refuse): void {
  const modality = ownField(all, "modality_config");
  const text = isObject(modality) ? ownField(modality, "text") : undefined;
  const output = isObject(text) ? ownField(text, "method_output_name") : undefined;
  const isHead =
    (ownField(all, "transformer_task") ?? "feature-extraction") !== "feature-extraction";
  const name = "modality_config.text.method_output_name";
  if ((output === "logits" && !isHead) || (output === "last_hidden_state" && isHead)) {
    refuse(name, output);
  }
}
