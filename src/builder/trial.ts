// Runs the model on a few texts before it is written: does it load, does it answer with finite numbers of the right
// shape, and does a text get the same answer alone and beside others?
import { clone } from "@bufbuild/protobuf";
import { type Model, ModelSchema, Task as TaskNumber } from "../gen/manifest_pb.ts";
import type { FileSource } from "../io/index.ts";
import {
  attachNative,
  type FileRange,
  FLOAT16,
  openSession,
  prepareNative,
  type Session,
  type TokenSequence,
} from "../onnx/index.ts";
import type { Task, VectorLayer } from "../task/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { largestDifference, stretch, varianceOfBatches } from "./exactness.ts";
import { attempt, type ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";

const SHORT_TEXT = "A short text.";
const LONG_TEXT =
  "This is a longer text, so that a batch of the two needs padding: 3 commas, 2 names.";

/** Sequences up to this length are also tried at full length; attention over longer ones takes too long. */
const FULL_LENGTH_MAX = 600;
/** Sums in another order differ in the last bits; a wrong mask or position differs in the first digits. */
const TOLERANCE = 1e-4;
/** The last of float16's 11 bits. Sound graphs stay far below, as processors compute with float32 between. */
const TOLERANCE_FLOAT16 = 1e-3;
/** What a rounded activation is worth in an answer, where the last bit of a sum tips it into the next step. */
const TOLERANCE_QUANTISED = 2e-3;
/**
 * Activations scaled over the whole batch make an answer vary by 1e-4 to 1e-2, the more the deeper the graph. No number
 * fits all, so padding may move an answer by no more than this many times what neighbours of its own length do, whose
 * scales differ as much,
 */
const NOISE_FACTOR = 4;
/** and nothing by more than this: neighbours of no sound graph do. */
const TOLERANCE_QUANTISED_MAX = 0.1;

/** Operators that scale by what is in the batch: neighbours change an answer slightly, by design. */
const QUANTISED = /Quantize|Integer|QLinear|MatMulNBits|QAttention|QGemm/;

/** Whether the graph computes with rounded weights or activations. */
export function isQuantised(facts: ModelFacts): boolean {
  return [...facts.scanned.operators.keys()].some((operator) => QUANTISED.test(operator));
}

/** Opens the graph as the runtime will; what ORT refuses becomes a problem. */
export function openTrialSession(facts: ModelFacts, findings: Findings): Session | undefined {
  const { scanned, weights, externalData } = facts;
  return attempt(
    findings,
    () => {
      attachNative(prepareNative());
      return openSession({
        scanned,
        source: weights,
        locate: locateWeights(weights, externalData),
        intraOpThreads: navigator.hardwareConcurrency,
      });
    },
    { field: "graph" },
  );
}

/** Where the graph's tensors lie before they are in a file. */
export function locateWeights(
  weights: FileSource,
  externalData: ReadonlyMap<string, FileSource>,
): (location?: string) => FileRange {
  return (location) => rangeOf(location === undefined ? weights : externalData.get(location)!);
}

function rangeOf(source: FileSource): FileRange {
  return { path: source.realPath, byteOffset: 0, byteLength: source.byteLength };
}

/** A graph may be right about the first text of a batch only. */
function excessOfSecond(
  trial: Trial,
  batch: {
    readonly together: readonly Matrix[];
    readonly short: TokenSequence;
    readonly long: TokenSequence;
  },
  facts: ModelFacts,
): number {
  const { together, short, long } = batch;
  const alone = answer(trial, [long]);
  const reversed = together.toReversed();
  return excess(trial, { alone, together: reversed, short: long, long: short }, facts);
}

/** Width of the output's last dimension: as the graph states it, else as a first run shows. */
export function measureWidth(session: Session, model: Model, facts: ModelFacts): number {
  const [short] = trialSequences(facts, model);
  return session.run([short], model).output.shape.at(-1) ?? 0;
}

/** Runs the trial; everything that speaks against the model becomes a problem. */
export function runTrial(trial: Trial, facts: ModelFacts, findings: Findings): void {
  const { session, model } = trial;
  const [short, long] = trialSequences(facts, model);
  const place = { field: "trial inference" };
  const alone = attempt(findings, () => answer(trial, [short]), place);
  if (alone === undefined || !allFinite(alone, findings)) return;
  const together = attempt(findings, () => answer(trial, [short, long]), place);
  if (together !== undefined && allFinite(together, findings)) {
    const isAlone = facts.settings.oneAtATime?.value === true;
    const difference = isAlone
      ? 0
      : excess(trial, { alone, together, short, long }, facts) ||
        excessOfSecond(trial, { together, short, long }, facts);
    if (difference > 0) reportDependence(difference, { trial, facts, short, long }, findings);
    else {
      const sample = { short, long, difference: differenceOf(alone, together) };
      attempt(findings, () => decideNeighbours(trial, { facts, sample }, findings), place);
    }
  }
  tryLargestId(trial, { facts, short }, findings);
  const length = model.tokenizer?.maxLength ?? 0;
  if (length <= FULL_LENGTH_MAX) {
    const full = stretch(long, length);
    const fault = `${length} tokens are more than the graph takes, lower the limit with --max-length`;
    attempt(findings, () => session.run([full], model), { field: "max length", fault });
  }
}

export type Trial = {
  readonly session: Session;
  readonly model: Model;
  readonly task: Task;
  /** The model's layers, as `loadModelLayers` made them. */
  readonly layers: readonly VectorLayer[];
};

function answer({ session, model, task, layers }: Trial, sequences: readonly TokenSequence[]) {
  const { output, mask } = session.run(sequences, model);
  return task.reduce(output, mask, { model, view: "default", layers });
}

/** What a text gets alone and beside another: one array of numbers for each answer. */
export function trialAnswers(trial: Trial, facts: ModelFacts): readonly Float32Array[] {
  const [short, long] = trialSequences(facts, trial.model);
  const answers = [[short], [short, long]].flatMap((sequences) => answer(trial, sequences));
  return answers.map(({ data }) => data.slice());
}

/** Two inputs of different lengths as the task gets them: pairs where it takes nothing else. */
function trialSequences(
  { tokenizer }: ModelFacts,
  model: Model,
): readonly [short: TokenSequence, long: TokenSequence] {
  const maxLength = Math.max(1, model.tokenizer?.maxLength ?? 1);
  const isPair = model.task === TaskNumber.RERANKING;
  const encode = (text: string): TokenSequence => {
    const { ids, typeIds } = tokenizer.encode(text, {
      ...(isPair ? { pair: text } : {}),
      maxLength,
    });
    // A tokenizer without special tokens may know none of the words.
    return ids.length > 0
      ? { ids, typeIds }
      : { ids: new Int32Array(1), typeIds: new Int32Array(1) };
  };
  return [encode(SHORT_TEXT), encode(LONG_TEXT)];
}

function allFinite(answers: readonly Matrix[], findings: Findings): boolean {
  const found = answers.flatMap(({ data }) => [...data]).find((value) => !Number.isFinite(value));
  if (found === undefined) return true;
  findings.problem(
    "trial inference",
    `expected finite numbers: found ${found}: the graph is broken or overflows`,
  );
  return false;
}

/** Whether texts are run one at a time: as the user says, else where neighbours change the last digits of an answer. */
function decideNeighbours(
  { session, model }: Trial,
  context: {
    readonly facts: ModelFacts;
    readonly sample: {
      readonly short: TokenSequence;
      readonly long: TokenSequence;
      readonly difference: number;
    };
  },
  findings: Findings,
): void {
  const { facts, sample } = context;
  const given = facts.settings.oneAtATime;
  if (given !== undefined) {
    model.oneAtATime = given.value;
    findings.decide("one at a time", given.value ? "yes" : "no", given.source);
    return;
  }
  if (findings.isFaulty("oneAtATime") || isQuantised(facts)) return;
  if (isHalf(facts)) {
    const text = "not looked at: float16 rounds more coarsely than neighbours change an answer";
    findings.decide("exactness", text, "graph: weights");
    return;
  }
  const { scanned, tokenizer } = facts;
  const lengthMin = tokenizer.encode("a").ids.length;
  const subject = { session, model, scanned, sample: sample.long, lengthMin };
  const variance = Math.max(sample.difference, varianceOfBatches(subject));
  if (variance === 0) return;
  model.oneAtATime = true;
  findings.decide("one at a time", "yes", "trial: answers vary with neighbours in the last digits");
  // How much depends on the processor: not a matter of the file.
  findings.note("variation", `${printSmall(variance)} with neighbours`, "trial");
}

/** With two digits; small numbers all in one style. */
function printSmall(value: number): string {
  return value < 1e-3 ? value.toExponential(1) : value.toPrecision(2);
}

function isHalf({ scanned }: ModelFacts): boolean {
  return scanned.initializers.some(({ elementType }) => elementType === FLOAT16);
}

function differenceOf([left]: readonly Matrix[], [right]: readonly Matrix[]): number {
  return left === undefined || right === undefined ? 0 : largestDifference(left.data, right.data);
}

type Pair = { readonly short: TokenSequence; readonly long: TokenSequence };

/** How much the answers to the short text alone and beside the long one differ; 0 when that is rounding. */
function excess(
  trial: Trial,
  { alone, together, ...pair }: Pair & Record<"alone" | "together", readonly Matrix[]>,
  facts: ModelFacts,
): number {
  const difference = differenceOf(alone, together);
  const scale = alone[0]?.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1) ?? 1;
  if (!isQuantised(facts)) {
    return difference > (isHalf(facts) ? TOLERANCE_FLOAT16 : TOLERANCE) * scale ? difference : 0;
  }
  if (difference <= TOLERANCE_QUANTISED * scale) return 0;
  if (difference > TOLERANCE_QUANTISED_MAX * scale) return difference;
  return difference > NOISE_FACTOR * noiseOf(trial, alone, pair) ? difference : 0;
}

/** How much the tokens of the long text change the answer where they are neighbours of the short one's length. */
function noiseOf(trial: Trial, alone: readonly Matrix[], { short, long }: Pair): number {
  const { length } = short.ids;
  const count = Math.ceil(long.ids.length / length);
  const pieces = Array.from({ length: count }, (_, place) => stretch(long, length, place * length));
  return differenceOf(alone, answer(trial, [short, ...pieces]));
}

/** Either padding shines through, which equal lengths cure, or the graph mixes the texts of a batch. */
function reportDependence(
  difference: number,
  context: {
    readonly trial: Trial;
    readonly facts: ModelFacts;
    readonly short: TokenSequence;
    readonly long: TokenSequence;
  },
  findings: Findings,
): void {
  const { trial, facts, short, long } = context;
  const amount = printSmall(difference);
  const accepted = facts.settings.allowBatchDependence;
  if (accepted?.value === true) {
    findings.decide("batch dependence", "accepted", accepted.source);
    // The last digits depend on the processor: not a matter of the file.
    findings.note("batch dependence", amount, "difference in the trial");
    return;
  }
  const padded = clone(ModelSchema, trial.model);
  if (padded.tokenizer !== undefined) padded.tokenizer.fixedLength ||= long.ids.length;
  const again = { ...trial, model: padded };
  const alone = answer(again, [short]);
  const together = answer(again, [short, long]);
  const isPadding = excess(again, { alone, together, short, long }, facts) === 0;
  const maxLength = trial.model.tokenizer?.maxLength;
  // Padding to one length gives every text the answer of a padded one: right where models learnt from such texts.
  const [cause, cure] = isPadding
    ? [
        "does not ignore padding",
        `pad every text with --pad-to ${maxLength} if the model was trained on texts of that length`,
      ]
    : ["mixes the texts of a batch", "export it again with the batch as first axis"];
  findings.problem(
    "trial inference",
    `the answer to a text changes by ${amount} when a longer one is beside it, as the graph ${cause}: ` +
      `run each text alone with --one-at-a-time, ${cure}, or accept it with --allow-batch-dependence`,
  );
}

/** Where the graph hides its embedding table, the largest id shows whether it fits. */
function tryLargestId(
  { session, model }: Trial,
  { facts, short }: { readonly facts: ModelFacts; readonly short: TokenSequence },
  findings: Findings,
): void {
  const largest = facts.tokenizer.maxId - 1;
  if (largest < 0) return;
  const ids = Int32Array.from(short.ids);
  ids[ids.length - 1] = largest;
  const fault = `the graph refuses the tokenizer's largest id ${largest}: is it the tokenizer of this model`;
  attempt(findings, () => session.run([{ ...short, ids }], model), { field: "tokenizer", fault });
}
