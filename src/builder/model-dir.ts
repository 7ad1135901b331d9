// Finds the files of a model: which file is the graph, which the tokenizer, and what lies beside them.
// Reads names, not contents.
import { basename, dirname, join, relative, resolve } from "node:path";
import { CodedError } from "../error/index.ts";
import { fileFacts, listFiles, listFolders } from "../io/index.ts";
import type { Findings } from "./findings.ts";
import type { ModelFile } from "./model-file.ts";
import { type ModuleList, type PipelineModule, readModules, strayModules } from "./module-list.ts";
import { leadsOutside } from "./outside.ts";
import type { Given, Settings } from "./settings.ts";

/** More entries than any model folder has; a home directory named by mistake ends here. */
const FOLDER_ENTRIES_MAX = 10_000;

/** Modules whose folder holds the transformer's own files. */
export const TRANSFORMER_MODULES: readonly string[] = ["Transformer", "MLMTransformer"];

export type { PipelineModule };

/** Older classes of the reference called their settings after the model; it takes the first that is there. */
export const SENTENCE_CONFIGS: readonly string[] = [
  "bert",
  "roberta",
  "distilbert",
  "camembert",
  "albert",
  "xlm-roberta",
  "xlnet",
].map((name) => `sentence_${name}_config.json`);

/** Files beside a model that say what may be done with it, and what it is. */
export const LICENSE_NAMES = /^(licen[cs]e|copying|notice)(\.(txt|md))?$/i;
export const MODEL_CARD_NAME = /^readme\.md$/i;

export type ModelFiles = ModuleList & {
  /** Absolute; undefined when every file was named on its own. */
  readonly folder: string | undefined;
  readonly weights: ModelFile | undefined;
  readonly tokenizer: ModelFile | undefined;
  readonly config: ModelFile | undefined;
  readonly tokenizerConfig: ModelFile | undefined;
  readonly specialTokens: ModelFile | undefined;
  readonly modules: ModelFile | undefined;
  /** Folders of modules that the pipeline leaves out. */
  readonly strayModules: readonly string[];
  readonly sentenceBertConfig: ModelFile | undefined;
  readonly sentenceTransformersConfig: ModelFile | undefined;
  readonly licenses: readonly ModelFile[];
  readonly modelCard: ModelFile | undefined;
};

type GivenFileId = "weights" | "tokenizer" | "config" | "tokenizerConfig";

/**
 * Files that are missing become problems; a model directory that does not exist is `IO_NOT_FOUND`, no model at all is
 * `USAGE`. `workingFolder` is where the paths of a command line count from.
 */
export function findModelFiles(
  settings: Settings,
  workingFolder: string,
  findings: Findings,
): ModelFiles {
  const { folder, graph } = modelFolder(settings, findings);
  const look = new Look({ folder, workingFolder }, findings);
  const modules = look.optional(["modules.json"]);
  const list = readModules(modules, (names) => look.optional(names), findings);
  const { pipeline } = list;
  // Older sentence-transformers keep the transformer's own files in a folder of their own.
  const inner = pipeline.find(({ name }) => TRANSFORMER_MODULES.includes(name))?.path ?? "";
  const places = (name: string) => (inner === "" ? [name] : [name, `${inner}/${name}`]);
  const take = (id: GivenFileId, what: string, search: () => ModelFile | undefined) => {
    const given = settings[id] ?? (id === "weights" ? graph : undefined);
    if (given !== undefined) return look.given(given, what);
    return findings.isFaulty(id) ? undefined : search();
  };
  return {
    folder,
    weights: take("weights", "graph", () => look.weights(inner)),
    tokenizer: take("tokenizer", "tokenizer", () => look.tokenizer(places)),
    config: take("config", "config", () => look.optional(places("config.json"))),
    tokenizerConfig: take("tokenizerConfig", "tokenizer config", () =>
      look.optional(places("tokenizer_config.json")),
    ),
    specialTokens: look.optional(places("special_tokens_map.json")),
    modules,
    ...list,
    strayModules: strayModules(look.folders, list),
    sentenceBertConfig: look.optional(SENTENCE_CONFIGS.flatMap(places)),
    sentenceTransformersConfig: look.optional(["config_sentence_transformers.json"]),
    licenses: look.own(LICENSE_NAMES),
    modelCard: look.own(MODEL_CARD_NAME)[0],
  };
}

/** A path to a graph stands for the folder around it. */
function modelFolder(
  { modelDir, weights }: Settings,
  findings: Findings,
): { readonly folder: string | undefined; readonly graph?: Given<string> } {
  if (modelDir === undefined) {
    if (weights !== undefined) return { folder: undefined };
    throw new CodedError(
      "USAGE",
      "Cannot build as no model was named: give a model directory, --weights, or a file with -f",
    );
  }
  const { value, replaced } = modelDir;
  if (replaced !== undefined) {
    findings.note("model directory", value, `command line, instead of ${replaced}`);
  }
  const facts = fileFacts(value);
  if (facts?.kind === "folder") return { folder: value };
  if (facts?.kind === "file" && value.endsWith(".onnx")) {
    return { folder: folderOfGraph(value), graph: modelDir };
  }
  const found = facts === undefined ? "nothing" : `a ${facts.kind}`;
  const isConfig = /\.ya?ml$/.test(value);
  const isPlain = facts?.kind === "file" && PLAIN_WEIGHTS.test(basename(value));
  const hint = isConfig
    ? `: is it a configuration? then build with -f ${shellQuoted(value)}`
    : isPlain
      ? `: weights without a graph are exported first (${exportCommand(dirname(value))})`
      : "";
  throw new CodedError(
    "IO_NOT_FOUND",
    `Cannot build from "${value}" as it must be a model directory: found ${found} there${hint}`,
    { detail: { found } },
  );
}

/** Exporters put graphs into a folder "onnx" below the model's own. */
function folderOfGraph(path: string): string {
  const folder = dirname(path);
  const parent = dirname(folder);
  const hasTokenizer = (place: string) => isFile(join(place, "tokenizer.json"));
  const isInner = basename(folder) === "onnx" && !hasTokenizer(folder) && hasTokenizer(parent);
  return isInner ? parent : folder;
}

/** Looks for files in one folder; without a folder nothing is found. */
class Look {
  readonly #folder: string | undefined;
  readonly #workingFolder: string;
  readonly findings: Findings;
  readonly #names: readonly string[];
  #isFolderOfModels = false;

  constructor(
    places: { readonly folder: string | undefined; readonly workingFolder: string },
    findings: Findings,
  ) {
    const { folder, workingFolder } = places;
    this.#folder = folder;
    this.#workingFolder = workingFolder;
    this.findings = findings;
    const limits = { depthMax: 0, entriesMax: FOLDER_ENTRIES_MAX };
    this.#names = folder === undefined ? [] : listFiles(folder, limits);
  }

  /** Names of the folders in it. */
  get folders(): readonly string[] {
    return this.#folder === undefined ? [] : listFolders(this.#folder, FOLDER_ENTRIES_MAX);
  }

  /** A file the user named; one that is missing is a problem. Relative paths count from the model directory as well. */
  given({ value, source, relative }: Given<string>, what: string): ModelFile | undefined {
    const folder = this.#folder;
    const inFolder =
      folder === undefined || relative === undefined ? value : resolve(folder, relative);
    const path = isFile(value) ? value : inFolder;
    if (!isFile(path)) {
      const places = [...new Set([value, inFolder])].map(quote).join(" or ");
      this.findings.problem(source, `expected a file: found none at ${places}`);
      return undefined;
    }
    const file = this.#named(path);
    const place = path === value ? "the working directory" : "the model directory";
    const where = value === inFolder ? source : `${source}, found in ${place}`;
    this.findings.note(what, file.name, where);
    return file;
  }

  /** The first of these names that exists. */
  optional(names: readonly string[]): ModelFile | undefined {
    const folder = this.#folder;
    if (folder === undefined) return undefined;
    const name = names.find((candidate) => isFile(join(folder, candidate)));
    return name === undefined ? undefined : { name, path: join(folder, name) };
  }

  matching(pattern: RegExp): readonly ModelFile[] {
    const folder = this.#folder;
    if (folder === undefined) return [];
    return this.#names
      .filter((name) => pattern.test(name))
      .map((name) => ({ name, path: join(folder, name) }));
  }

  /** As `matching`, without files that links lead to elsewhere: nothing reads these, so anything could be shipped. */
  own(pattern: RegExp): readonly ModelFile[] {
    const folder = this.#folder;
    if (folder === undefined) return [];
    return this.matching(pattern).filter(({ name, path }) => {
      if (!isFile(path)) return false;
      if (!leadsOutside(path, folder)) return true;
      this.findings.note("left out", name, "it leads out of the model directory");
      return false;
    });
  }

  /** model.onnx is the unquantised graph by convention of all exporters; other names need to be unique. */
  weights(inner: string): ModelFile | undefined {
    const folders = ["", "onnx/", ...(inner === "" ? [] : [`${inner}/`])];
    const graphs = folders.flatMap((prefix) => this.#graphsBelow(prefix));
    const names = folders.map((prefix) => `${prefix}model.onnx`);
    const standard = names.find((name) => graphs.includes(name));
    const chosen = standard ?? (graphs.length === 1 ? graphs[0] : undefined);
    if (chosen === undefined || this.#folder === undefined) {
      this.#reportGraphs(graphs);
      return undefined;
    }
    const reason = standard === undefined ? "the only .onnx file" : "found by name";
    const others = graphs
      .filter((name) => name !== chosen)
      .map((name) => this.#flag("weights", name));
    const hint = others.length === 0 ? "" : `; others with ${others.join(", ")}`;
    this.findings.note("graph", chosen, `${reason}${hint}`);
    return { name: chosen, path: join(this.#folder, chosen) };
  }

  #reportGraphs(graphs: readonly string[]): void {
    const [first] = graphs;
    if (first === undefined && this.#reportModels()) return;
    const weights = this.#names.filter((name) => PLAIN_WEIGHTS.test(name)).map(quote);
    const none = ["no .onnx file", ...(weights.length > 0 ? [`but ${weights.join(", ")}`] : [])];
    const found = first === undefined ? none.join(", ") : graphs.map(quote).join(", ");
    const remedy =
      first === undefined
        ? `export the model to ONNX (${exportCommand(this.#folder ?? "DIR")}), or name the graph with --weights`
        : `choose one, as in ${this.#flag("weights", first)}`;
    this.findings.problem(
      this.#folder ?? "graph",
      `expected model.onnx or onnx/model.onnx: found ${found}: ${remedy}`,
    );
  }

  /** Whether the folder has no model but folders with models, which then is the problem. */
  #reportModels(): boolean {
    const hasGraph = (name: string) =>
      GRAPH_PLACES.some((place) => isFile(join(this.#folder ?? "", name, place)));
    const models = this.folders.filter((name) => name !== "onnx" && hasGraph(name));
    const [first] = models;
    if (first === undefined) return false;
    const hidden = models.length - MODELS_SHOWN_MAX;
    const more = hidden > 0 ? ` and ${hidden} more` : "";
    this.findings.problem(
      this.#folder ?? "",
      `expected a model: found folders that hold one: ${models.slice(0, MODELS_SHOWN_MAX).map(quote).join(", ")}` +
        `${more}: build one of them, as in build ${shellQuoted(join(this.#folder ?? "", first))}`,
    );
    this.#isFolderOfModels = true;
    return true;
  }

  tokenizer(places: (name: string) => readonly string[]): ModelFile | undefined {
    if (this.#isFolderOfModels) return undefined;
    const standard = this.optional(places("tokenizer.json"));
    if (standard !== undefined) return standard;
    const similar = this.matching(/tokenizer\.json$/);
    const [only] = similar;
    if (only !== undefined && similar.length === 1) {
      this.findings.note("tokenizer", only.name, "the only file of that ending");
      return only;
    }
    if (only !== undefined) {
      const found = similar.map(({ name }) => quote(name)).join(", ");
      const remedy = `choose one, as in ${this.#flag("tokenizer", only.name)}`;
      this.findings.problem(
        this.#folder ?? "",
        `expected tokenizer.json: found ${found}: ${remedy}`,
      );
      return undefined;
    }
    const slow = this.matching(/^(vocab\.(txt|json)|sentencepiece\.bpe\.model|spiece\.model)$/);
    const hint =
      slow.length === 0
        ? "found none: name one with --tokenizer, or make it"
        : `found ${slow.map(({ name }) => name).join(", ")}: save the tokenizer as a fast one`;
    this.findings.problem(
      this.#folder ?? "tokenizer",
      `expected tokenizer.json: ${hint} in Python with ` +
        'transformers.AutoTokenizer.from_pretrained("DIR").save_pretrained("DIR")',
    );
    return undefined;
  }

  #graphsBelow(prefix: string): string[] {
    if (prefix === "") return this.#names.filter(isGraph);
    const folder = join(this.#folder ?? "", prefix);
    if (this.#folder === undefined || fileFacts(folder)?.kind !== "folder") return [];
    const limits = { depthMax: 0, entriesMax: FOLDER_ENTRIES_MAX };
    return listFiles(folder, limits)
      .filter(isGraph)
      .map((name) => `${prefix}${name}`);
  }

  /** As an argument that works when it is pasted: relative paths count from the working directory first. */
  #flag(flag: string, name: string): string {
    const path = join(this.#folder ?? "", name);
    const here = resolve(this.#workingFolder, name);
    return `--${flag} ${shellQuoted(here !== path && isFile(here) ? path : name)}`;
  }

  /** Files outside the model directory go by their last name. */
  #named(path: string): ModelFile {
    const absolute = resolve(path);
    const inside = this.#folder === undefined ? ".." : relative(this.#folder, absolute);
    return { name: inside.startsWith("..") ? basename(absolute) : inside, path: absolute };
  }
}

/** Weights of a model that nobody exported. */
const PLAIN_WEIGHTS = /\.(safetensors|bin|pt|pth|h5|msgpack)$/;
/** Where a model's folder has its graph. */
const GRAPH_PLACES: readonly string[] = ["model.onnx", "onnx/model.onnx"];
/** More folders than these are counted. */
const MODELS_SHOWN_MAX = 10;

/** How a folder of plain weights becomes one with a graph. */
export function exportCommand(folder: string): string {
  return `optimum-cli export onnx --model ${shellQuoted(folder)} OUT`;
}

function isGraph(name: string): boolean {
  return name.endsWith(".onnx");
}

function isFile(path: string): boolean {
  return fileFacts(path)?.kind === "file";
}

/** One word for a shell, whatever is in it. */
function shellQuoted(word: string): string {
  return /^[\w./@%+:,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function quote(name: string): string {
  return `"${name}"`;
}
