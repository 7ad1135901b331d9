// Which files of a repository on a hub a build reads: the counterpart of model-dir.ts for what is not here yet.
import { join } from "node:path/posix";
import type { Findings } from "./findings.ts";
import {
  exportCommand,
  LICENSE_NAMES,
  MODEL_CARD_NAME,
  SENTENCE_CONFIGS,
  TRANSFORMER_MODULES,
} from "./model-dir.ts";
import type { PipelineModule } from "./module-list.ts";

/** Names that a repository has. */
export type NameList = ReadonlySet<string>;

/** Files for weights that a build cannot use. */
const PLAIN_WEIGHTS = /\.(safetensors|bin|pt|pth|h5|msgpack|gguf)$/;
/** Longer lists are cut. */
const NAMES_SHOWN_MAX = 12;

/** What exporters put behind "model_" for an encoding of the weights, where it is not the name itself. */
const VARIANTS: Readonly<Record<string, string>> = {
  fp32: "model.onnx",
  q8: "model_quantized.onnx",
};

/** The small files, without those of modules. `pipeline` is what modules.json lists. */
export function smallFiles(names: NameList, pipeline: readonly PipelineModule[]): string[] {
  const inner = transformerFolder(pipeline);
  const places = (name: string) => (inner === "" ? [name] : [name, `${inner}/${name}`]);
  const usual = [
    ...["config.json", "tokenizer_config.json", "special_tokens_map.json"].flatMap(places),
    ...SENTENCE_CONFIGS.flatMap(places),
    "modules.json",
    "config_sentence_transformers.json",
  ];
  const modules = pipeline.flatMap(({ config, weights }) => [config?.name, weights?.name]);
  const own = [...names].filter((name) => LICENSE_NAMES.test(name) || MODEL_CARD_NAME.test(name));
  // Folders of modules the list leaves out are a problem that a build tells.
  const stray = [...names].filter((name) => /^\d+_[A-Z]\w*\/config\.json$/.test(name));
  return [...usual, ...tokenizers(names, places), ...modules, ...own, ...stray].filter(
    (name) => name !== undefined && names.has(name),
  ) as string[];
}

/** tokenizer.json where it is usual, else whatever ends so: which one is meant is for the build to say. */
export function tokenizers(
  names: NameList,
  places: (name: string) => readonly string[],
): readonly string[] {
  const standard = places("tokenizer.json").filter((name) => names.has(name));
  if (standard.length > 0) return standard;
  return [...names].filter((name) => /^[^/]*tokenizer\.json$/.test(name));
}

/** Older sentence-transformers keep the transformer's own files in a folder of their own; "" where they do not. */
export function transformerFolder(pipeline: readonly PipelineModule[]): string {
  return pipeline.find(({ name }) => TRANSFORMER_MODULES.includes(name))?.path ?? "";
}

export type GraphChoice = {
  readonly name: string;
  /** Whether a build would find it without being told. */
  readonly isStandard: boolean;
  readonly others: readonly string[];
};

/**
 * The graph: the one that `wanted` means (a path, the name of a file, or an encoding such as "fp16"), else the one in
 * float32 by convention of all exporters, else the only one. What cannot be chosen is a problem.
 */
export function chooseGraph(
  given: {
    readonly names: NameList;
    readonly wanted: { readonly word: string; readonly source: string } | undefined;
    readonly inner: string;
    /** What the repository is called, for messages. */
    readonly repository: string;
    /** What was looked through. */
    readonly place: string;
  },
  findings: Findings,
): GraphChoice | undefined {
  const { names, wanted, inner, repository, place } = given;
  const graphs = [...names].filter((name) => name.endsWith(".onnx")).sort();
  const folders = ["", "onnx/", ...(inner === "" ? [] : [`${inner}/`])];
  const standard = folders.map((folder) => `${folder}model.onnx`).find((name) => names.has(name));
  const [first] = graphs;
  if (first === undefined) {
    findings.problem(place, withoutGraph(names, repository));
    return undefined;
  }
  const chosen =
    wanted === undefined
      ? (standard ?? (graphs.length === 1 ? first : undefined))
      : wantedGraph(graphs, wanted.word, folders).found;
  if (chosen !== undefined) {
    const others = graphs.filter((name) => name !== chosen);
    return { name: chosen, isStandard: chosen === standard, others };
  }
  const expected =
    wanted === undefined
      ? "model.onnx or onnx/model.onnx"
      : `one graph called ${wantedGraph(graphs, wanted.word, folders).sought}`;
  findings.problem(
    wanted?.source ?? place,
    `expected ${expected}: found ${listNames(graphs)}: choose one, as in --weights ${first}`,
  );
  return undefined;
}

function wantedGraph(
  graphs: readonly string[],
  word: string,
  folders: readonly string[],
): { readonly found: string | undefined; readonly sought: string } {
  const path = join(word);
  const file = path.endsWith(".onnx") ? path : (VARIANTS[path] ?? `model_${path}.onnx`);
  const usual = folders.map((folder) => `${folder}${file}`).find((name) => graphs.includes(name));
  const [only, ...others] = graphs.filter((name) => name.endsWith(`/${file}`));
  const exact = graphs.includes(path) ? path : usual;
  return { found: exact ?? (others.length === 0 ? only : undefined), sought: file };
}

function withoutGraph(names: NameList, repository: string): string {
  const weights = [...names].filter((name) => PLAIN_WEIGHTS.test(name)).sort();
  const found = weights.length === 0 ? "no .onnx file" : `no .onnx file, but ${listNames(weights)}`;
  return (
    `expected model.onnx or onnx/model.onnx: found ${found}: export the model to ONNX ` +
    `(${exportCommand(repository)}) and build from that folder`
  );
}

/** Some of the names, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN_MAX;
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
