// Everything the model's files say, read once: what the detectors look at.
import { dirname } from "node:path";
import { CodedError } from "../error/index.ts";
import { FileSource, type MemorySource, readFileBytes } from "../io/index.ts";
import { type ScannedModel, scanModel } from "../onnx/index.ts";
import {
  loadTokenizer,
  readTokenizerSettings,
  type Tokenizer,
  type TokenizerSettings,
} from "../tokenizer/index.ts";
import type { Findings } from "./findings.ts";
import { type JsonFile, type JsonObject, readJsonObject } from "./json-file.ts";
import { exportCommand, type ModelFiles } from "./model-dir.ts";
import type { ModelFile } from "./model-file.ts";
import { leadsOutside } from "./outside.ts";
import type { Settings } from "./settings.ts";

/** The largest tokenizer.json in use (250,000 pieces, indented) has 33 MB. */
const TOKENIZER_BYTES_MAX = 256 * 1024 * 1024;

/** What is known without the tokenizer. */
export type GraphFacts = {
  readonly settings: Settings;
  readonly files: ModelFiles;
  /** Version of the inference library in the base; undefined without a base. */
  readonly runtime: string | undefined;
  readonly config: JsonFile | undefined;
  readonly sentenceTransformersConfig: JsonFile | undefined;
  readonly scanned: ScannedModel;
  readonly weights: FileSource;
  /** The graph the builder made of it, which takes the place of `weights` in the file. */
  readonly rewritten?: MemorySource;
  /** What the weights file holds besides the graph, by the location the graph gives. */
  readonly externalData: ReadonlyMap<string, FileSource>;
  /** Whether all external data was found, in full: without it the graph cannot be loaded. */
  readonly isComplete: boolean;
};

type TokenizerFacts = {
  readonly sentenceBertConfig: JsonFile | undefined;
  readonly tokenizerConfig: JsonFile | undefined;
  /** tokenizer.json, parsed. */
  readonly tokenizerDocument: JsonObject;
  readonly tokenizer: Tokenizer;
  readonly tokenizerSettings: TokenizerSettings;
};

export type ModelFacts = GraphFacts & TokenizerFacts;

export function hasTokenizer(facts: GraphFacts | ModelFacts): facts is ModelFacts {
  return "tokenizer" in facts;
}

/**
 * Reads and parses the files. Faults become problems. Without a usable tokenizer the rest is still told, so that the
 * graph's own problems are found in the same run; undefined when the graph cannot be used.
 * `keep` takes every source that is opened.
 */
export function readFacts(
  given: Pick<GraphFacts, "settings" | "files" | "runtime">,
  findings: Findings,
  keep: (source: FileSource) => FileSource,
): GraphFacts | ModelFacts | undefined {
  const { settings, files, runtime } = given;
  const config = files.config && attempt(findings, () => readJsonObject(files.config!, findings));
  const graph = readGraph(files, findings, keep);
  const tokenizer = readTokenizer({ files, config }, findings);
  const sentenceTransformersConfig = readOptional(files.sentenceTransformersConfig, findings);
  if (graph === undefined) return undefined;
  const read = { config, sentenceTransformersConfig, ...graph, ...tokenizer };
  return { settings, files, runtime, ...read };
}

function readOptional(file: ModelFile | undefined, findings: Findings): JsonFile | undefined {
  return file && attempt(findings, () => readJsonObject(file, findings));
}

function readGraph(
  files: ModelFiles,
  findings: Findings,
  keep: (source: FileSource) => FileSource,
): Pick<GraphFacts, "scanned" | "weights" | "externalData" | "isComplete"> | undefined {
  const file = files.weights;
  if (file === undefined) return undefined;
  return attempt(
    findings,
    () => {
      const weights = keep(new FileSource(file.path));
      refuseForeign(weights, file);
      const scanned = scanModel(weights);
      const before = findings.problems.length;
      const externalData = openExternalData(file, { scanned, keep }, findings);
      const isComplete = findings.problems.length === before;
      return { scanned, weights, externalData, isComplete };
    },
    { field: "graph" },
  );
}

/** Bytes that other files of weights begin with; a graph begins with the tag of one of its first fields. */
const FOREIGN_STARTS: readonly (readonly [what: string, is: (start: Uint8Array) => boolean])[] = [
  // The length of a header, which is JSON.
  ["weights in safetensors", (start) => start[8] === 0x7b && start[7] === 0 && start[6] === 0],
  ["weights of PyTorch", (start) => start[0] === 0x50 && start[1] === 0x4b],
  ["weights of TensorFlow", (start) => start[0] === 0x89 && start[1] === 0x48],
];

/** What a clone has in the place of a large file that was not fetched. */
const POINTER_START = "version https://git-lfs.github.com/spec/";

/** Throws `BUILD_MODEL_INVALID` for weights that nobody exported, and for files that stand for others. */
function refuseForeign(source: FileSource, { path }: ModelFile): void {
  const start = source.read(0, Math.min(source.byteLength, POINTER_START.length));
  if (Buffer.from(start).toString("latin1") === POINTER_START) {
    throw new CodedError(
      "BUILD_MODEL_INVALID",
      "Expected an ONNX graph: found a pointer of Git LFS, which stands for the file: fetch it with `git lfs pull`",
    );
  }
  const found = FOREIGN_STARTS.find(([, is]) => is(start));
  if (found === undefined) return;
  throw new CodedError(
    "BUILD_MODEL_INVALID",
    `Expected an ONNX graph: found ${found[0]}: export the model first (${exportCommand(dirname(path))})`,
  );
}

/** External data lies beside the graph; a location that leads elsewhere is an attack or a mistake. */
function openExternalData(
  weights: ModelFile,
  { scanned, keep }: { readonly scanned: ScannedModel; keep(source: FileSource): FileSource },
  findings: Findings,
): ReadonlyMap<string, FileSource> {
  const folder = weights.path.slice(0, weights.path.lastIndexOf("/") + 1);
  const sources = new Map<string, FileSource>();
  const ends = externalEnds(scanned);
  for (const location of scanned.externalFiles) {
    const field = `${weights.name}: external data "${location}"`;
    if (location.startsWith("/") || /(^|[/\\])\.\.([/\\]|$)|\\/.test(location)) {
      findings.problem(field, "expected a file beside the graph: export the model again");
      continue;
    }
    const open = () => keep(new FileSource(`${folder}${location}`));
    const source = attempt(findings, open, { field });
    if (source === undefined) continue;
    if (leadsOutside(source.realPath, folder)) {
      findings.problem(
        field,
        "expected a file beside the graph: found a link: copy the file there",
      );
      continue;
    }
    sources.set(location, source);
    const end = ends.get(location) ?? 0;
    if (end > source.byteLength) {
      const found = `found ${source.byteLength}`;
      findings.problem(field, `expected at least ${end} bytes: ${found}: copy the file again`);
    }
  }
  return sources;
}

/** The least length of each external file, by its location. */
function externalEnds({ initializers }: ScannedModel): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const { place } of initializers) {
    if (place.kind !== "external") continue;
    const end = place.byteOffset + place.byteLength;
    ends.set(place.location, Math.max(end, ends.get(place.location) ?? 0));
  }
  return ends;
}

function readTokenizer(
  given: { readonly files: ModelFiles; readonly config: JsonFile | undefined },
  findings: Findings,
): TokenizerFacts | undefined {
  const { files, config } = given;
  const file = files.tokenizer;
  const tokenizerConfig = readOptional(files.tokenizerConfig, findings);
  const sentenceBertConfig = readOptional(files.sentenceBertConfig, findings);
  if (file === undefined) return undefined;
  return attempt(
    findings,
    () => {
      const bytes = readFileBytes(file.path, TOKENIZER_BYTES_MAX);
      const tokenizer = loadTokenizer(bytes);
      // The tokenizer was loaded from the same bytes, so they hold a JSON object.
      const tokenizerDocument = JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
      const parsed = {
        tokenizer: tokenizerDocument,
        tokenizerConfig: tokenizerConfig?.fields,
        sentenceBertConfig: sentenceBertConfig?.fields,
        ...(sentenceBertConfig && { sentenceBertName: sentenceBertConfig.name }),
        modelConfig: config?.fields,
      };
      const tokenizerSettings = readTokenizerSettings(parsed, tokenizer);
      const files = { sentenceBertConfig, tokenizerConfig, tokenizerDocument };
      return { ...files, tokenizer, tokenizerSettings };
    },
    { field: "tokenizer" },
  );
}

/**
 * Runs one step; what it says against the model becomes a problem, defects of this program pass through. `fault` names
 * a cause that is likelier than what the message says.
 */
export function attempt<T>(
  findings: Findings,
  step: () => T,
  place: { readonly field?: string; readonly fault?: string } = {},
): T | undefined {
  try {
    return step();
  } catch (thrown) {
    const error = CodedError.from(thrown);
    if (error.code === "INTERNAL") throw thrown;
    const prefix = place.fault === undefined ? "" : `${place.fault}: `;
    findings.problem(place.field ?? "model files", prefix + lowerFirst(error.message));
    return undefined;
  }
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
