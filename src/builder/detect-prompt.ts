// Texts that go before an input, by name, as sentence-transformers files and the user say.
import { create } from "@bufbuild/protobuf";
import { isCodedError } from "../error/index.ts";
import { type Model, type Prompt, PromptSchema } from "../gen/manifest_pb.ts";
import type { TaskId } from "../task/index.ts";
import { type GraphFacts, hasTokenizer, type ModelFacts } from "./facts.ts";
import { PROMPT_LENGTH_MAX } from "./field.ts";
import type { Findings } from "./findings.ts";
import { isObject, type JsonFile, ownField } from "./json-file.ts";

/** Models with a prompt per data set they were tested on have some hundred. */
const PROMPTS_MAX = 1000;
const NAME_LENGTH_MAX = 200;
const SHOWN_LENGTH_MAX = 60;
const NAMES_SHOWN_MAX = 20;

export type PromptChoice = { readonly prompts: Prompt[]; readonly defaultPrompt: string };

/** What the setting says to switch the default off. */
const NONE = "none";

/** Prompts of a model that makes vectors, with the name of the one for requests that name none; "" for none. */
export function detectPrompts(facts: GraphFacts, findings: Findings): PromptChoice {
  const file = facts.sentenceTransformersConfig;
  const given = facts.settings.prompts;
  const texts =
    given === undefined ? statedPrompts(file, findings) : new Map(Object.entries(given.value));
  const source = given?.source ?? `${file?.name}: prompts`;
  checkPrompts(texts, source, findings);
  const prompts = [...texts].map(([name, text]) => create(PromptSchema, { name, text }));
  if (texts.size > 0) findings.decide("prompts", namesOf(texts), source);
  return { prompts, defaultPrompt: defaultName(texts, facts, findings) };
}

/** A null is a name without a text. */
function statedPrompts(
  file: JsonFile | undefined,
  findings: Findings,
): ReadonlyMap<string, string> {
  const stated = ownField(file?.fields, "prompts") ?? {};
  const field = `${file?.name}: prompts`;
  if (!isObject(stated)) {
    findings.problem(field, "expected a map of names to texts");
    return new Map();
  }
  const texts = new Map<string, string>();
  for (const [name, text] of Object.entries(stated)) {
    if (typeof text === "string" || text === null) texts.set(name, text ?? "");
    else findings.problem(field, `expected a text for ${quote(name)}: found ${quote(text)}`);
  }
  return texts;
}

function checkPrompts(
  texts: ReadonlyMap<string, string>,
  source: string,
  findings: Findings,
): void {
  if (texts.size > PROMPTS_MAX) {
    findings.problem(source, `expected at most ${PROMPTS_MAX} prompts: found ${texts.size}`);
  }
  for (const [name, text] of texts) {
    if (name === "" || name.length > NAME_LENGTH_MAX) {
      const expected = `names of 1 to ${NAME_LENGTH_MAX} characters`;
      findings.problem(source, `expected ${expected}: found ${quote(name)}`);
    }
    if (text.length <= PROMPT_LENGTH_MAX && text.isWellFormed()) continue;
    findings.problem(
      source,
      `expected well-formed texts of at most ${PROMPT_LENGTH_MAX} characters: found ` +
        `${text.length} in ${quote(name)}`,
    );
  }
}

function defaultName(
  texts: ReadonlyMap<string, string>,
  facts: GraphFacts,
  findings: Findings,
): string {
  const { settings } = facts;
  const known = namesOf(texts);
  const given = settings.defaultPrompt;
  if (given !== undefined) {
    const name = given.value === NONE ? "" : given.value;
    findings.decide("default prompt", given.value, given.source);
    if (name !== "" && !texts.has(name) && !findings.isFaulty("prompts")) {
      findings.problem(given.source, `expected one of ${known}: found ${quote(name)}`);
    }
    return name;
  }
  const stated = statedDefault(facts, findings);
  if (stated === undefined) return "";
  if (texts.has(stated.name)) {
    findings.decide("default prompt", stated.name, stated.source);
    return stated.name;
  }
  // A default that belongs to prompts which could not be read says nothing.
  if (findings.isFaulty("prompts", "defaultPrompt")) return "";
  if (settings.prompts === undefined) {
    findings.problem(stated.source, `expected one of ${known}: found ${quote(stated.name)}`);
    return "";
  }
  // Whoever names other prompts need not have a default among them, but must see that it is gone.
  findings.decide("default prompt", NONE, settings.prompts.source);
  return "";
}

type StatedDefault = { readonly name: string; readonly source: string };

function statedDefault(
  { sentenceTransformersConfig: file }: GraphFacts,
  findings: Findings,
): StatedDefault | undefined {
  const name = ownField(file?.fields, "default_prompt_name") ?? undefined;
  if (file === undefined || name === undefined) return undefined;
  const source = `${file.name}: default_prompt_name`;
  if (typeof name === "string") return { name, source };
  findings.problem(source, `expected a name or null: found ${quote(name)}`);
  return undefined;
}

/** Where inputs get no prompts, one that goes before every text cannot be kept. */
export function refuseDefaultPrompt(task: TaskId, facts: GraphFacts, findings: Findings): void {
  if (facts.settings.defaultPrompt?.value === NONE) return;
  const stated = statedDefault(facts, findings);
  const prompts = ownField(facts.sentenceTransformersConfig?.fields, "prompts");
  const text = isObject(prompts) && stated !== undefined && ownField(prompts, stated.name);
  if (stated === undefined || typeof text !== "string" || text === "") return;
  findings.problem(
    stated.source,
    `the prompt ${quote(text)} would go before every text, which ${task} does not do: switch it ` +
      "off with --default-prompt none, and send it as part of the texts",
  );
}

/**
 * A prompt with as many tokens as the model takes leaves no room for a text. That is a problem of the default one, and
 * told of the others.
 */
export function checkPromptLengths(
  { prompts, defaultPrompt, tokenizer }: Model,
  facts: GraphFacts | ModelFacts,
  findings: Findings,
): void {
  const { maxLength = 0, truncateLeft = false } = tokenizer ?? {};
  // Cut on the left, a text keeps its end and the prompt goes.
  if (!hasTokenizer(facts) || maxLength === 0 || truncateLeft || findings.isFaulty("maxLength")) {
    return;
  }
  const isFull = ({ text }: Prompt) =>
    BYTES_MAX * text.length + SPECIALS_MAX >= maxLength && tokensOf(text, facts) >= maxLength;
  const full = prompts.filter(isFull);
  const others = full.filter(({ name }) => name !== defaultPrompt);
  if (others.length > 0) {
    const names = namesOf(new Map(others.map(({ name, text }) => [name, text])));
    findings.decide("no room for texts", names, `prompts of ${maxLength} tokens or more`);
  }
  const stated = full.find(({ name }) => name === defaultPrompt);
  if (stated === undefined) return;
  const file = facts.sentenceTransformersConfig?.name;
  findings.problem(
    facts.settings.defaultPrompt?.source ?? `${file}: default_prompt_name`,
    `the prompt ${quote(stated.name)} has ${tokensOf(stated.text, facts)} tokens, special ones included, and ` +
      `the model takes ${maxLength}: every text would be cut away: shorten it, or switch it off with --default-prompt none`,
  );
}

/** Bytes of a UTF-16 unit and tokens a post-processor adds, at most: shorter texts need not be encoded. */
const BYTES_MAX = 3;
const SPECIALS_MAX = 8;

/** 0 for a text the tokenizer can make nothing of. */
function tokensOf(text: string, { tokenizer }: ModelFacts): number {
  try {
    return tokenizer.encode(text).ids.length;
  } catch (thrown) {
    if (!isCodedError(thrown, "TOKENIZER_UNKNOWN_WORD", "TOKENIZER_LIMIT_TOO_SMALL")) throw thrown;
    return 0;
  }
}

/** The first of them: some models have hundreds. */
function namesOf(texts: ReadonlyMap<string, string>): string {
  const shown = [...texts.keys()].slice(0, NAMES_SHOWN_MAX).map(quote).join(", ") || "none";
  const hidden = texts.size - NAMES_SHOWN_MAX;
  return hidden > 0 ? `${shown} and ${hidden} more` : shown;
}

function quote(value: unknown): string {
  const printed = JSON.stringify(value) ?? "nothing";
  return printed.length <= SHOWN_LENGTH_MAX ? printed : `${printed.slice(0, SHOWN_LENGTH_MAX)}...`;
}
