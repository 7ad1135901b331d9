// What the options of `infer` make of texts: an operation and the bodies of its requests, or why the options do not fit
// the model.
import type { Limits, OperationId } from "../../contract/index.ts";
import { CodedError } from "../../error/index.ts";
import type { TaskId } from "../../task/index.ts";
import type { CommandInput } from "../command.ts";
import { checkDecoded } from "./argument.ts";
import { readInferOptions } from "./infer-option.ts";

/** Texts handed to the engine at once: enough to sort by length, little enough that answers flow. */
const TEXTS_AT_ONCE = 256;

/** What is asked of the model, and how texts become a request. */
export type InferRequest = {
  readonly operation: OperationId;
  readonly toBody: (texts: readonly string[]) => unknown;
  /** Most texts of one request. */
  readonly textsAtOnce: number;
};

/** Throws `USAGE` for options that are missing, of another task, or at odds with each other. */
export function inferRequest(input: CommandInput, task: TaskId, limits: Limits): InferRequest {
  const options = readInferOptions(input, task);
  const candidates = input.text("candidateLabels");
  if (candidates !== undefined) {
    // Each text is asked about each label.
    const textsAtOnce = Math.floor(limits.inputsPerRequest / candidates.split(",").length);
    const textsMost = Math.min(TEXTS_AT_ONCE, Math.max(1, textsAtOnce));
    return { ...onTexts("classify", options), textsAtOnce: textsMost };
  }
  if (input.flag("redact")) return onTexts("redact", options);
  if (task === "reranking") return rankRequest(input, options);
  if (!input.flag("pair")) return onTexts("predict", options);
  const toBody = (texts: readonly string[]) => ({ inputs: texts.map(splitPair), ...options });
  return { operation: "predict", toBody, textsAtOnce: TEXTS_AT_ONCE };
}

function onTexts(operation: OperationId, options: object): InferRequest {
  const toBody = (texts: readonly string[]) => ({ inputs: texts, ...options });
  return { operation, toBody, textsAtOnce: TEXTS_AT_ONCE };
}

function rankRequest(input: CommandInput, options: object): InferRequest {
  const query = input.text("query");
  if (query === undefined) {
    throw new CodedError(
      "USAGE",
      "Cannot rank texts as it must be said what for: give it with --query",
    );
  }
  checkDecoded(query, "--query");
  const toBody = (texts: readonly string[]) => ({ query, texts, ...options });
  return { operation: "predict", toBody, textsAtOnce: TEXTS_AT_ONCE };
}

function splitPair(text: string): readonly string[] {
  const pair = text.split("\t");
  if (pair.length === 2) return pair;
  const found = JSON.stringify(text.slice(0, 60));
  throw new CodedError(
    "CLI_INPUT_INVALID",
    `Cannot take ${found} as a pair as it must have one tab: found ${pair.length - 1}`,
  );
}
