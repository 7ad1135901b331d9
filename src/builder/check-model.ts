// Puts together what the detectors found into the model profile, and checks that it can run.
// All faults are collected: nothing here throws for what is in the model.
import { create } from "@bufbuild/protobuf";
import { InputRole, type Model, ModelSchema, type ValueInfo } from "../gen/manifest_pb.ts";
import { BFLOAT16, elementTypeName, FLOAT16, FLOAT32, type Session } from "../onnx/index.ts";
import { type Problem, type TaskId, taskById, taskNumber } from "../task/index.ts";
import { checkActivation, refuseHeadModules } from "./check-head.ts";
import { checkRuntime } from "./check-runtime.ts";
import { checkSentenceConfig } from "./check-sentence-config.ts";
import { checkSettings } from "./check-settings.ts";
import { checkTokenizer } from "./check-tokenizer.ts";
import { clearSegments, detectInputs } from "./detect-input.ts";
import {
  detectEntailment,
  detectLabels,
  detectProblemType,
  detectRelevance,
  detectScheme,
} from "./detect-label.ts";
import { detectTokenizer } from "./detect-length.ts";
import { detectFirstPosition } from "./detect-position.ts";
import { detectTask, fixedSize, type TaskChoice } from "./detect-task.ts";
import { describeVectors } from "./detect-vector.ts";
import { findEmbeddingTable } from "./embedding-table.ts";
import { attempt, type GraphFacts, type ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { isOfReference } from "./late-interaction.ts";
import { optimizeModel } from "./optimize-model.ts";
import { type QuantizedModel, quantizeModel } from "./quantize-model.ts";
import { loadModelLayers } from "./stored-layer.ts";
import { isQuantised, measureWidth, openTrialSession, runTrial, type Trial } from "./trial.ts";

/** A frozen batch is run in pieces of its size; larger ones would take minutes for one text. */
const FIXED_BATCH_MAX = 1024;

/**
 * The profile of the model, or undefined when task or inputs cannot be told. Faults become problems. `onTried` is
 * called with a model that has none, while its session is open; its facts are those of the graph that was tried, which
 * may be another than the one that was read.
 */
export function checkModel(
  facts: ModelFacts,
  findings: Findings,
  onTried?: (trial: Trial, facts: ModelFacts) => void,
): Model | undefined {
  const before = findings.problems.length;
  const { inputs, choice } = describeGraph(facts, findings);
  const task = choice?.task;
  clearSegments(inputs, facts, findings);
  const tokenizer = attempt(findings, () => detectTokenizer({ inputs, task }, facts, findings));
  const canRun =
    facts.isComplete && findings.problems.length === before && !findings.isFaulty("inputs");
  checkTokenizer(facts, findings);
  checkSentenceConfig(facts, isOfReference(facts), findings);
  if (choice === undefined || tokenizer === undefined) return undefined;
  const model = create(ModelSchema, {
    task: taskNumber(choice.task),
    graph: facts.scanned.graph,
    inputs,
    output: choice.output.name,
    tokenizer,
    firstPosition: detectFirstPosition(inputs, facts, findings),
    width: widthOf(choice.output),
  });
  const idsFit = checkVocabulary(model, facts, findings);
  if (isQuantised(facts)) {
    const isAlone = facts.settings.oneAtATime?.value === true;
    const effect = isAlone ? "texts are run one at a time" : "answers vary slightly with the batch";
    findings.decide("quantised", `yes: ${effect}`, "graph: operators");
    // Whoever builds again from what was extracted may look for the report the first file had.
    const reason = "no report, as the graph came rounded and nothing is there to compare it with";
    findings.decide("quality", reason, "graph: operators");
  }
  // A graph whose inputs or output are not understood cannot be run.
  const session = canRun ? openTrialSession(facts, findings) : undefined;
  try {
    const tried = session && tryModel({ session, model, choice, idsFit }, facts, findings);
    if (session === undefined) describeAnswers(model, choice, { facts, findings });
    try {
      if (tried !== undefined && findings.problems.length === before) {
        onTried?.(tried.trial, tried.facts);
      }
    } finally {
      if (tried?.trial.session !== session) tried?.trial.session.close();
    }
  } finally {
    session?.close();
  }
  return model;
}

/** Finds the problems of a graph whose tokenizer cannot be used: they are told together with the tokenizer's. */
export function checkGraph(facts: GraphFacts, findings: Findings): void {
  const { choice } = describeGraph(facts, findings);
  if (choice === undefined) return;
  const model = create(ModelSchema, {
    task: taskNumber(choice.task),
    output: choice.output.name,
    width: widthOf(choice.output),
  });
  describeAnswers(model, choice, { facts, findings });
}

function describeGraph(facts: GraphFacts, findings: Findings) {
  // What hangs on a word of the user that could not be read is not looked at.
  const inputs = findings.isFaulty("inputs")
    ? []
    : detectInputs(facts.scanned.graph.inputs, facts.settings, findings);
  const choice = findings.isFaulty("task", "outputName") ? undefined : detectTask(facts, findings);
  if (choice !== undefined) {
    checkSettings(choice.task, facts.settings, findings);
    refuseHeadModules(choice.task, facts, findings);
  }
  checkBatch(facts, findings);
  checkRuntime(facts.scanned, facts.runtime, findings);
  checkTypes(choice?.output, facts, findings);
  return { inputs, choice };
}

/** 0 when the graph leaves it open. */
function widthOf(output: ValueInfo): number {
  return fixedSize(output.shape.at(-1)?.size) ?? 0;
}

const TRIAL = { field: "trial inference" };

type Both = { readonly facts: GraphFacts; readonly findings: Findings };

/** Undefined where there is nothing to try. */
function tryModel(
  given: {
    readonly session: Session;
    readonly model: Model;
    readonly choice: TaskChoice;
    readonly idsFit: boolean;
  },
  facts: ModelFacts,
  findings: Findings,
): QuantizedModel | undefined {
  const { session, model, choice, idsFit } = given;
  // Ids beyond the table fail in every run, which is known already.
  if (model.width === 0 && idsFit) {
    model.width = attempt(findings, () => measureWidth(session, model, facts), TRIAL) ?? 0;
  }
  const known = findings.problems.length;
  const isWhole = describeAnswers(model, choice, { facts, findings });
  if (choice.task === "sparse_embedding") checkPieces(model, facts, findings);
  const task = taskById(choice.task);
  const before = findings.problems.length;
  const told = findings.problems.slice(known);
  if (!isWhole) return undefined;
  findings.problems.push(...newProblems(task.check(model, facts.scanned.graph), told));
  // A trial of a graph that does not fit the task would only repeat that in other words.
  if (!idsFit || model.width === 0 || findings.problems.length > before) return undefined;
  const layers = attempt(findings, () => loadModelLayers(model, facts.files), TRIAL);
  if (layers === undefined) return undefined;
  const tried = attempt(
    findings,
    () => rewriteModel({ session, model, task, layers }, facts, findings),
    TRIAL,
  );
  if (tried !== undefined) {
    attempt(findings, () => runTrial(tried.trial, tried.facts, findings), TRIAL);
  }
  return tried;
}

/** The model with the graph that will be stored. A session in between is closed; the given one stays open. */
function rewriteModel(
  trial: Trial,
  facts: ModelFacts,
  findings: Findings,
): QuantizedModel | undefined {
  const quantized = quantizeModel(trial, facts, findings);
  if (quantized === undefined) return undefined;
  let optimized: QuantizedModel | undefined;
  try {
    optimized = optimizeModel(quantized, findings);
    return optimized;
  } finally {
    const { session } = quantized.trial;
    if (session !== trial.session && session !== optimized?.trial.session) session.close();
  }
}

/** What the task finds may be told already, in words that name the file at fault. */
function newProblems(problems: readonly Problem[], told: readonly Problem[]): readonly Problem[] {
  const knowsLabels = told.some(({ message }) => /\blabels?\b/.test(message));
  return problems.filter(({ field }) => !(field === "labels" && knowsLabels));
}

/** What becomes of the graph's output; false when vectors cannot be made of it, which the findings tell. */
function describeAnswers(model: Model, choice: TaskChoice, { facts, findings }: Both): boolean {
  const isWhole = describeVectors(model, choice, { facts, findings });
  describeLabels(model, choice.task, { facts, findings });
  if (model.width > 0) checkActivation(model, choice.task, { facts, findings });
  return isWhole;
}

const CLASSIFIERS: readonly TaskId[] = ["sequence_classification", "token_classification"];

function describeLabels(model: Model, task: TaskId, { facts, findings }: Both): void {
  if (model.width === 0) return;
  if (CLASSIFIERS.includes(task)) {
    model.labels = detectLabels(model.width, facts, findings);
    model.problemType = detectProblemType(task, model.width, { facts, findings });
    if (task === "token_classification") {
      model.labelScheme = detectScheme(model.labels, facts, findings);
    } else {
      const entailment = detectEntailment(model.labels, facts, findings);
      if (entailment !== undefined) model.entailment = entailment;
    }
    return;
  }
  if (task === "reranking") model.labels = detectRelevance(model.width, facts, findings);
  const { width, outputWidth, layers } = model;
  const isPlain = outputWidth === 0 && layers.length === 0;
  const source = isPlain ? "graph" : `graph: ${outputWidth || width}, then pooling and layers`;
  findings.decide("width", String(width), source);
}

function checkBatch({ scanned }: GraphFacts, findings: Findings): void {
  const sizes = scanned.graph.inputs.map((input) => fixedSize(input.shape[0]?.size) ?? 0);
  const [first] = sizes.filter((size) => size > 0);
  if (first === undefined) return;
  if (first > FIXED_BATCH_MAX || sizes.some((size) => size !== first)) {
    findings.problem(
      "graph inputs",
      `expected one batch size of at most ${FIXED_BATCH_MAX}: found ${sizes.join(", ")}: ` +
        "export the model with a dynamic batch axis",
    );
  } else {
    findings.decide("batch size", String(first), "graph: fixed batch dimension");
  }
}

/** ONNX Runtime's processor kernels know no bfloat16; its own message about that does not say so. */
function checkTypes(
  output: ValueInfo | undefined,
  { scanned }: GraphFacts,
  findings: Findings,
): void {
  const types = scanned.initializers.map(({ elementType }) => elementType);
  if (types.includes(BFLOAT16) || output?.elementType === BFLOAT16) {
    findings.problem(
      "graph",
      "expected float32 or float16: found bfloat16, which cannot be computed on processors: " +
        "export the model in float32",
    );
    return;
  }
  if (output === undefined || [0, FLOAT32, FLOAT16].includes(output.elementType)) return;
  const found = elementTypeName(output.elementType);
  findings.problem(
    `graph output "${output.name}"`,
    `expected float32 or float16: found ${found}: choose another one with --output-name`,
  );
}

/** Tables are padded to a multiple of 64 or 128 rows, so that fewer than this are left over. */
const SPARE_ROWS_MAX = 127;

/**
 * A sparse vector has one weight for each piece of the vocabulary. It may have some more, for the spare rows of the
 * graph's table; many more mean the tokenizer of another model.
 */
function checkPieces(model: Model, facts: ModelFacts, findings: Findings): void {
  const { width } = model;
  const { maxId } = facts.tokenizer;
  const ids = model.inputs.find(({ role }) => role === InputRole.INPUT_IDS);
  const rows = (ids && findEmbeddingTable(facts.scanned, ids.name)?.rows) ?? maxId;
  if (width === 0 || width === maxId) return;
  const isTable = width > maxId && width === rows;
  if (isTable && width - maxId <= SPARE_ROWS_MAX) return;
  if (isTable) {
    findings.problem(
      facts.files.tokenizer?.name ?? "tokenizer",
      `expected a token for nearly all of the ${width} weights of "${model.output}", of which at most ` +
        `${SPARE_ROWS_MAX} may be spare: found ${maxId}: is it the tokenizer of this model?`,
    );
    return;
  }
  const table = rows === maxId ? "" : `, or ${rows}, the rows of the graph's table`;
  findings.problem(
    `graph output "${model.output}"`,
    `expected a weight for each of the ${maxId} ids of ${facts.files.tokenizer?.name}${table}: found ${width}: ` +
      "choose the logits of the masked-language-model head with --output-name, or another --task",
  );
}

/** Ids the tokenizer can produce must have a row in the embedding table. */
function checkVocabulary(model: Model, facts: ModelFacts, findings: Findings): boolean {
  const ids = model.inputs.find(({ role }) => role === InputRole.INPUT_IDS);
  const table = ids && findEmbeddingTable(facts.scanned, ids.name);
  if (table === undefined || facts.tokenizer.maxId <= table.rows) return true;
  findings.problem(
    facts.files.tokenizer?.name ?? "tokenizer",
    `found ids up to ${facts.tokenizer.maxId - 1}, expected at most ${table.rows - 1}, the last row of ` +
      `"${table.name}" in the graph: is it the tokenizer of this model?`,
  );
  return false;
}
