// The modules of a sentence-transformers pipeline: which modules.json lists, with the files of each, and which lie
// there unlisted.
import type { Findings } from "./findings.ts";
import { isObject, readJson, textField } from "./json-file.ts";
import type { ModelFile } from "./model-file.ts";

/** Pipelines have two to four modules. */
const MODULES_MAX = 32;
/** Characters of a path that are repeated in a message. */
const PATH_SHOWN = 100;

/** One step of a sentence-transformers pipeline, with its files if it has some. */
export type PipelineModule = {
  readonly type: string;
  /** What it is called: the last part of the type, as the packages around it changed over time. */
  readonly name: string;
  readonly path: string;
  readonly config: ModelFile | undefined;
  /** Of modules with weights of their own beside the transformer's: model.safetensors. */
  readonly weights: ModelFile | undefined;
  /** Whether the weights are there as a pickle, which is a program and not read. */
  readonly hasPickle: boolean;
};

export type ModuleList = {
  readonly pipeline: readonly PipelineModule[];
  /** False when modules.json is there and cannot be read: nothing may be concluded from what the list lacks. */
  readonly isPipelineKnown: boolean;
};

/** A module of the same name from elsewhere may compute anything. */
const KNOWN_PACKAGES = /^(sentence_transformers|pylate)\./;

/** Modules whose weights are computed with outside of the graph. */
const WEIGHTED_MODULES: readonly string[] = ["Dense", "LayerNorm"];

/** Where the files of modules are looked for: the first of the names that exists. */
export type FindFile = (names: readonly string[]) => ModelFile | undefined;

/** What is wrong with modules.json becomes problems. */
export function readModules(
  modules: ModelFile | undefined,
  find: FindFile,
  findings: Findings,
): ModuleList {
  if (modules === undefined) return { pipeline: loosePooling(find), isPipelineKnown: true };
  const before = findings.problems.length;
  const pipeline = listedModules(modules, find, findings);
  const isPipelineKnown = findings.problems.length === before;
  return { pipeline: isPipelineKnown ? pipeline : [], isPipelineKnown };
}

function listedModules(
  modules: ModelFile,
  find: FindFile,
  findings: Findings,
): readonly PipelineModule[] {
  const list = readJson(modules, findings);
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length > MODULES_MAX || !list.every(isObject)) {
    findings.problem(modules.name, `expected a list of up to ${MODULES_MAX} modules`);
    return [];
  }
  return list.flatMap((item, index) => {
    const type = textField(item, "type");
    const path = (textField(item, "path") ?? "").replace(/\/+$/, "");
    const which = `${modules.name}: module ${index + 1}`;
    if (type === undefined) {
      findings.problem(which, "expected a type, which says what it computes: found none");
      return [];
    }
    if (!KNOWN_PACKAGES.test(type)) {
      findings.problem(
        `${which} (${type.slice(0, PATH_SHOWN)})`,
        "expected a module of sentence_transformers or pylate: found another's, and code that comes with a model is " +
          "not run: export the whole pipeline to a graph with the output sentence_embedding, and build from a folder " +
          "without modules.json",
      );
      return [];
    }
    if (path.split("/").includes("..") || path.startsWith("/")) {
      const found = JSON.stringify(path.slice(0, PATH_SHOWN));
      findings.problem(
        `${which} (${type})`,
        `expected a path below the model directory: found ${found}`,
      );
      return [];
    }
    return [moduleAt({ type, path }, find)];
  });
}

function moduleAt(
  { type, path }: { readonly type: string; readonly path: string },
  find: FindFile,
): PipelineModule {
  const name = type.slice(type.lastIndexOf(".") + 1);
  const inFolder = (file: string) => (path === "" ? undefined : find([`${path}/${file}`]));
  const isWeighted = WEIGHTED_MODULES.includes(name);
  const weights = isWeighted ? inFolder("model.safetensors") : undefined;
  const hasPickle = isWeighted && inFolder("pytorch_model.bin") !== undefined;
  return { type, name, path, config: inFolder("config.json"), weights, hasPickle };
}

const POOLING_FOLDER = "1_Pooling";

/** Some folders keep the pooling settings without the list that leads to them. */
function loosePooling(find: FindFile): readonly PipelineModule[] {
  if (find([`${POOLING_FOLDER}/config.json`]) === undefined) return [];
  return [moduleAt({ type: "sentence_transformers.models.Pooling", path: POOLING_FOLDER }, find)];
}

/** What sentence-transformers calls the folders of its modules: "2_Dense". */
const MODULE_FOLDER = /^\d+_[A-Z]\w*$/;

/** Folders of modules that are not part of the pipeline. */
export function strayModules(
  folders: readonly string[],
  { pipeline, isPipelineKnown }: ModuleList,
): readonly string[] {
  if (!isPipelineKnown) return [];
  const listed = new Set(pipeline.map(({ path }) => path));
  return folders.filter((name) => MODULE_FOLDER.test(name) && !listed.has(name));
}
