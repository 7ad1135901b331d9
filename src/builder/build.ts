// Model directory -> encoderfile: the order of the steps and nothing else.
import { basename, dirname, join } from "node:path";
import { VERSION } from "../about/index.ts";
import { type BasePlaces, checkCopiedBase, type FoundBase, findBase } from "../base/index.ts";
import { CodedError } from "../error/index.ts";
import { canonicalBase } from "../executable/index.ts";
import { type AssetInput, type WriteResult, writeEncoderfile } from "../format/index.ts";
import type { Decision, Model } from "../gen/manifest_pb.ts";
import { findSnapshot } from "../hub/index.ts";
import { type FileSource, fileFacts, realPath } from "../io/index.ts";
import { findTarget } from "../target/index.ts";
import { taskOfModel } from "../task/index.ts";
import { checkGraph, checkModel } from "./check-model.ts";
import { hasTokenizer, type ModelFacts, readFacts } from "./facts.ts";
import { Findings } from "./findings.ts";
import { type GoldenFile, openGoldenFiles, readGoldenFiles } from "./golden-file.ts";
import { makeGoldens, precisionOf } from "./goldens.ts";
import { draftManifest, listAssets } from "./manifest-draft.ts";
import { findModelFiles, type ModelFiles } from "./model-dir.ts";
import type { BuildFaults, Settings } from "./settings.ts";

/** What a build needs to know of the process it runs in. */
export type BuildEnvironment = BasePlaces & {
  /** Where an output without a folder goes, and what paths of the command line count from. */
  readonly workingFolder: string;
};

export type BuildOptions = {
  /** Replaces an existing output. */
  readonly force: boolean;
  /** What could not be read of the settings: refuses the build, together with whatever else is found. */
  readonly faults?: BuildFaults;
  /** Called at the start of each step with its name, and while bytes are copied. */
  readonly onProgress?: (step: string, fraction?: number) => void;
  /** Address of the hub the model directory was fetched from, where that is not the public one. */
  readonly hubEndpoint?: string | undefined;
};

export type BuildResult = {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly task: string;
  readonly target: string;
  /** The base that was used, and why. Not part of the file: it would tell where the builder keeps its bases. */
  readonly base: { readonly version: string; readonly source: string };
  readonly byteLength: number;
  /** Lower-case hexadecimal SHA-256 of the manifest. */
  readonly modelDigest: string;
  readonly model: Model;
  /**
   * Settings that were found, with their origin. The file holds those that describe the model, not which of several
   * files of the builder's machine were taken.
   */
  readonly decisions: readonly Decision[];
};

/**
 * Builds one encoderfile. Everything is checked before the first byte is written, and everything that is wrong is told
 * at once: as `BUILD_MODEL_INVALID`, or as the code of the faults in the settings. What is wrong alone and is not the
 * model's fault has its own code: `USAGE`, `BASE_*`, `IO_*` and `FORMAT_*`.
 */
export function buildEncoderfile(
  settings: Settings,
  environment: BuildEnvironment,
  options: BuildOptions,
): BuildResult {
  const opened: FileSource[] = [];
  const keep = (source: FileSource): FileSource => {
    opened.push(source);
    return source;
  };
  try {
    const findings = new Findings(options.faults);
    options.onProgress?.("Reading the model");
    const files = readFiles(settings, environment, findings);
    if (files?.weights !== undefined) findings.nameGraph(files.weights.name);
    const name = modelName(settings, files);
    const base = isBaseKnown(settings, findings)
      ? findings.collect(() => findBase(settings, environment))
      : undefined;
    if (base !== undefined) keep(base.source);
    const target = base?.identity.target;
    const path = settings.output?.value ?? join(environment.workingFolder, fileName(name, target));
    if (isPathKnown({ settings, files }, findings)) {
      findings.collect(() => refuseExisting(path, options.force));
    }
    const goldens = openGoldenFiles(settings, findings, keep);
    const given = files && { settings, files, runtime: base?.identity.onnxruntime };
    const context = { keep, options, modelId: name, goldens };
    const checked = given && resolveModel(given, findings, context);
    if (checked === undefined || base === undefined || !findings.isClean) {
      const where = settings.modelDir?.value ?? settings.weights?.value;
      return findings.throwAll(
        where === undefined ? "Cannot build" : `Cannot build from "${where}"`,
      );
    }
    checked.model.decisions = findings.stored(settings);
    // Opens every file that goes in; none of them may be where the result goes.
    const assets = [...listAssets(checked.facts, keep), ...checked.made];
    refuseOverInput(path, opened);
    options.onProgress?.("Writing");
    const version = settings.version?.value ?? VERSION_DEFAULT;
    const { hubEndpoint } = options;
    const ready = { ...checked, assets, base, name, version, hubEndpoint };
    const written = write(ready, path, { options, findings });
    return { ...resultOf(ready, path, written), decisions: findings.told };
  } finally {
    for (const source of opened) source.close();
  }
}

type Context = {
  keep(source: FileSource): FileSource;
  readonly options: BuildOptions;
  readonly modelId: string;
  readonly goldens: readonly GoldenFile[];
};

/** Undefined where the user's word on the place of the model could not be read, or leads nowhere. */
function readFiles(
  settings: Settings,
  { workingFolder }: BuildEnvironment,
  findings: Findings,
): ModelFiles | undefined {
  const { modelDir, weights } = settings;
  const isNamed =
    modelDir !== undefined || (weights !== undefined && !findings.isFaulty("modelDir"));
  if (!isNamed && findings.isFaulty("modelDir", "weights")) return undefined;
  return findings.collect(() => findModelFiles(settings, workingFolder, findings));
}

function isNamed({ modelDir, weights }: Settings): boolean {
  return modelDir !== undefined || weights !== undefined;
}

/** Whether the base would be the one that was meant. Without a model there is nothing to append to it. */
function isBaseKnown(settings: Settings, findings: Findings): boolean {
  if (!isNamed(settings) || findings.isFaulty("base")) return false;
  return settings.base !== undefined || !findings.isFaulty("target", "cacheDir");
}

/** Whether the output would go where it seems to: a name or path that could not be read may have been another. */
function isPathKnown(
  given: { readonly settings: Settings; readonly files: ModelFiles | undefined },
  findings: Findings,
): boolean {
  if (findings.isFaulty("output")) return false;
  if (given.settings.output !== undefined) return true;
  return given.files !== undefined && !findings.isFaulty("name");
}

type Resolved = {
  readonly facts: ModelFacts;
  readonly model: Model;
  /** Assets that are no file of the model, but made of what it answers. */
  readonly made: readonly AssetInput[];
};

/** Reads and checks the model; undefined when it cannot be built from. */
function resolveModel(
  given: Parameters<typeof readFacts>[0],
  findings: Findings,
  { keep, options, modelId, goldens: files }: Context,
): Resolved | undefined {
  const facts = readFacts(given, findings, keep);
  options.onProgress?.("Checking the model");
  if (facts === undefined) return undefined;
  if (!hasTokenizer(facts)) {
    checkGraph(facts, findings);
    return undefined;
  }
  const made: AssetInput[] = [];
  let isTried = false;
  let final = facts;
  const model = checkModel(facts, findings, (trial, tried) => {
    isTried = true;
    final = tried;
    const goldens = makeGoldens(trial, { facts: tried, findings, modelId, files });
    if (goldens !== undefined) made.push(goldens);
  });
  if (model !== undefined && !isTried) {
    const context = { task: taskOfModel(model).id, precision: precisionOf(facts) };
    readGoldenFiles(files, context, findings);
  }
  return model && { facts: final, model, made };
}

/** What a model without a stated version gets. */
const VERSION_DEFAULT = "0.1.0";

type Ready = {
  readonly facts: ModelFacts;
  readonly model: Model;
  readonly assets: readonly AssetInput[];
  readonly base: FoundBase;
  readonly name: string;
  readonly version: string;
  readonly hubEndpoint: string | undefined;
};

function write(
  ready: Ready,
  path: string,
  { options, findings }: { readonly options: BuildOptions; readonly findings: Findings },
): WriteResult {
  const { assets, base } = ready;
  const manifest = {
    ...draftManifest(ready, findings),
    name: ready.name,
    version: ready.version,
    builderVersion: VERSION,
    base: {
      version: base.identity.version,
      target: base.identity.target,
      onnxruntimeVersion: base.identity.onnxruntime,
    },
  };
  // What else its file may hold is not part of the base.
  const source = canonicalBase(base.source, base.identity.length);
  return writeEncoderfile({ base: source, manifest, assets }, path, {
    force: options.force,
    onBase: (sha256) => checkCopiedBase(base, sha256),
    onProgress: (done, total) => options.onProgress?.("Writing", done / total),
  });
}

function resultOf(
  ready: Ready,
  path: string,
  written: WriteResult,
): Omit<BuildResult, "decisions"> {
  const { model, base, name, version } = ready;
  return {
    path,
    name,
    version,
    task: taskOfModel(model).id,
    target: base.identity.target,
    base: { version: base.identity.version, source: base.reason },
    byteLength: written.byteLength,
    modelDigest: written.modelDigest,
    model,
  };
}

/** The user's name, else the repository's where the hub's cache shows it, else that of the folder around the model. */
function modelName({ name }: Settings, files: ModelFiles | undefined): string {
  if (name !== undefined) return name.value;
  const weights = files?.weights;
  const folder = files?.folder ?? (weights && dirname(weights.path));
  if (folder === undefined) return "model";
  const repository = findSnapshot(realPath(folder))?.repository.split("/").at(-1);
  return repository ?? (basename(realPath(folder)) || "model");
}

/** A name may hold what a file name may not; Windows starts nothing without a name that says so. */
function fileName(name: string, target: string | undefined): string {
  const safe = name.replaceAll(/[/\\:*?"<>|]/g, "-").replace(/^\.+/, "");
  const suffix = target === undefined ? "" : findTarget(target).executableSuffix;
  return `${safe || "model"}.encoderfile${suffix}`;
}

function refuseExisting(path: string, force: boolean): void {
  const facts = fileFacts(path);
  if (facts === undefined || (force && facts.kind === "file")) return;
  const remedy = facts.kind === "file" ? ", or overwrite it with --force" : "";
  throw new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as a ${facts.kind} lies there already: choose another path with -o${remedy}`,
  );
}

/** Replacing an input by the output would lose the model. */
function refuseOverInput(path: string, inputs: readonly FileSource[]): void {
  if (fileFacts(path) === undefined) return;
  const target = realPath(path);
  if (!inputs.some((source) => source.realPath === target)) return;
  throw new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as it is one of the files the build reads: choose another path with -o`,
  );
}
