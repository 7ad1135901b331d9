// Whether the settings a file states can be run at all. The builder writes only such; anybody may write others.
import { CodedError } from "../error/index.ts";
import { type Graph, InputRole, type Model } from "../gen/manifest_pb.ts";
import { taskOfModel, vectorWidth } from "../task/index.ts";
import { SEQUENCE_LENGTH_MAX } from "../tokenizer/index.ts";

const ROLES: readonly InputRole[] = [
  InputRole.INPUT_IDS,
  InputRole.ATTENTION_MASK,
  InputRole.TOKEN_TYPE_IDS,
  InputRole.POSITION_IDS,
  InputRole.ZEROS,
];

/** Throws `ENGINE_BAD_MODEL` with everything that is wrong. `graph` is what the weights say of themselves. */
export function checkSettings(model: Model, graph: Graph): void {
  const problems = [
    ...lengthProblems(model),
    ...positionProblems(model),
    ...widthProblems(model),
    ...countProblems(model, graph),
    ...promptProblems(model),
    ...bindingProblems(model, graph),
  ];
  // What the task finds in settings of such sizes is found in no time.
  if (problems.length === 0) {
    const found = taskOfModel(model).check(model, graph);
    problems.push(...found.map(({ field, message }) => `${field}: ${message}`));
  }
  if (problems.length === 0) return;
  throw new CodedError(
    "ENGINE_BAD_MODEL",
    "Cannot run this file as its manifest contradicts its graph: build it again",
    { detail: { problems } },
  );
}

function lengthProblems({ tokenizer }: Model): string[] {
  if (tokenizer === undefined) return ["tokenizer: expected its settings, found none"];
  const { maxLength, fixedLength } = tokenizer;
  const isLength = (length: number) => length >= 1 && length <= SEQUENCE_LENGTH_MAX;
  const expected = `expected 1 to ${SEQUENCE_LENGTH_MAX} tokens`;
  return [
    ...(isLength(maxLength) ? [] : [`max length: ${expected}, found ${maxLength}`]),
    ...(fixedLength === 0 || (isLength(fixedLength) && fixedLength >= maxLength)
      ? []
      : [`fixed length: ${expected} and at least ${maxLength}, found ${fixedLength}`]),
  ];
}

/** Beyond this no sequence has a position, and sums would leave the range of an index. */
function positionProblems({ firstPosition }: Model): string[] {
  if (firstPosition <= SEQUENCE_LENGTH_MAX) return [];
  return [`first position: expected at most ${SEQUENCE_LENGTH_MAX}, found ${firstPosition}`];
}

/** Wider than any vector, list of labels or vocabulary in use. */
const WIDTH_MAX = 4_000_000;
/** Every mode once. */
const POOLINGS_MAX = 6;
/** Pipelines have two or three. */
const LAYERS_MAX = 32;
/** A frozen batch is filled up: larger ones would take minutes for one text. */
const FIXED_BATCH_MAX = 1024;
const PROMPTS_MAX = 1000;
const DIMENSIONS_MAX = 1000;

/** Every count that something is allocated by. */
function countProblems(model: Model, graph: Graph): string[] {
  const batches = graph.inputs.map(({ shape }) => Number(shape[0]?.size ?? 0n));
  const batch = batches.reduce((largest, size) => Math.max(largest, size), 0);
  const counts = [
    ["width", Math.max(model.width, model.outputWidth), WIDTH_MAX],
    ["pooling", model.pooling.length, POOLINGS_MAX],
    ["layers", model.layers.length, LAYERS_MAX],
    ["prompts", model.prompts.length, PROMPTS_MAX],
    ["dimensions", model.dimensions.length, DIMENSIONS_MAX],
    ["batch size", batch, FIXED_BATCH_MAX],
  ] as const;
  return [
    ...counts
      .filter(([, found, most]) => found > most)
      .map(([name, found, most]) => `${name}: expected at most ${most}, found ${found}`),
    ...model.dimensions
      .filter((size) => size < 1 || size > model.width)
      .slice(0, 1)
      .map((size) => `dimensions: expected 1 to ${model.width}, found ${size}`),
  ];
}

function promptProblems({ prompts, defaultPrompt }: Model): string[] {
  const names = new Set(prompts.map(({ name }) => name));
  if (names.size < prompts.length || names.has("")) {
    return ["prompts: expected different names, none of them empty"];
  }
  if (defaultPrompt === "" || names.has(defaultPrompt)) return [];
  return ["default prompt: expected one of the prompts"];
}

function widthProblems(model: Model): string[] {
  const made = vectorWidth(model, model.outputWidth || model.width);
  return made === model.width ? [] : [`width: expected ${made}, found ${model.width}`];
}

function bindingProblems({ inputs, output }: Model, graph: Graph): string[] {
  const names = graph.inputs.map(({ name }) => name);
  const bound = inputs.map(({ name }) => name);
  return [
    ...inputs
      .filter(({ role }) => !ROLES.includes(role))
      .map(({ name, role }) => `input "${name}": expected a known role, found ${role}`),
    ...bound
      .filter((name, index) => !names.includes(name) || bound.indexOf(name) !== index)
      .map((name) => `input "${name}": expected one of ${names.join(", ")}, each once`),
    ...names
      .filter((name) => !bound.includes(name))
      .map((name) => `input "${name}": expected a role, found none`),
    ...(graph.outputs.some(({ name }) => name === output)
      ? []
      : [
          `output: expected one of ${graph.outputs.map(({ name }) => name).join(", ")}, found "${output}"`,
        ]),
  ];
}
