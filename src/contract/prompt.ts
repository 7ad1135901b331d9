// Which text goes before the inputs of an embedding model: one of the model's own, by its name, or
// one the request brings.
import { z } from "zod";
import type { Model } from "../gen/manifest_pb.ts";
import type { RunPlan } from "./exchange.ts";
import { boundedText, runOptions, type Truncation, toInputs, wellFormed } from "./field.ts";
import type { Limits } from "./limit.ts";
import { requestFault } from "./parse-request.ts";

/** Names of prompts that are spelt out; a model may have dozens. */
const NAMES_SHOWN = 20;

/** `prompt_name` is TEI's, `prompt` our own; an empty `prompt` asks for none. */
export function promptOptions(limits: Limits) {
  return {
    prompt_name: z.string().nullish(),
    prompt: wellFormed(boundedText(limits.charactersPerPrompt)).nullish(),
  };
}

/** How a request names or brings a prompt. */
export type PromptRequest = {
  readonly prompt_name?: string | null | undefined;
  readonly prompt?: string | null | undefined;
};

/**
 * The text that goes before each input; empty for none. A request that says nothing gets the
 * model's default. Throws `REQUEST_INVALID` for a name the model does not have, and for both.
 */
export function promptOf(request: PromptRequest, { prompts, defaultPrompt }: Model): string {
  const { prompt, prompt_name } = request;
  if (prompt != null && prompt_name != null) {
    const expected = 'null (with "prompt_name" given)';
    throw requestFault({ path: "prompt", value: prompt, expected });
  }
  if (prompt != null) return prompt;
  const name = prompt_name ?? defaultPrompt;
  const found = prompts.find((candidate) => candidate.name === name);
  if (found !== undefined) return found.text;
  if (prompt_name == null) return "";
  const names = prompts.slice(0, NAMES_SHOWN).map((candidate) => JSON.stringify(candidate.name));
  const more = prompts.length - names.length;
  const expected = [...names, ...(more > 0 ? [`one of ${more} more`] : [])].join(" or ");
  throw requestFault({
    path: "prompt_name",
    value: prompt_name,
    expected: expected || "null (this model has no prompts)",
  });
}

type TextsRequest = PromptRequest & Truncation & { readonly inputs: string | readonly string[] };

/** What the engine is to run for texts that may have a prompt. Throws as `promptOf`. */
export function planTexts(request: TextsRequest, model: Model): RunPlan {
  const inputs = toInputs(request.inputs, promptOf(request, model));
  return { inputs, options: runOptions(request) };
}
