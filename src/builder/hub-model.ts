// A model on a hub -> a folder a build can read: the files that are needed, in an order in which each tells the next.
import { dirname, join } from "node:path";
import { isCodedError } from "../error/index.ts";
import {
  ENDPOINT_DEFAULT,
  type FetchOptions,
  type HubEnvironment,
  type HubReference,
  type HubRepository,
  isHubReference,
  openHubRepository,
  parseHubReference,
  printHubReference,
} from "../hub/index.ts";
import { FileSource, fileFacts } from "../io/index.ts";
import { scanModel } from "../onnx/index.ts";
import { Findings } from "./findings.ts";
import {
  chooseGraph,
  type GraphChoice,
  listNames,
  smallFiles,
  tokenizers,
  transformerFolder,
} from "./hub-file.ts";
import { type PipelineModule, readModules } from "./module-list.ts";
import type { Given, Settings } from "./settings.ts";

/** A setting that was found while a model was fetched, with its origin. */
export type HubDecision = {
  readonly setting: string;
  readonly value: string;
  readonly source: string;
};

export type HubModel = {
  /** As they were given, with the folder the model lies in now instead of its name on the hub. */
  readonly settings: Settings;
  readonly decisions: readonly HubDecision[];
  /** Where it came from, where that is not the hub everybody means. */
  readonly endpoint: string | undefined;
};

/** Whether the settings name a model on a hub, which a build reads only after `fetchHubModel`. */
export function isOnHub({ modelDir }: Settings): boolean {
  return modelDir !== undefined && isHubReference(modelDir.value);
}

/**
 * Fetches the model the settings name into the cache of the hub's clients: its graph with all its data, tokenizer,
 * settings, licence and model card, and nothing else. Throws `BUILD_MODEL_INVALID` for a repository without a graph or
 * tokenizer, and what the hub and downloads throw.
 */
export async function fetchHubModel(
  settings: Settings,
  environment: HubEnvironment,
  options: FetchOptions,
): Promise<HubModel> {
  const { modelDir } = settings;
  const reference = parseHubReference(modelDir?.value ?? "");
  // The reader of the setting refuses all others.
  if (modelDir === undefined || "complaint" in reference) {
    return { settings, decisions: [], endpoint: undefined };
  }
  const repository = await openHubRepository(reference, environment, options);
  const pipeline = await fetchPipeline(repository, options);
  const graph = chooseFiles({ repository, settings, pipeline });
  const names = new Set(repository.files.keys());
  const given = givenFiles(settings, names);
  await repository.fetch([...smallFiles(names, pipeline), ...given, ...graph.names], options);
  if (graph.choice !== undefined) await fetchData(repository, graph.choice.name, options);
  repository.finish();
  const { folder, endpoint } = repository;
  return {
    settings: {
      ...settings,
      ...weightsOf(graph.choice, settings, folder),
      modelDir: { ...modelDir, value: folder },
    },
    decisions: decisionsOf(repository, reference, graph.choice),
    endpoint: endpoint === ENDPOINT_DEFAULT ? undefined : endpoint,
  };
}

/** The modules of a sentence-transformers pipeline; what is wrong with the list is for the build to tell. */
async function fetchPipeline(
  repository: HubRepository,
  options: FetchOptions,
): Promise<readonly PipelineModule[]> {
  const { files, folder } = repository;
  const find = (names: readonly string[]) => {
    const name = names.find((candidate) => files.has(candidate));
    return name === undefined ? undefined : { name, path: join(folder, name) };
  };
  const list = find(["modules.json"]);
  if (list !== undefined) await repository.fetch([list.name], options);
  return readModules(list, find, new Findings()).pipeline;
}

type Chosen = {
  /** Undefined where the user named a graph of their own. */
  readonly choice: GraphChoice | undefined;
  readonly names: readonly string[];
};

/** Throws before the large files are fetched if the build would be refused for want of one. */
function chooseFiles(given: {
  readonly repository: HubRepository;
  readonly settings: Settings;
  readonly pipeline: readonly PipelineModule[];
}): Chosen {
  const { repository, settings, pipeline } = given;
  const names = new Set(repository.files.keys());
  const findings = new Findings();
  const inner = transformerFolder(pipeline);
  const name = printHubReference(repository.reference);
  const place = repository.isOffline ? `${name} in the cache` : name;
  const { weights, tokenizer } = settings;
  const places = (file: string) => (inner === "" ? [file] : [file, `${inner}/${file}`]);
  if (tokenizer === undefined && tokenizers(names, places).length === 0) {
    findings.problem(
      place,
      "expected tokenizer.json: found none: save the tokenizer as a fast one in Python with " +
        `transformers.AutoTokenizer.from_pretrained("${repository.reference.repository}").save_pretrained("DIR") ` +
        "and name it with --tokenizer DIR/tokenizer.json",
    );
  }
  const isOwn = weights !== undefined && isHere(weights);
  const wanted = weights && { word: weights.relative ?? weights.value, source: weights.source };
  const { repository: title } = repository.reference;
  const choice = isOwn
    ? undefined
    : chooseGraph({ names, wanted, inner, repository: title, place }, findings);
  if (!findings.isClean) findings.throwAll(`Cannot build from "${name}"`);
  return { choice, names: choice === undefined ? [] : [choice.name] };
}

/** Paths of the command line count from the working directory first. */
function isHere({ value }: Given<string>): boolean {
  return fileFacts(value)?.kind === "file";
}

/** Files the user named by their path in the repository. */
function givenFiles(
  { config, tokenizer, tokenizerConfig }: Settings,
  names: ReadonlySet<string>,
): readonly string[] {
  return [config, tokenizer, tokenizerConfig].flatMap((given) => {
    const name = given?.relative?.replace(/^(\.\/)+/, "");
    return given !== undefined && name !== undefined && names.has(name) && !isHere(given)
      ? [name]
      : [];
  });
}

/** What the graph says lies beside it. Locations that lead elsewhere are in no listing, and refused by the build. */
async function fetchData(
  repository: HubRepository,
  graph: string,
  options: FetchOptions,
): Promise<void> {
  const folder = dirname(graph);
  const names = externalFiles(join(repository.folder, graph))
    .map((location) => (folder === "." ? location : `${folder}/${location}`))
    .filter((name) => repository.files.has(name));
  await repository.fetch(names, options);
}

function externalFiles(path: string): readonly string[] {
  using source = new FileSource(path);
  try {
    return scanModel(source).externalFiles;
  } catch (thrown) {
    // What is wrong with the graph is told by the build, with everything else.
    if (isCodedError(thrown)) return [];
    throw thrown;
  }
}

/** The graph by its path, where the build would not find it by itself. */
function weightsOf(
  choice: GraphChoice | undefined,
  { weights }: Settings,
  folder: string,
): Pick<Settings, "weights"> {
  if (choice === undefined || (choice.isStandard && weights === undefined)) return {};
  const source = weights?.source ?? "the only .onnx file";
  return { weights: { value: join(folder, choice.name), source } };
}

function decisionsOf(
  { isOffline, endpoint, isEndpointKnown }: HubRepository,
  reference: HubReference,
  choice: GraphChoice | undefined,
): readonly HubDecision[] {
  const cached = isEndpointKnown ? `from ${endpoint}` : "which does not tell of which hub";
  const source = isOffline ? `in the cache, ${cached}` : `at ${endpoint}`;
  const others = choice?.others ?? [];
  const further = {
    setting: "other graphs",
    value: listNames(others),
    source: "in the repository, to choose with --weights",
  };
  return [
    { setting: "model", value: printHubReference(reference), source },
    ...(others.length === 0 ? [] : [further]),
  ];
}
