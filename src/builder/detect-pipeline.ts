// The order of a sentence-transformers pipeline: what comes before the pooling and what after. Modules that are not
// computed here are refused by name, as without them the vectors would be other ones.
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import type { PipelineModule } from "./model-dir.ts";

/** Modules that are computed on a finished vector. */
export const STEP_MODULES = ["Dense", "LayerNorm", "Normalize"] as const;

const TRANSFORMERS: readonly string[] = ["Transformer", "MLMTransformer"];
const POOLINGS: readonly string[] = ["Pooling"];

/** What they do they do in training only. */
const IDLE_MODULES: readonly string[] = ["Dropout", "Identity"];

const EXPORT_WHOLE =
  "export the whole pipeline to a graph with the output sentence_embedding, and build from a " +
  "folder without modules.json";

const SPARSE = "it makes sparse vectors: build the model with --task sparse_embedding";

/** Modules that read texts in ways of their own: no graph of a transformer stands for them. */
const OTHER_INPUTS: ReadonlyMap<string, string> = new Map([
  ["WordEmbeddings", "it reads words and not pieces"],
  ["StaticEmbedding", "it has a table and no transformer"],
  ["SparseStaticEmbedding", "it has a table and no transformer"],
  ["BoW", "it counts words"],
  ["CLIPModel", "it also reads images"],
  ["Router", "it has several routes: build each one's transformer on its own"],
  ["Asym", "it has several routes: build each one's transformer on its own"],
]);

export type Pipeline = {
  readonly pooling: PipelineModule | undefined;
  /** Between transformer and pooling, or after the transformer where nothing pools. */
  readonly before: readonly PipelineModule[];
  readonly after: readonly PipelineModule[];
  /** Whether it reads texts in a way of its own, or is unknown: then it says nothing of what it lacks. */
  readonly isForeign: boolean;
};

/** Takes the pipeline apart. Modules that read texts otherwise, and a second pooling, become problems. */
export function splitPipeline({ files }: GraphFacts, findings: Findings): Pipeline {
  const place = files.modules?.name ?? "modules.json";
  let pooling: PipelineModule | undefined;
  let isForeign = !files.isPipelineKnown;
  const before: PipelineModule[] = [];
  const after: PipelineModule[] = [];
  for (const [index, module] of files.pipeline.entries()) {
    const { name } = module;
    const reason = OTHER_INPUTS.get(name);
    if (reason !== undefined) {
      isForeign = true;
      findings.problem(`${place}: ${module.type}`, `this module is not supported: ${reason}`);
    } else if (TRANSFORMERS.includes(name)) {
      if (index === 0) continue;
      findings.problem(`${place}: ${module.type}`, "expected one transformer at the beginning");
    } else if (POOLINGS.includes(name)) {
      if (pooling !== undefined) {
        findings.problem(
          `${place}: ${module.type}`,
          `expected one pooling module: found two, ${pooling.path} and ${module.path}: join modes in one, or ` +
            EXPORT_WHOLE,
        );
        isForeign = true;
      }
      pooling ??= module;
    } else if (!IDLE_MODULES.includes(name)) {
      (pooling === undefined ? before : after).push(module);
    }
  }
  return { pooling, before, after, isForeign };
}

/** Whether the module is computed here; if it is not, it becomes a problem. */
export function checkSupported(
  module: PipelineModule,
  { files }: GraphFacts,
  findings: Findings,
): boolean {
  if ((STEP_MODULES as readonly string[]).includes(module.name)) return true;
  const reason = module.name === "SpladePooling" ? SPARSE : EXPORT_WHOLE;
  refuseModule(module, { files, reason }, findings);
  return false;
}

/** Folders of modules that nothing lists: what they compute would be left out without a word. */
export function refuseStrayModules({ files }: GraphFacts, findings: Findings): void {
  const { strayModules, modules } = files;
  for (const name of strayModules) {
    findings.problem(
      name,
      modules === undefined
        ? "expected modules.json, which says in which order the modules of sentence-transformers run: found this " +
            "folder without it: copy the file of the model, or remove the folder"
        : `expected it in ${modules.name}, which says which modules run: found it is not listed there: copy both ` +
            "again, or remove the folder",
    );
  }
}

/** Modules on the vectors of tokens, where these are pooled here. */
export function refuseBeforePooling(
  modules: readonly PipelineModule[],
  { files }: GraphFacts,
  findings: Findings,
): void {
  const reason = `it comes before the pooling: ${EXPORT_WHOLE}`;
  for (const module of modules) refuseModule(module, { files, reason }, findings);
}

/** Notes that a module stands in the way. */
export function refuseModule(
  module: PipelineModule,
  { files, reason }: { readonly files: GraphFacts["files"]; readonly reason: string },
  findings: Findings,
): void {
  const field = `${files.modules?.name ?? "modules.json"}: ${module.type}`;
  findings.problem(field, `this module is not supported: ${reason}`);
}
