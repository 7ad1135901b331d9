// A request and its response, free of any protocol: what is asked of the engine, and what its
// answers become.
import { z } from "zod";
import { assert } from "../error/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import type { Answer, TaskInput, View } from "../task/index.ts";
import type { Tokenizer, TruncationStrategy } from "../tokenizer/index.ts";
import type { TokenCount } from "./answer-limit.ts";
import { parseRequest } from "./parse-request.ts";
import { finishSteps, type Steps } from "./steps.ts";

/** What is needed of the opened file to understand a request and to write its response. */
export type ExchangeContext = {
  readonly model: Model;
  /** The name clients see. */
  readonly modelId: string;
  readonly tokenizer: Pick<Tokenizer, "idToToken" | "specialTokenIds" | "encode">;
  /** Identity and time of the request, for dialects that show them. */
  readonly requestId: string;
  readonly createdSeconds: number;
  /** Time on the clock of `performance.now()` when it came, for dialects that show how long it took. */
  readonly startedMs?: number;
  /** Items an answer may hold; any number when absent. */
  readonly answerItemsMax?: number;
  /** Told of so many more items before they are made, where only making the answer tells how many there are. */
  readonly onAnswerItems?: (items: number) => void;
};

/** What the engine is to run. The options are those of `Engine.run`. */
export type RunPlan = {
  readonly inputs: readonly TaskInput[];
  readonly options: {
    readonly view?: View;
    readonly truncate?: boolean;
    readonly truncateSide?: "left" | "right";
    readonly truncateStrategy?: TruncationStrategy;
    readonly pairTokensMax?: number;
    readonly windowOverlap?: number;
    readonly inputsPerItem?: number;
  };
};

/**
 * A request that was understood: run it, then turn the answers, in the order of the inputs, into
 * the response.
 */
export type Prepared = RunPlan & {
  readonly respond: (answers: readonly Answer[]) => unknown;
  /** The same, with stops after each input, where making the response of one takes a while. */
  readonly steps: (answers: readonly Answer[]) => Steps<unknown>;
  /** How many of what the caller sent were cut, as they are too long for the model. */
  readonly countTruncated: (answers: readonly Answer[]) => number;
  /** Items of the answer, where tokens decide how many; before the model runs. */
  readonly countItems?: ((count: TokenCount) => number) | undefined;
  /** What to ask instead of an answer that is too large. */
  readonly advice?: string | undefined;
};

export type Exchange = {
  /** What it needs the model to give. */
  readonly view: View;
  readonly request: z.ZodType;
  /** Describes the response as JSON; before it is printed, vectors are Float32Array. */
  readonly response: z.ZodType;
  /** Throws the coded reason why the request cannot be served. */
  readonly prepare: (body: unknown, context: ExchangeContext) => Prepared;
};

type Parts<Request, Response> = {
  /** The task's own answer, unless said. */
  readonly view?: View;
  readonly request: z.ZodType<Request>;
  readonly response: z.ZodType<Response>;
  readonly plan: (request: Request, context: ExchangeContext) => RunPlan;
  readonly respond: (
    answers: readonly Answer[],
    request: Request,
    context: ExchangeContext,
  ) => Response | Steps<Response>;
  /** Items that are answered for each token, names included; where they are known before the model runs. */
  readonly itemsPerToken?: (model: Model) => number;
  /** What to ask instead of an answer that is too large. */
  readonly advice?: string;
  /** The answers that were cut, unless said: an input of the caller may have several answers. */
  readonly countTruncated?: (answers: readonly Answer[], request: Request) => number;
};

/** Ties the parts together; past this point the types of request and response are hidden. */
export function defineExchange<Request, Response>(parts: Parts<Request, Response>): Exchange {
  const { view = "default", countTruncated = countCut, itemsPerToken, advice } = parts;
  return {
    view,
    request: parts.request,
    response: parts.response,
    prepare: (body, context) => {
      const request = parseRequest(parts.request, body);
      const { inputs, options } = parts.plan(request, context);
      const steps = (answers: readonly Answer[]) =>
        toSteps(() => parts.respond(answers, request, context));
      return {
        inputs,
        options: view === "default" ? options : { ...options, view },
        respond: (answers) => finishSteps(steps(answers)),
        steps,
        countTruncated: (answers) => countTruncated(answers, request),
        countItems: itemsPerToken && (({ tokens }) => tokens * itemsPerToken(context.model)),
        advice,
      };
    },
  };
}

function* toSteps<T>(make: () => T | Steps<T>): Steps<T> {
  const made = make();
  return isSteps(made) ? yield* made : made;
}

/** Responses are plain values: none has a method. */
function isSteps<T>(made: T | Steps<T>): made is Steps<T> {
  return (
    typeof made === "object" && made !== null && "next" in made && typeof made.next === "function"
  );
}

function countCut(answers: readonly Answer[]): number {
  return answers.filter(({ encoding }) => encoding.truncated).length;
}

type Choice = {
  /** Whether a body, which may be anything, is meant for `chosen`. */
  readonly when: (body: unknown) => boolean;
  /** Throws the coded reason for a body that is meant for neither. */
  readonly check?: (body: unknown) => void;
  readonly chosen: Exchange;
  readonly otherwise: Exchange;
};

/** One operation with two kinds of request; both need the same of the model. */
export function chooseExchange({ when, check, chosen, otherwise }: Choice): Exchange {
  assert(chosen.view === otherwise.view, "the view of an operation depends on no body");
  return {
    view: otherwise.view,
    request: z.union([...alternatives(otherwise.request), chosen.request]),
    response: z.union([otherwise.response, chosen.response]),
    prepare: (body, context) => {
      check?.(body);
      return (when(body) ? chosen : otherwise).prepare(body, context);
    },
  };
}

/** A choice among choices is one choice to those who read the schema. */
function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  // The options of a union are schemas; its type says so of their core only.
  return schema instanceof z.ZodUnion ? (schema.options as readonly z.ZodType[]) : [schema];
}
