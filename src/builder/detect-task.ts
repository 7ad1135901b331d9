// What the model is for and which output says it: by the user's word, else config.json and sentence-transformers files,
// else the shapes of the graph.

import type { Graph, ValueInfo } from "../gen/manifest_pb.ts";
import { TASK_IDS, type TaskId, taskById } from "../task/index.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { integerField, isObject, type JsonObject, ownField, textField } from "./json-file.ts";

export type TaskChoice = { readonly task: TaskId; readonly output: ValueInfo };

/** Ends of architecture names that say what a model is for, and that this runtime can serve. */
const HEADS: readonly (readonly [end: string, task: TaskId])[] = [
  ["ForSequenceClassification", "sequence_classification"],
  ["ForTextClassification", "sequence_classification"],
  ["ForTokenClassification", "token_classification"],
];

/** Heads that answer something no task here reads. Exports without the head are still encoders. */
const FOREIGN_HEAD = /For([A-Z]\w+)$|LMHeadModel$/;

/** Finds task and output, or notes why there are none and returns undefined. */
export function detectTask(facts: GraphFacts, findings: Findings): TaskChoice | undefined {
  const given = facts.settings.task;
  const asked =
    given !== undefined && given.value !== "auto"
      ? { task: given.value, source: given.source }
      : (fromFiles(facts) ?? fromGraph(facts));
  // What modules.json would have said is not known.
  if (asked === undefined && !facts.files.isPipelineKnown) return undefined;
  if (asked === undefined) {
    findings.problem(
      "task",
      `cannot be told from ${whatWasFound(facts)}${hintOf(facts)}: choose with --task, one of ` +
        TASK_IDS.join(", "),
    );
    return undefined;
  }
  findings.decide("task", asked.task, asked.source);
  const output = detectOutput(asked.task, facts, findings);
  if (output === undefined) return undefined;
  if (given?.value !== asked.task) checkProjection(output, facts, findings);
  return { task: asked.task, output };
}

type Asked = { readonly task: TaskId; readonly source: string };

function fromFiles(facts: GraphFacts): Asked | undefined {
  const { config } = facts;
  const fields = config?.fields;
  const name = config?.name ?? "";
  const pipeline = facts.files.pipeline;
  if (pipeline.some(({ type }) => type.endsWith(".Pooling"))) {
    const source = facts.files.modules?.name ?? "1_Pooling/config.json";
    return { task: "sentence_embedding", source };
  }
  if (pipeline.some(({ type }) => type.endsWith(".SpladePooling"))) {
    const source = `${facts.files.modules?.name ?? "modules.json"}: SpladePooling`;
    return { task: "sparse_embedding", source };
  }
  const late = lateInteractionSign(facts);
  if (late !== undefined) {
    const source = `${late}: late interaction, a vector per token`;
    return { task: "embedding", source };
  }
  const architecture = architectureOf(fields);
  if (architecture === undefined) return undefined;
  const source = `${name}: architectures ${architecture}`;
  const head = HEADS.find(([end]) => architecture.endsWith(end));
  if (head?.[1] === "sequence_classification") {
    const kind = rerankerSign(facts);
    return kind === undefined
      ? { task: "sequence_classification", source }
      : { task: "reranking", source: `${source}, ${kind}` };
  }
  if (head !== undefined) return { task: head[1], source };
  const isPlain = !FOREIGN_HEAD.test(architecture);
  const states = facts.scanned.graph.outputs.some((output) => isHiddenState(output, isPlain));
  if (!states) return undefined;
  return { task: "sentence_embedding", source: `${source}${perToken(facts.scanned.graph)}` };
}

/** The name of the output that exporters of late interaction give. */
const CONTEXTUAL_OUTPUT = "contextual";

/** What says that texts are compared token by token (ColBERT and its kin), or undefined. */
export function lateInteractionSign({ config, scanned }: GraphFacts): string | undefined {
  const architecture = architectureOf(config?.fields);
  if (architecture !== undefined && /colbert/i.test(architecture)) {
    return `${config?.name}: architectures ${architecture}`;
  }
  const output = scanned.graph.outputs.find(({ name }) => plainName(name) === CONTEXTUAL_OUTPUT);
  return output === undefined ? undefined : `graph: output ${printOutput(output)}`;
}

/** Exports of such models often end before the projection that makes hidden states small vectors. */
function checkProjection(output: ValueInfo, facts: GraphFacts, findings: Findings): void {
  const { config, files } = facts;
  const width = fixedSize(output.shape.at(-1)?.size);
  if (lateInteractionSign(facts) === undefined || output.name === CONTEXTUAL_OUTPUT) return;
  if (width === undefined || width !== integerField(config?.fields, "hidden_size")) return;
  if (files.pipeline.some(({ type }) => type.endsWith(".Dense"))) return;
  findings.problem(
    `graph output "${output.name}"`,
    `expected the vectors of late interaction: found ${width} numbers a token, as many as ${config?.name} says of ` +
      "hidden_size: export the model with its projection, or take hidden states with --task embedding",
  );
}

/** A graph that only answers with one vector per text cannot embed tokens. */
function perToken({ outputs }: Graph): string {
  const ranks = taskById("embedding").outputRanks;
  const fits = outputs.some(
    ({ name, shape }) =>
      (shape.length === 0 || ranks.includes(shape.length)) &&
      !FOREIGN_OUTPUTS.embedding.test(plainName(name)),
  );
  return fits ? "; per token with --task embedding" : "";
}

/** A relevance model has one score; cross-encoders of sentence-transformers say so themselves. */
function rerankerSign({ config, scanned, settings }: GraphFacts): string | undefined {
  const fields = config?.fields;
  // Whoever says how scores are made means a classifier.
  if (settings.problemType !== undefined) return undefined;
  if (textField(fields, "problem_type") === "regression") return undefined;
  const labels = ownField(fields, "id2label");
  const count = isObject(labels) ? Object.keys(labels).length : integerField(fields, "num_labels");
  const logits = scanned.graph.outputs.find(({ name }) => name === "logits");
  const width = count ?? fixedSize(logits?.shape.at(-1)?.size);
  return width === 1 ? "one label" : undefined;
}

/** Without telling files the shapes remain: a vector per token or per text, or one score. */
function fromGraph({ scanned, config }: GraphFacts): Asked | undefined {
  const { outputs } = scanned.graph;
  const foreign = architectureOf(config?.fields);
  if (foreign !== undefined && FOREIGN_HEAD.test(foreign)) return undefined;
  const states = outputs.find((output) => isHiddenState(output, false));
  if (states !== undefined) {
    const source = `graph: output ${printOutput(states)}${perToken(scanned.graph)}`;
    return { task: "sentence_embedding", source };
  }
  const logits = outputs.find(({ name, shape }) => name === "logits" && shape.length === 2);
  if (logits === undefined) return undefined;
  const task = fixedSize(logits.shape[1]?.size) === 1 ? "reranking" : "sequence_classification";
  return { task, source: `graph: output ${printOutput(logits)}` };
}

/** Whether an output holds vectors; unnamed ones count when the files say that the model has no head. */
function isHiddenState(output: ValueInfo, isPlain: boolean): boolean {
  const { outputNames } = taskById("sentence_embedding");
  if (outputNames.includes(output.name)) return true;
  return isPlain && output.name !== "logits" && output.shape.length === 3;
}

const VECTOR_NAMES =
  /^(last_hidden_state|token_embeddings|sentence_embeddings?|hidden_states|pooler_output)$/;
const SCORE_NAMES = /^(logits|pooler_output)$/;
/** What a softmax or sigmoid made is not to go through another one. */
const PROBABILITY_NAMES =
  /(^|[^a-z])(prob|probs|probability|probabilities|softmax|sigmoid|scores?)([^a-z]|$)/i;
/** Tasks that make scores of logits. */
const SCORING: readonly TaskId[] = [
  "sequence_classification",
  "token_classification",
  "reranking",
  "sparse_embedding",
];

/** What outputs of these names hold, in the order of the patterns above. */
const KINDS = ["hidden states", "scores"] as const;

/** Names that say an output is something else, whatever its shape. Only the user can choose such a one. */
const FOREIGN_OUTPUTS: Readonly<Record<TaskId, RegExp>> = {
  embedding: SCORE_NAMES,
  sentence_embedding: SCORE_NAMES,
  sequence_classification: VECTOR_NAMES,
  token_classification: VECTOR_NAMES,
  reranking: VECTOR_NAMES,
  sparse_embedding: VECTOR_NAMES,
};

/** The output the task reads: the user's, else by name, else the only one of a fitting rank. */
function detectOutput(id: TaskId, facts: GraphFacts, findings: Findings): ValueInfo | undefined {
  const { graph } = facts.scanned;
  const given = facts.settings.outputName;
  if (given !== undefined) {
    const output = graph.outputs.find(({ name }) => name === given.value);
    if (output !== undefined) {
      findings.decide("output", output.name, given.source);
      refuseProbabilities(id, output, { facts, findings });
    } else
      findings.problem(given.source, `the graph has no output "${given.value}": ${has(graph)}`);
    return output;
  }
  const task = taskById(id);
  const ranks = ranksFor(id, facts);
  const fits = ({ shape }: ValueInfo) => shape.length === 0 || ranks.includes(shape.length);
  const known = id === "embedding" ? [CONTEXTUAL_OUTPUT, ...task.outputNames] : task.outputNames;
  const named = known.flatMap((name) =>
    graph.outputs.filter((output) => plainName(output.name) === name && fits(output)),
  );
  if (named[0] !== undefined) {
    findings.decide("output", printOutput(named[0]), "graph: found by name");
    return named[0];
  }
  const ranked = graph.outputs.filter(
    ({ name, shape }) => ranks.includes(shape.length) && !FOREIGN_OUTPUTS[id].test(plainName(name)),
  );
  const fitting = ranked.filter((output) => !wouldScoreTwice(id, output, facts));
  if (fitting.length === 1 && fitting[0] !== undefined) {
    const source = `graph: the only output of ${ranks.join(" or ")} dimensions`;
    findings.decide("output", printOutput(fitting[0]), source);
    return fitting[0];
  }
  const [scores] = ranked;
  if (fitting.length === 0 && scores !== undefined) {
    refuseProbabilities(id, scores, { facts, findings });
    return undefined;
  }
  if (blamesPooling({ id, ranks }, facts, findings)) return undefined;
  const names = task.outputNames.filter((name) => !/^\d/.test(name)).join(", ");
  const foreign = graph.outputs.filter(
    ({ name, shape }) => ranks.includes(shape.length) && FOREIGN_OUTPUTS[id].test(plainName(name)),
  );
  const [kind, other] = FOREIGN_OUTPUTS[id] === VECTOR_NAMES ? KINDS : KINDS.toReversed();
  const found =
    foreign.length > 0
      ? `${foreign.map(printOutput).join(", ")} holds ${kind} and no ${other}`
      : has(graph);
  findings.problem(
    "graph outputs",
    `${id} needs an output of ${ranks.join(" or ")} dimensions, such as ${names}: ${found}: ` +
      "choose one with --output-name, another task with --task, or export the model for the task",
  );
  return undefined;
}

/** Whether the name says that the output holds more than logits, for a task that would make scores of them. */
function wouldScoreTwice(id: TaskId, { name }: ValueInfo, facts: GraphFacts): boolean {
  if (!SCORING.includes(id) || !PROBABILITY_NAMES.test(plainName(name))) return false;
  // Numbers that are answered as they are may be anything.
  const problemType =
    facts.settings.problemType?.value ?? textField(facts.config?.fields, "problem_type");
  return id !== "sequence_classification" || problemType !== "regression";
}

function refuseProbabilities(
  id: TaskId,
  output: ValueInfo,
  { facts, findings }: { readonly facts: GraphFacts; readonly findings: Findings },
): void {
  if (findings.isFaulty("problemType") || !wouldScoreTwice(id, output, facts)) return;
  findings.problem(
    facts.settings.outputName?.source ?? "graph outputs",
    `expected logits: found ${printOutput(output)}, which by its name holds scores already, and ${id} would make ` +
      `scores of them again: export the logits${AS_THEY_ARE}`,
  );
}

const AS_THEY_ARE =
  ", or take the numbers as they are with --task sequence_classification --problem-type regression --output-name NAME";

/** Someone who asks for a pooling mode asks for the vectors of tokens, even where the graph also pools. */
function ranksFor(id: TaskId, { settings }: GraphFacts): readonly number[] {
  const ranks = taskById(id).outputRanks;
  const pooling = settings.pooling?.value.join();
  if (id !== "sentence_embedding" || pooling === undefined) return ranks;
  return ranks.filter((rank) => (pooling === "none" ? rank === 2 : rank === 3));
}

/** Where only the pooling mode keeps the graph from being used, that is the problem. */
function blamesPooling(
  wanted: { readonly id: TaskId; readonly ranks: readonly number[] },
  facts: GraphFacts,
  findings: Findings,
): boolean {
  const { graph } = facts.scanned;
  const { pooling } = facts.settings;
  const offers = (ranks: readonly number[]) =>
    graph.outputs.some(({ shape }) => ranks.includes(shape.length));
  if (wanted.id !== "sentence_embedding" || pooling === undefined || offers(wanted.ranks))
    return false;
  if (!offers(taskById(wanted.id).outputRanks)) return false;
  const [expected, fault] =
    pooling.value.join() === "none"
      ? ["one vector per text (2 dimensions)", "it does not pool"]
      : ["a vector per token (3 dimensions)", "it pools by itself"];
  findings.problem(
    pooling.source,
    `${pooling.value.join(" + ")} needs an output with ${expected}, but the graph has ` +
      `${graph.outputs.map(printOutput).join(", ")}: ${fault}: leave the setting out`,
  );
  return true;
}

/** What a model could be that no file says it is. */
function hintOf({ config }: GraphFacts): string {
  if (!/ForMaskedLM$/.test(architectureOf(config?.fields) ?? "")) return "";
  return ", a head that makes sparse embeddings if it was trained to (SPLADE)";
}

function whatWasFound({ config, scanned }: GraphFacts): string {
  const architecture = architectureOf(config?.fields);
  const said = architecture === undefined ? "the graph" : `architecture ${architecture}`;
  return `${said} and outputs ${scanned.graph.outputs.map(printOutput).join(", ")}`;
}

function architectureOf(fields: JsonObject | undefined): string | undefined {
  const list = ownField(fields, "architectures");
  const [first] = Array.isArray(list) ? list : [];
  return typeof first === "string" && first !== "" ? first.slice(0, 100) : undefined;
}

function has(graph: Graph): string {
  return `it has ${graph.outputs.map(printOutput).join(", ")}`;
}

function plainName(name: string): string {
  return name.replace(/:0$/, "");
}

/** Size of a dimension that is fixed, else undefined. */
export function fixedSize(size: bigint | undefined): number | undefined {
  return size === undefined || size < 0n ? undefined : Number(size);
}

/** Such as `"logits" [batch, 2]`. */
export function printOutput({ name, shape }: ValueInfo): string {
  const dims = shape.map((dim) => (dim.size < 0n ? dim.name || "?" : String(dim.size)));
  return `"${name}"${shape.length === 0 ? "" : ` [${dims.join(", ")}]`}`;
}
