// The options of `infer` that say how texts are answered: the table of them, which models each is for, and what they
// are called in a request.
import { CodedError } from "../../error/index.ts";
import type { TaskId } from "../../task/index.ts";
import type { CommandInput, OptionSpec } from "../command.ts";
import { checkDecoded } from "./argument.ts";

const EMBEDDERS: readonly TaskId[] = ["sentence_embedding", "embedding", "sparse_embedding"];
const CLASSIFIERS: readonly TaskId[] = ["sequence_classification"];
const TAGGERS: readonly TaskId[] = ["token_classification"];

/** How a value on the command line becomes one of a request. */
type ValueKind = "text" | "list" | "count" | "number" | "flag";

type InferOption = {
  readonly spec: OptionSpec;
  /** What `CommandInput` calls it. */
  readonly name: string;
  readonly tasks: readonly TaskId[];
  /** The field of the request; without one, who makes the request reads it. */
  readonly field?: string;
  readonly kind: ValueKind;
  /** Another option without which it means nothing. */
  readonly needs?: readonly string[];
  /** Options that contradict it. */
  readonly without?: readonly string[];
};

export const INFER_OPTIONS: readonly InferOption[] = [
  {
    spec: { flags: "--query <text>", description: "rerankers: what the texts are ranked for" },
    name: "query",
    tasks: ["reranking"],
    kind: "text",
  },
  {
    spec: {
      flags: "--pair",
      description: "classifiers: an input is two texts with a tab in between",
    },
    name: "pair",
    tasks: CLASSIFIERS,
    kind: "flag",
  },
  {
    spec: {
      flags: "--prompt-name <name>",
      description: "embeddings: the model's prompt of this name goes before each text",
    },
    name: "promptName",
    tasks: EMBEDDERS,
    field: "prompt_name",
    kind: "text",
    without: ["prompt"],
  },
  {
    spec: {
      flags: "--prompt <text>",
      description: "embeddings: this goes before each text; empty for no prompt",
    },
    name: "prompt",
    tasks: EMBEDDERS,
    field: "prompt",
    kind: "text",
  },
  {
    spec: { flags: "--dimensions <count>", description: "sentence embeddings: cut vectors" },
    name: "dimensions",
    tasks: ["sentence_embedding"],
    field: "dimensions",
    kind: "count",
  },
  {
    spec: {
      flags: "--top-k <count>",
      description: "classifiers and sparse embeddings: show the best so many",
    },
    name: "topK",
    tasks: ["sequence_classification", "sparse_embedding"],
    field: "top_k",
    kind: "count",
    without: ["candidateLabels"],
  },
  {
    spec: {
      flags: "--threshold <score>",
      description: "classifiers: leave out labels, or entities, with a lower score",
    },
    name: "threshold",
    tasks: ["sequence_classification", "token_classification"],
    field: "threshold",
    kind: "number",
    without: ["candidateLabels"],
  },
  {
    spec: {
      flags: "--aggregation <strategy>",
      description: "token classifiers: join tokens to entities",
      choices: ["none", "simple", "first", "average", "max"],
    },
    name: "aggregation",
    tasks: TAGGERS,
    field: "aggregation_strategy",
    kind: "text",
  },
  {
    spec: {
      flags: "--redact",
      description: "token classifiers: give the texts back with their entities replaced",
    },
    name: "redact",
    tasks: TAGGERS,
    kind: "flag",
  },
  {
    spec: {
      flags: "--redact-labels <a,b,c>",
      description: "replace only entities with these labels",
    },
    name: "redactLabels",
    tasks: TAGGERS,
    field: "labels",
    kind: "list",
    needs: ["redact"],
  },
  {
    spec: {
      flags: "--replacement <text>",
      description: "what replaces an entity: {label} and {index} in it stand for its own",
    },
    name: "replacement",
    tasks: TAGGERS,
    field: "replacement",
    kind: "text",
    needs: ["redact"],
    without: ["mask"],
  },
  {
    spec: {
      flags: "--mask <character>",
      description: "replaces every character of an entity instead",
    },
    name: "mask",
    tasks: TAGGERS,
    field: "mask",
    kind: "text",
    needs: ["redact"],
  },
  {
    spec: {
      flags: "--offsets <unit>",
      description: "what starts and ends of tokens and entities count",
      choices: ["codepoint", "utf16", "byte"],
    },
    name: "offsets",
    tasks: ["token_classification", "embedding"],
    field: "offsets",
    kind: "text",
  },
  {
    spec: {
      flags: "--stride <tokens>",
      description: "token classifiers: what two windows of a long text share",
    },
    name: "stride",
    tasks: TAGGERS,
    field: "stride",
    kind: "count",
  },
  {
    spec: {
      flags: "--candidate-labels <a,b,c>",
      description: "entailment models: label texts with these words",
    },
    name: "candidateLabels",
    tasks: CLASSIFIERS,
    field: "candidate_labels",
    kind: "text",
    without: ["pair"],
  },
  {
    spec: {
      flags: "--hypothesis-template <text>",
      description: "the sentence such a model is asked; {} stands for the label",
    },
    name: "hypothesisTemplate",
    tasks: CLASSIFIERS,
    field: "hypothesis_template",
    kind: "text",
    needs: ["candidateLabels"],
  },
  {
    spec: { flags: "--multi-label", description: "judge each of these labels by itself" },
    name: "multiLabel",
    tasks: CLASSIFIERS,
    field: "multi_label",
    kind: "flag",
    needs: ["candidateLabels"],
  },
];

/**
 * The options of a request, by their names there. Throws `USAGE` for those the model's task does not know, that need
 * or contradict others, or that are no numbers.
 */
export function readInferOptions(
  input: CommandInput,
  task: TaskId,
): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const option of INFER_OPTIONS) {
    if (!isGiven(input, option.name)) continue;
    checkFit(option, task);
    checkCompany(option, input);
    if (option.field !== undefined) fields[option.field] = readValue(option, input);
  }
  checkEntities(input, task);
  if (input.toggle("truncate") === false) fields["truncate"] = false;
  return fields;
}

function isGiven(input: CommandInput, name: string): boolean {
  return input.text(name) !== undefined || input.flag(name);
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function checkFit({ name, tasks }: InferOption, task: TaskId): void {
  if (tasks.includes(task)) return;
  const expected = tasks.join(" or ");
  throw new CodedError(
    "USAGE",
    `Cannot use ${flagOf(name)} as it is for models of the task ${expected}: this one does ${task}`,
    { detail: { found: task, expected } },
  );
}

function checkCompany({ name, needs = [], without = [] }: InferOption, input: CommandInput): void {
  const missing = needs.find((other) => !isGiven(input, other));
  if (missing !== undefined) {
    throw usage(`${flagOf(name)} as it means nothing without ${flagOf(missing)}`);
  }
  const contrary = without.find((other) => isGiven(input, other));
  if (contrary !== undefined) throw usage(`${flagOf(name)} together with ${flagOf(contrary)}`);
}

/** What token classifiers are asked hangs together in ways the table does not say. */
function checkEntities(input: CommandInput, task: TaskId): void {
  const redacts = input.flag("redact");
  const truncates = input.toggle("truncate") === false;
  if (truncates && redacts) {
    throw usage("--no-truncate with --redact, which never cuts a text: leave it out");
  }
  if (truncates && isGiven(input, "stride")) {
    throw usage("--stride with --no-truncate, which reads no text in windows");
  }
  const joins = redacts || isGiven(input, "aggregation");
  if (task === "token_classification" && isGiven(input, "threshold") && !joins) {
    throw usage("--threshold as it is for entities: add --aggregation or --redact");
  }
  if (redacts && input.text("aggregation") === "none") {
    throw usage("--redact with --aggregation none, as entities must be whole");
  }
}

function readValue({ name, kind }: InferOption, input: CommandInput): unknown {
  const text = input.text(name);
  if (text === undefined) return input.flag(name);
  if (kind === "text" || kind === "list") {
    checkDecoded(text, flagOf(name));
    return kind === "text" ? text : text.split(",").map((item) => item.trim());
  }
  const pattern = kind === "count" ? /^\d{1,9}$/ : /^-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?$/i;
  if (pattern.test(text) && Number.isFinite(Number(text))) return Number(text);
  const expected = kind === "count" ? "a whole number" : "a number";
  throw usage(`"${text.slice(0, 40)}" as ${flagOf(name)}, which must be ${expected}`);
}

function usage(what: string): CodedError {
  return new CodedError("USAGE", `Cannot use ${what}`);
}
