// `classify` in three dialects. With `inputs` it is TEI's predict for texts and Hugging Face's
// inference API for entities: the bare result for one input, an array of results for a batch. With
// `input` it is infinity's: always a batch, framed; with `use_activation` as well it is vLLM's.
import { z } from "zod";
import { ACTIVATIONS, type Activation, type Answer, classify, entitySteps } from "../task/index.ts";
import { AnswerBudget } from "./answer-limit.ts";
import {
  checkThreshold,
  classScoreSchema,
  thresholdField,
  toRankedScores,
} from "./class-score-json.ts";
import {
  ENTITY_ITEMS,
  entitySchema,
  labelNamesField,
  strategyField,
  strideField,
  toEntityJson,
  tokenRunOptions,
} from "./entity-json.ts";
import { chooseExchange, defineExchange, type Exchange, type ExchangeContext } from "./exchange.ts";
import {
  bounded,
  countTokens,
  offsetsField,
  pairField,
  probabilityField,
  runOptions,
  textField,
  textsField,
  toInputs,
  topKField,
  truncationOptions,
} from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestBody } from "./request-body.ts";
import { mapSteps } from "./steps.ts";
import { classifyVllm, isVllm } from "./vllm.ts";
import { classifyZeroShot, isZeroShot } from "./zero-shot.ts";

type Dialects<Inputs> = {
  readonly inputs?: Inputs | undefined;
  readonly input?: string | readonly string[] | undefined;
};

function hasOneDialect(request: Dialects<unknown>): boolean {
  return (request.inputs === undefined) !== (request.input === undefined);
}

const ONE_DIALECT = 'an object with either "inputs" or "input", not both';

function framed<Item extends z.ZodType>(item: Item) {
  return z.object({
    object: z.literal("classify"),
    data: z.array(item),
    model: z.string(),
    usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
    id: z.string(),
    created: z.int(),
  });
}

/** The response in the dialect of the request. */
function answerIn<Item>(
  items: Item[],
  dialect: { readonly isFramed: boolean; readonly isSingle: boolean },
  { answers, context }: { answers: readonly Answer[]; context: ExchangeContext },
) {
  const [only] = items;
  if (!dialect.isFramed) return dialect.isSingle && only !== undefined ? only : items;
  const tokens = countTokens(answers);
  return {
    object: "classify" as const,
    data: items,
    model: context.modelId,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    id: context.requestId,
    created: context.createdSeconds,
  };
}

/**
 * TEI's four forms: "text", ["text"], ["text", "pair"], and a batch of the latter two. A flat list
 * of two texts is ONE pair there, which its clients rely on.
 */
function teiInputsField(limits: Limits) {
  const text = textField(limits);
  const single = z.tuple([text]);
  const one = z.union([single, pairField(limits)]);
  const batch = z.array(one).min(1).max(limits.inputsPerRequest);
  const forms = z.union([text, single, pairField(limits), batch]);
  return z.preprocess(
    (value, context) => {
      if (!Array.isArray(value) || value.length <= 2 || typeof value[0] !== "string") return value;
      context.issues.push({ code: "custom", message: NESTED_BATCH, input: value });
      return z.NEVER;
    },
    bounded(limits.inputsPerRequest, forms),
  );
}

const NESTED_BATCH = 'a batch such as [["a"], ["b"], ["c"]] (a flat list is one text or one pair)';

type TeiInputs = z.infer<ReturnType<typeof teiInputsField>>;

function isSingleInput(inputs: TeiInputs): inputs is string | [string] | [string, string] {
  return typeof inputs === "string" || typeof inputs[0] === "string";
}

function fromTeiInputs(inputs: TeiInputs) {
  const batch = isSingleInput(inputs) ? [typeof inputs === "string" ? [inputs] : inputs] : inputs;
  return batch.map(([text = "", pair]) => (pair === undefined ? { text } : { text, pair }));
}

/** Scores of a text's labels, or of labels the request brings. */
export function classifySequence(limits: Limits): Exchange {
  return chooseExchange({
    when: isZeroShot,
    chosen: classifyZeroShot(limits),
    otherwise: chooseExchange({
      when: isVllm,
      chosen: classifyVllm(limits),
      otherwise: classifyOwnLabels(limits),
    }),
  });
}

/**
 * Scores of the model's labels, the highest first. `function_to_apply` decides where `raw_scores`
 * says something else.
 */
function classifyOwnLabels(limits: Limits): Exchange {
  const item = z.array(classScoreSchema);
  return defineExchange({
    request: requestBody({
      fields: { inputs: teiInputsField(limits).optional(), input: textsField(limits).optional() },
      options: {
        raw_scores: z.boolean().nullish(),
        function_to_apply: z.enum(ACTIVATIONS).nullish(),
        top_k: topKField,
        threshold: thresholdField,
        ...truncationOptions,
      },
      unknown: "ignored",
    }).refine(hasOneDialect, ONE_DIALECT),
    response: z.union([item, z.array(item), framed(item)]),
    plan: (request, { model }) => {
      checkThreshold({ ...request, function_to_apply: activationIn(request) }, model);
      const { inputs, input = [] } = request;
      return {
        inputs: inputs === undefined ? toInputs(input) : fromTeiInputs(inputs),
        options: runOptions(request),
      };
    },
    respond: function* (answers, request, context) {
      const { inputs } = request;
      const items = yield* mapSteps(answers, (answer) => {
        const { scores } = classify(answer, context.model, activationIn(request));
        return toRankedScores(scores, context.model, request);
      });
      const isSingle = inputs !== undefined && isSingleInput(inputs);
      return answerIn(items, { isFramed: inputs === undefined, isSingle }, { answers, context });
    },
  });
}

/**
 * The pipeline of Hugging Face, to whose clients a list is a batch: a list of labels per text, even
 * for one.
 */
export function pipelineSequence(limits: Limits): Exchange {
  const otherwise = defineExchange({
    request: requestBody({
      fields: { inputs: textsField(limits) },
      options: {
        function_to_apply: z.enum(ACTIVATIONS).nullish(),
        top_k: topKField,
        threshold: thresholdField,
        ...truncationOptions,
      },
      unknown: "ignored",
    }),
    response: z.array(z.array(classScoreSchema)),
    plan: (request, { model }) => {
      checkThreshold(request, model);
      return { inputs: toInputs(request.inputs), options: runOptions(request) };
    },
    respond: (answers, request, { model }) =>
      mapSteps(answers, (answer) => {
        const { scores } = classify(answer, model, request.function_to_apply ?? undefined);
        return toRankedScores(scores, model, request);
      }),
  });
  return chooseExchange({ when: isZeroShot, chosen: classifyZeroShot(limits), otherwise });
}

/** What the request says of scores; the model decides when it says nothing. */
function activationIn(request: {
  readonly raw_scores?: boolean | null | undefined;
  readonly function_to_apply?: Activation | null | undefined;
}): Activation | undefined {
  return request.function_to_apply ?? (request.raw_scores === true ? "none" : undefined);
}

/**
 * The inputs of token classifiers, which take no pairs: "text" is one input and has a bare result;
 * every list is a batch and has a list of results, whether Hugging Face's ["a", "b"] or TEI's
 * [["a"], ["b"]]. So ["a"] is a batch of one here, where for sequences it is the text alone.
 */
function textBatchField(limits: Limits) {
  const text = textField(limits);
  const item = z.union([text, bounded(1, z.array(text).min(1))]);
  const batch = z.array(item).min(1).max(limits.inputsPerRequest);
  return bounded(limits.inputsPerRequest, z.union([text, batch]));
}

/** Entities of a text. */
export function classifyTokens(limits: Limits): Exchange {
  const item = z.array(entitySchema);
  return defineExchange({
    request: requestBody({
      fields: { inputs: textBatchField(limits).optional(), input: textsField(limits).optional() },
      options: {
        // "simple" when absent, as in Hugging Face's inference API; its Python pipeline has "none".
        aggregation_strategy: strategyField.nullish(),
        ignore_labels: labelNamesField(limits),
        threshold: probabilityField,
        offsets: offsetsField,
        stride: strideField,
        ...truncationOptions,
      },
      unknown: "ignored",
    }).refine(hasOneDialect, ONE_DIALECT),
    response: z.union([item, z.array(item), framed(item)]),
    plan: ({ inputs, input, ...options }) => {
      const texts = typeof inputs === "string" ? inputs : (inputs?.flat() ?? input ?? []);
      return { inputs: toInputs(texts), options: tokenRunOptions(options) };
    },
    respond: function* (answers, request, context) {
      const { inputs } = request;
      const options = {
        strategy: request.aggregation_strategy ?? "simple",
        ignoreLabels: request.ignore_labels ?? undefined,
        threshold: request.threshold ?? undefined,
        tokenizer: context.tokenizer,
        unit: request.offsets ?? "codepoint",
      } as const;
      const budget = new AnswerBudget(context.answerItemsMax, context.onAnswerItems);
      const items: z.infer<typeof item>[] = [];
      for (const answer of answers) {
        const entities = yield* entitySteps(answer, context.model, options);
        items.push(budget.take(entities, ENTITY_ITEMS).map(toEntityJson));
        yield;
      }
      const isSingle = typeof inputs === "string";
      return answerIn(items, { isFramed: inputs === undefined, isSingle }, { answers, context });
    },
  });
}
