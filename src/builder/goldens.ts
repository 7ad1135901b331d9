// The goldens of a build: answers it computes itself, and those the user gives, which are checked. What is kept of an
// answer is decided in the module `golden`.
import { CodedError, isCodedError } from "../error/index.ts";
import type { AssetInput } from "../format/index.ts";
import { FileRole, type Model } from "../gen/manifest_pb.ts";
import {
  durableResponse,
  GOLDENS_NAME,
  type Golden,
  type Precision,
  type Probe,
  prepareGolden,
  printDifference,
  printGoldens,
  probesFor,
} from "../golden/index.ts";
import { MemorySource } from "../io/index.ts";
import { FLOAT16 } from "../onnx/index.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { type FiledGolden, type GoldenFile, readGoldenFiles } from "./golden-file.ts";
import { type Runner, runPlan } from "./golden-run.ts";
import { isQuantised } from "./trial.ts";

export type GoldenBuild = {
  readonly facts: ModelFacts;
  readonly findings: Findings;
  /** The name of the model, which answers may show. */
  readonly modelId: string;
  /** Those the user named. */
  readonly files: readonly GoldenFile[];
};

/**
 * The asset with the goldens of a model that passed its trial; undefined when there are none. A given golden that the
 * model does not meet becomes a problem, and so does whatever else is wrong with the user's file.
 */
export function makeGoldens(
  runner: Omit<Runner, "tokenizer">,
  build: GoldenBuild,
): AssetInput | undefined {
  const { facts, findings } = build;
  const asker: Asker = {
    runner: { ...runner, tokenizer: facts.tokenizer },
    precision: precisionOf(facts),
    build,
  };
  const computed = probesFor(runner.model).flatMap((probe) => compute(asker, probe));
  const given = checkGiven(asker);
  const goldens = [...computed, ...given];
  if (goldens.length === 0) return undefined;
  const counts = `${computed.length} computed${given.length > 0 ? `, ${given.length} given` : ""}`;
  const source = given.length > 0 ? facts.settings.goldens?.source : undefined;
  findings.decide("goldens", `${goldens.length} (${counts})`, source ?? "trial");
  const batchInvariant = isBatchInvariant(runner.model, asker);
  const document = { precision: asker.precision, batchInvariant, goldens };
  const content = new MemorySource(printGoldens(document), GOLDENS_NAME);
  return { kind: "file", name: GOLDENS_NAME, role: FileRole.GOLDENS, content };
}

type Asker = {
  readonly runner: Runner;
  readonly precision: Precision;
  readonly build: GoldenBuild;
};

/** How the graph computes. */
export function precisionOf(facts: ModelFacts): Precision {
  const isHalf = facts.scanned.initializers.some(({ elementType }) => elementType === FLOAT16);
  return isHalf || isQuantised(facts) ? "rough" : "float32";
}

function isBatchInvariant(model: Model, { precision, build }: Asker): boolean {
  if (model.oneAtATime) return true;
  const isAccepted = build.facts.settings.allowBatchDependence?.value === true;
  return precision === "float32" && !isAccepted;
}

/** None when the tokenizer can make nothing of the text; what else goes wrong speaks against the model. */
function compute(asker: Asker, { name, request }: Probe): readonly Golden[] {
  const { runner, precision, build } = asker;
  const operation = "predict";
  try {
    const asked = { operation, request, response: {}, tolerance: 0 } as const;
    const prepared = prepareGolden(asked, contextOf(asker));
    const answers = runPlan(runner, prepared);
    if (answers.some(({ encoding }) => encoding.ids.length === 0)) return [];
    const kept = durableResponse(runner.task.id, prepared.respond(answers), precision);
    return [{ name, origin: "builder", operation, request, ...kept }];
  } catch (thrown) {
    if (isCodedError(thrown, "TOKENIZER_UNKNOWN_WORD", "TOKENIZER_LIMIT_TOO_SMALL")) return [];
    build.findings.problem(`golden "${name}"`, reasonOf(thrown));
    return [];
  }
}

function contextOf({ runner, build }: Asker) {
  return { model: runner.model, modelId: build.modelId, tokenizer: runner.tokenizer };
}

/** The user's goldens, each of which the model meets. */
function checkGiven(asker: Asker): readonly Golden[] {
  const { files, findings } = asker.build;
  const context = { task: asker.runner.task.id, precision: asker.precision };
  const goldens = readGoldenFiles(files, context, findings);
  for (const filed of goldens) checkOne(asker, filed);
  // Those another build computed are checked like the others, but this one computes its own.
  return goldens.flatMap(({ golden }) => (golden.origin === "given" ? [golden] : []));
}

function checkOne(asker: Asker, { path, place, golden }: FiledGolden): void {
  const { findings } = asker.build;
  const field = `${path}: ${place}`;
  try {
    const prepared = prepareGolden(golden, contextOf(asker));
    const difference = prepared.differenceOf(runPlan(asker.runner, prepared));
    if (difference === undefined) return;
    findings.problem(field, `${printDifference(difference)}: is it about this model?`);
  } catch (thrown) {
    findings.problem(field, reasonOf(thrown));
  }
}

/** Why a request could not be answered; defects of this program pass through. */
function reasonOf(thrown: unknown): string {
  const error = CodedError.from(thrown);
  if (error.code === "INTERNAL") throw thrown;
  return error.message.charAt(0).toLowerCase() + error.message.slice(1);
}
