// The Open Inference Protocol (KServe v2): tensors of texts, or of tokens as the graph takes them, in
// and tensors out. The name and version of the model are the business of the path.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import {
  ACTIVATIONS,
  type Answer,
  checkDimensions,
  type TaskId,
  taskOfModel,
} from "../task/index.ts";
import { strideField, tokenRunOptions } from "./entity-json.ts";
import type { Exchange, ExchangeContext, Prepared, RunPlan } from "./exchange.ts";
import { bounded, offsetsField, runOptions, truncationOptions } from "./field.ts";
import {
  checkTensorSize,
  defaultOutputs,
  type Output,
  type OutputOptions,
  outputsOf,
} from "./kserve-output.ts";
import {
  checkParameters,
  nameOfRole,
  PAIR_INPUT,
  parametersField,
  quote,
  type ReadInputs,
  readTensors,
  sendableRoles,
  TEXT_INPUT,
  tensorFault,
  tensorsField,
} from "./kserve-tensor.ts";
import type { Limits } from "./limit.ts";
import { parseRequest, requestFault } from "./parse-request.ts";
import { promptOf, promptOptions } from "./prompt.ts";
import { strictBody } from "./request-body.ts";
import { finishSteps, mapSteps, type Steps } from "./steps.ts";

/** Outputs a request may name; no task has more. */
const OUTPUTS_MAX = 16;

/** Everything any task understands; which of them one does is said below. */
function allParameters(limits: Limits) {
  return {
    ...truncationOptions,
    ...promptOptions(limits),
    normalize: z.boolean().nullish(),
    dimensions: z.int().nullish(),
    function_to_apply: z.enum(ACTIVATIONS).nullish(),
    offsets: offsetsField,
    stride: strideField,
    // What clients that can read tensors behind the JSON may say.
    binary_data_output: z
      .boolean()
      .refine((binary) => !binary, "false (outputs are in the JSON)")
      .nullish(),
  };
}

type Parameters = Partial<z.infer<z.ZodObject<ReturnType<typeof allParameters>>>>;
type ParameterName = keyof ReturnType<typeof allParameters>;

const COMMON = ["truncate", "truncation_direction", "binary_data_output"] as const;
const PROMPTS = ["prompt_name", "prompt"] as const;

const PARAMETERS: Readonly<Record<TaskId, readonly ParameterName[]>> = {
  sentence_embedding: [...COMMON, ...PROMPTS, "normalize", "dimensions"],
  embedding: [...COMMON, ...PROMPTS, "offsets"],
  sequence_classification: [...COMMON, "function_to_apply"],
  token_classification: [...COMMON, "offsets", "stride"],
  reranking: COMMON,
  sparse_embedding: [...COMMON, ...PROMPTS],
};

function requestSchema(task: TaskId, limits: Limits) {
  const all = allParameters(limits);
  const own = Object.fromEntries(PARAMETERS[task].map((name) => [name, all[name]]));
  // Which of the parameters there are is known at run time only; each is optional in any case.
  const parameters = strictBody(own) as unknown as z.ZodType<Parameters>;
  const requested = z.object({ name: z.string(), parameters: parametersField });
  return z.object({
    id: z.string().nullish(),
    parameters: parameters.nullish(),
    inputs: tensorsField,
    outputs: bounded(OUTPUTS_MAX, z.array(requested).max(OUTPUTS_MAX).nullish()),
  });
}

type InferRequest = z.infer<ReturnType<typeof requestSchema>>;

const responseSchema = z.object({
  model_name: z.string(),
  model_version: z.string().optional(),
  id: z.string(),
  parameters: z.object({ truncated_inputs: z.int() }).optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.enum(["FP32", "INT64", "BYTES"]),
      shape: z.array(z.int()),
      data: z.array(z.union([z.number(), z.string()])),
    }),
  ),
});

/** `infer` of the models of one task. */
export function infer(task: TaskId, limits: Limits): Exchange {
  const request = requestSchema(task, limits);
  return {
    view: "default",
    request,
    response: responseSchema,
    prepare: (body, context) => prepareInfer(parseRequest(request, body), { context, limits }),
  };
}

type Surroundings = { readonly context: ExchangeContext; readonly limits: Limits };

function prepareInfer(request: InferRequest, { context, limits }: Surroundings): Prepared {
  const { model } = context;
  const parameters = request.parameters ?? {};
  const { id: task, takesPairs } = taskOfModel(model);
  const { inputs, layout } = readTensors(request.inputs, { model, takesPairs, limits });
  checkInputs(task, { inputs, layout }, limits);
  const outputs = chosenOutputs(request, model, layout !== undefined);
  if (layout !== undefined) {
    // Before the model works for what nobody will get.
    for (const { shape } of outputs) {
      checkTensorSize(
        shape.map((size, at) => (size < 0 ? [inputs.length, layout.columns][at]! : size)),
      );
    }
  }
  const [first] = outputs;
  const options = optionsOf(parameters, layout !== undefined);
  const countTruncated: Prepared["countTruncated"] = (answers) =>
    answers.filter(({ encoding }) => encoding.truncated).length;
  function* steps(answers: readonly Answer[]): Steps<unknown> {
    const truncated = countTruncated(answers);
    return {
      model_name: context.modelId,
      id: request.id ?? context.requestId,
      ...(truncated === 0 ? {} : { parameters: { truncated_inputs: truncated } }),
      outputs: yield* mapSteps(outputs, ({ name, datatype, make }) => {
        const { shape, data } = make({ answers, layout, options: parameters, context });
        return { name, datatype, shape, data };
      }),
    };
  }
  return {
    inputs: withPrompt(inputs, parameters, { model, layout }),
    options: first?.view === "tokens" ? { ...options, view: first.view } : options,
    countTruncated,
    countItems: ({ inputs: count, longest }) =>
      countTokenItems(outputs, count, layout?.columns ?? longest),
    respond: (answers) => finishSteps(steps(answers)),
    steps,
  };
}

/** Numbers and texts of the outputs that have some for each token. */
function countTokenItems(outputs: readonly Output[], rows: number, columns: number): number {
  return outputs
    .filter(({ shape }) => shape[1] === -1)
    .reduce((sum, { shape }) => sum + shape.slice(2).reduce((a, b) => a * b, rows * columns), 0);
}

/** What can be said against the inputs once it is known what the model is for. */
function checkInputs(task: TaskId, { inputs, layout }: ReadInputs, limits: Limits): void {
  if (task !== "reranking") return;
  const max = limits.textsPerRerank;
  if (inputs.length > max) {
    const found = `${inputs.length} pairs`;
    throw tensorFault({ path: "inputs", found, expected: `at most ${max} to rank` });
  }
  if (layout !== undefined || inputs[0]?.pair !== undefined) return;
  throw tensorFault({
    path: "inputs",
    found: "one of texts",
    expected: `"${TEXT_INPUT}" (the query) with "${PAIR_INPUT}" (the documents)`,
  });
}

function optionsOf(parameters: Parameters, isTokens: boolean): RunPlan["options"] {
  // Tokens run as they are given, or not at all.
  if (isTokens) return { ...runOptions(parameters), truncate: parameters.truncate ?? false };
  return parameters.stride === undefined ? runOptions(parameters) : tokenRunOptions(parameters);
}

function withPrompt(
  inputs: ReadInputs["inputs"],
  parameters: Parameters & OutputOptions,
  { model, layout }: { readonly model: Model; readonly layout: ReadInputs["layout"] },
): RunPlan["inputs"] {
  if (taskOfModel(model).id === "sentence_embedding") {
    checkDimensions(model, parameters.dimensions ?? undefined);
  }
  if (layout !== undefined) {
    for (const name of PROMPTS) {
      const value = parameters[name];
      if (value == null) continue;
      const expected = "null (with tokens, before which no text can stand)";
      throw requestFault({ path: `parameters.${name}`, value, expected });
    }
    return inputs;
  }
  if (taskOfModel(model).takesPairs) return inputs;
  const prompt = promptOf(parameters, model);
  return prompt === "" ? inputs : inputs.map((input) => ({ ...input, prompt }));
}

function chosenOutputs(
  { outputs }: InferRequest,
  model: Model,
  isTokens: boolean,
): readonly Output[] {
  if (outputs == null || outputs.length === 0) return defaultOutputs(model, isTokens);
  const known = outputsOf(model);
  const chosen = outputs.map(({ name, parameters }, index) => {
    const path = `outputs[${index}]`;
    checkParameters(parameters, path);
    if (parameters?.["classification"] != null) {
      const found = String(parameters["classification"]);
      const expected = "absent (all scores are given)";
      throw tensorFault({ path: `${path}.parameters.classification`, found, expected });
    }
    const output = known.find((candidate) => candidate.name === name);
    const isTwice = outputs.findIndex((other) => other.name === name) < index;
    if (output !== undefined && !isTwice) return output;
    const names = known.map((candidate) => `"${candidate.name}"`).join(", ");
    const expected = `one of ${names}, each at most once`;
    throw tensorFault({ path: `${path}.name`, found: quote(name), expected });
  });
  const other = chosen.findIndex(({ view }) => view !== chosen[0]?.view);
  if (other < 0) return chosen;
  throw tensorFault({
    path: `outputs[${other}].name`,
    found: quote(chosen[other]?.name ?? ""),
    expected: `no output beside ${quote(chosen[0]?.name ?? "")} (one is of texts, one of tokens)`,
  });
}

const tensorInfoSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()),
});

export const inferenceInfoSchema = z.object({
  inputs: z.array(tensorInfoSchema),
  outputs: z.array(tensorInfoSchema),
  parameters: z.record(z.string(), z.string()),
});

/** What the protocol tells of servers and models. */
export const kserveServerSchema = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export const kserveModelSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  ...inferenceInfoSchema.shape,
});
export const kserveLiveSchema = z.object({ live: z.boolean() });
export const kserveReadySchema = z.object({ ready: z.boolean(), live: z.boolean() });
export const kserveModelReadySchema = z.object({ name: z.string(), ready: z.boolean() });

/**
 * The tensors of a model: texts in, and what is answered to them. Those of the graph, which may be
 * sent and asked for instead, are named in the parameters, as not all of them are wanted at once.
 */
export function describeInference(model: Model): z.infer<typeof inferenceInfoSchema> {
  const { id: task, takesPairs } = taskOfModel(model);
  const needsPairs = task === "reranking";
  const names = needsPairs ? [TEXT_INPUT, PAIR_INPUT] : [TEXT_INPUT];
  const tokens = sendableRoles(model).map((role) => nameOfRole(model, role));
  return {
    inputs: names.map((name) => ({ name, datatype: "BYTES", shape: [-1] })),
    outputs: defaultOutputs(model, false).map(({ name, datatype, shape }) => ({
      name,
      datatype,
      shape: [...shape],
    })),
    parameters: {
      task,
      ...(takesPairs && !needsPairs ? { optional_inputs: `${PAIR_INPUT} BYTES [-1]` } : {}),
      token_inputs: tokens.map((name) => `${name} INT64 [-1, -1]`).join(", "),
      token_outputs: defaultOutputs(model, true)
        .map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(", ")}]`)
        .join(", "),
    },
  };
}
