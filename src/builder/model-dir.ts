// Finds the files of a model: which file is the graph, which the tokenizer, and what lies beside them.
// Reads names, not contents, except modules.json, which names further files.
import { basename, dirname, join, relative, resolve } from "node:path";
import { CodedError } from "../error/index.ts";
import { fileFacts, listFiles } from "../io/index.ts";
import type { Given, Settings } from "./config.ts";
import type { Findings } from "./findings.ts";
import { isObject, readJson, textField } from "./json-file.ts";
import type { ModelFile } from "./model-file.ts";

/** More entries than any model folder has; a home directory named by mistake ends here. */
const FOLDER_ENTRIES_MAX = 10_000;
/** Pipelines have two to four modules. */
const MODULES_MAX = 32;

/** One step of a sentence-transformers pipeline, with its settings file if it has one. */
export type PipelineModule = {
  readonly type: string;
  readonly path: string;
  readonly config: ModelFile | undefined;
};

export type ModelFiles = {
  /** Absolute; undefined when every file was named on its own. */
  readonly folder: string | undefined;
  readonly weights: ModelFile | undefined;
  readonly tokenizer: ModelFile | undefined;
  readonly config: ModelFile | undefined;
  readonly tokenizerConfig: ModelFile | undefined;
  readonly specialTokens: ModelFile | undefined;
  readonly modules: ModelFile | undefined;
  readonly pipeline: readonly PipelineModule[];
  readonly sentenceBertConfig: ModelFile | undefined;
  readonly sentenceTransformersConfig: ModelFile | undefined;
  readonly licenses: readonly ModelFile[];
  readonly modelCard: ModelFile | undefined;
};

/** Files that are missing become problems; a model directory that does not exist is `IO_NOT_FOUND`. */
export function findModelFiles(settings: Settings, findings: Findings): ModelFiles {
  const { folder, graph } = modelFolder(settings);
  const look = new Look(folder, findings);
  const modules = look.optional(["modules.json"]);
  const pipeline = modules === undefined ? [] : readPipeline(modules, look);
  // Older sentence-transformers keep the transformer's own files in a folder of their own.
  const inner = pipeline.find(({ type }) => type.endsWith(".Transformer"))?.path ?? "";
  const places = (name: string) => (inner === "" ? [name] : [name, `${inner}/${name}`]);
  return {
    folder,
    weights: look.given(settings.weights ?? graph, "graph") ?? look.weights(inner),
    tokenizer: look.given(settings.tokenizer, "tokenizer") ?? look.tokenizer(places),
    config: look.given(settings.config, "config") ?? look.optional(places("config.json")),
    tokenizerConfig:
      look.given(settings.tokenizerConfig, "tokenizer config") ??
      look.optional(places("tokenizer_config.json")),
    specialTokens: look.optional(places("special_tokens_map.json")),
    modules,
    pipeline: pipeline.length > 0 ? pipeline : loosePooling(look),
    sentenceBertConfig: look.optional(places("sentence_bert_config.json")),
    sentenceTransformersConfig: look.optional(["config_sentence_transformers.json"]),
    licenses: look.matching(/^(licen[cs]e|copying|notice)(\.(txt|md))?$/i),
    modelCard: look.matching(/^readme\.md$/i)[0],
  };
}

/** A path to a graph stands for the folder around it. */
function modelFolder({ modelDir }: Settings): {
  readonly folder: string | undefined;
  readonly graph?: Given<string>;
} {
  if (modelDir === undefined) return { folder: undefined };
  const facts = fileFacts(modelDir.value);
  if (facts?.kind === "folder") return { folder: modelDir.value };
  if (facts?.kind === "file" && modelDir.value.endsWith(".onnx")) {
    return { folder: dirname(modelDir.value), graph: modelDir };
  }
  const found = facts === undefined ? "nothing" : `a ${facts.kind}`;
  throw new CodedError(
    "IO_NOT_FOUND",
    `Cannot build from "${modelDir.value}" as it must be a model directory: found ${found} there`,
    { detail: { found } },
  );
}

/** Looks for files in one folder; without a folder nothing is found. */
class Look {
  readonly #folder: string | undefined;
  readonly findings: Findings;
  readonly #names: readonly string[];

  constructor(folder: string | undefined, findings: Findings) {
    this.#folder = folder;
    this.findings = findings;
    const limits = { depthMax: 0, entriesMax: FOLDER_ENTRIES_MAX };
    this.#names = folder === undefined ? [] : listFiles(folder, limits);
  }

  /** A file the user named; one that is missing is a problem. */
  given(given: Given<string> | undefined, what: string): ModelFile | undefined {
    if (given === undefined) return undefined;
    const file = this.#named(given.value);
    if (fileFacts(file.path)?.kind === "file") {
      this.findings.decide(what, file.name, given.source);
    } else {
      this.findings.problem(given.source, `expected a file: found none at "${file.path}"`);
    }
    return file;
  }

  /** The first of these names that exists. */
  optional(names: readonly string[]): ModelFile | undefined {
    const folder = this.#folder;
    if (folder === undefined) return undefined;
    const name = names.find((candidate) => fileFacts(join(folder, candidate))?.kind === "file");
    return name === undefined ? undefined : { name, path: join(folder, name) };
  }

  matching(pattern: RegExp): readonly ModelFile[] {
    const folder = this.#folder;
    if (folder === undefined) return [];
    return this.#names
      .filter((name) => pattern.test(name))
      .map((name) => ({ name, path: join(folder, name) }));
  }

  /** model.onnx is the unquantised graph by convention of all exporters; other names need to be unique. */
  weights(inner: string): ModelFile | undefined {
    const folders = ["", "onnx/", ...(inner === "" ? [] : [`${inner}/`])];
    const graphs = folders.flatMap((prefix) => this.#graphsBelow(prefix));
    const names = folders.map((prefix) => `${prefix}model.onnx`);
    const standard = names.find((name) => graphs.includes(name));
    const chosen = standard ?? (graphs.length === 1 ? graphs[0] : undefined);
    if (chosen === undefined || this.#folder === undefined) {
      const found = graphs.length === 0 ? "no .onnx file" : graphs.map(quote).join(", ");
      const where = this.#folder === undefined ? "graph" : this.#folder;
      this.findings.problem(
        where,
        `expected model.onnx or onnx/model.onnx: found ${found}: name the graph with --weights`,
      );
      return undefined;
    }
    const others = graphs.filter((name) => name !== chosen);
    const reason = standard === undefined ? "the only .onnx file" : "found by name";
    const beside = others.length === 0 ? "" : `, beside ${others.join(", ")} (--weights)`;
    this.findings.decide("graph", chosen, `${reason}${beside}`);
    return { name: chosen, path: join(this.#folder, chosen) };
  }

  tokenizer(places: (name: string) => readonly string[]): ModelFile | undefined {
    const standard = this.optional(places("tokenizer.json"));
    if (standard !== undefined) return standard;
    const similar = this.matching(/tokenizer\.json$/);
    const [only] = similar;
    if (only !== undefined && similar.length === 1) {
      this.findings.decide("tokenizer", only.name, "the only file of that ending");
      return only;
    }
    const slow = this.matching(/^(vocab\.(txt|json)|sentencepiece\.bpe\.model|spiece\.model)$/);
    const hint =
      slow.length === 0
        ? "name one with --tokenizer"
        : `found ${slow.map(({ name }) => name).join(", ")}: save the tokenizer as a fast one, ` +
          "which writes tokenizer.json";
    this.findings.problem(this.#folder ?? "tokenizer", `expected tokenizer.json: ${hint}`);
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

  /** Files outside the model directory go by their last name. */
  #named(path: string): ModelFile {
    const absolute = resolve(path);
    const inside = this.#folder === undefined ? ".." : relative(this.#folder, absolute);
    return { name: inside.startsWith("..") ? basename(absolute) : inside, path: absolute };
  }
}

function readPipeline(modules: ModelFile, look: Look): readonly PipelineModule[] {
  const findings = look.findings;
  const list = readJson(modules, findings);
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length > MODULES_MAX || !list.every(isObject)) {
    findings.problem(modules.name, `expected a list of up to ${MODULES_MAX} modules`);
    return [];
  }
  return list.flatMap((item) => {
    const type = textField(item, "type");
    const path = textField(item, "path") ?? "";
    if (type === undefined || path.split("/").includes("..") || path.startsWith("/")) {
      findings.problem(modules.name, "expected modules with a type and a path below the folder");
      return [];
    }
    const config = path === "" ? undefined : look.optional([`${path}/config.json`]);
    return [{ type, path, config }];
  });
}

/** Some folders keep the pooling settings without the list that leads to them. */
function loosePooling(look: Look): readonly PipelineModule[] {
  const config = look.optional(["1_Pooling/config.json"]);
  if (config === undefined) return [];
  return [{ type: "sentence_transformers.models.Pooling", path: "1_Pooling", config }];
}

function isGraph(name: string): boolean {
  return name.endsWith(".onnx");
}

function quote(name: string): string {
  return `"${name}"`;
}
