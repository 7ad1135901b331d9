// How token vectors become one vector per text, as sentence-transformers files, the graph and the user say.
import { Pooling, type ValueInfo } from "../gen/manifest_pb.ts";
import { POOLING_IDS, type PoolingId } from "./config.ts";
import { fixedSize } from "./detect-task.ts";
import { attempt, type GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import {
  integerField,
  isObject,
  type JsonObject,
  ownField,
  readJsonObject,
  textField,
} from "./json-file.ts";
import type { PipelineModule } from "./model-dir.ts";

export type PoolingChoice = { readonly pooling: Pooling[]; readonly normalize: boolean };

const POOLING: Readonly<Record<PoolingId, Pooling>> = {
  none: Pooling.NONE,
  mean: Pooling.MEAN,
  cls: Pooling.CLS,
  max: Pooling.MAX,
  last_token: Pooling.LAST_TOKEN,
  mean_sqrt_len: Pooling.MEAN_SQRT_LEN,
  weighted_mean: Pooling.WEIGHTED_MEAN,
};

/** Flags of 1_Pooling/config.json; newer files say `pooling_mode` instead. */
const POOLING_FLAGS: Readonly<Record<string, PoolingId>> = {
  pooling_mode_cls_token: "cls",
  pooling_mode_mean_tokens: "mean",
  pooling_mode_max_tokens: "max",
  pooling_mode_mean_sqrt_len_tokens: "mean_sqrt_len",
  pooling_mode_weightedmean_tokens: "weighted_mean",
  pooling_mode_lasttoken: "last_token",
};
const POOLING_NAMES: Readonly<Record<string, PoolingId>> = {
  cls: "cls",
  mean: "mean",
  max: "max",
  mean_sqrt_len_tokens: "mean_sqrt_len",
  weightedmean: "weighted_mean",
  lasttoken: "last_token",
};

/** Pooling and normalisation of a sentence embedder whose graph output is known. */
export function detectPooling(
  output: ValueInfo,
  facts: GraphFacts,
  findings: Findings,
): PoolingChoice {
  const isPooled = output.shape.length === 2 || /^sentence_embeddings?$/.test(output.name);
  checkPipeline(output, { facts, isPooled }, findings);
  checkPrompt(facts, findings);
  const pooling = poolingOf(isPooled, facts, findings);
  findings.decide("pooling", pooling.ids.join(" + "), pooling.source);
  const normalize = normalizeOf(facts);
  findings.decide("normalize", String(normalize.value), normalize.source);
  return { pooling: pooling.ids.map((id) => POOLING[id]), normalize: normalize.value };
}

type PoolingFound = { readonly ids: readonly PoolingId[]; readonly source: string };

function poolingOf(isPooled: boolean, facts: GraphFacts, findings: Findings): PoolingFound {
  const given = facts.settings.pooling;
  if (given !== undefined) {
    if (isPooled !== (given.value.join() === "none")) {
      const found = isPooled ? "is pooled already: only none fits" : "has a vector per token";
      findings.problem(given.source, `the graph's output ${found}: choose another mode or output`);
    }
    return { ids: given.value, source: given.source };
  }
  if (isPooled) return { ids: ["none"], source: "graph: the output has one vector per text" };
  const module = facts.files.pipeline.find(({ type }) => type.endsWith(".Pooling"));
  const stated = module && statedPooling(module, findings);
  if (stated !== undefined) return stated;
  return { ids: ["mean"], source: "default: no 1_Pooling/config.json says otherwise" };
}

function statedPooling(module: PipelineModule, findings: Findings): PoolingFound | undefined {
  const { config } = module;
  const file = config && attempt(findings, () => readJsonObject(config, findings));
  if (file === undefined) return undefined;
  const modes = modesOf(file.fields);
  const ids = modes.filter(isPoolingId);
  if (ids.length > 0 && ids.length === modes.length) return { ids, source: file.name };
  const found = modes.filter((mode) => !isPoolingId(mode)).join(" + ") || "none";
  const known = POOLING_IDS.filter((id) => id !== "none").join(", ");
  findings.problem(file.name, `expected pooling modes of ${known}: found ${found}`);
  return { ids: ["mean"], source: file.name };
}

/** Modes the file turns on; unknown ones under the name the file gives them. */
function modesOf(fields: JsonObject): readonly string[] {
  const named = textField(fields, "pooling_mode");
  if (named !== undefined) return [POOLING_NAMES[named] ?? named];
  return Object.entries(fields)
    .filter(([key, value]) => key.startsWith("pooling_mode_") && value === true)
    .map(([key]) => POOLING_FLAGS[key] ?? key);
}

function isPoolingId(mode: string): mode is PoolingId {
  return (POOLING_IDS as readonly string[]).includes(mode);
}

function normalizeOf({ settings, files }: GraphFacts): {
  readonly value: boolean;
  readonly source: string;
} {
  if (settings.normalize !== undefined) return settings.normalize;
  const { modules, pipeline } = files;
  if (modules === undefined) {
    return { value: true, source: "default: no modules.json says otherwise" };
  }
  const value = pipeline.some(({ type }) => type.endsWith(".Normalize"));
  return { value, source: `${modules.name}: ${value ? "Normalize" : "no Normalize module"}` };
}

const KNOWN_MODULES = /\.(Transformer|Pooling|Normalize)$/;

/** Modules this runtime does not compute must be part of the graph, or the vectors would be other ones. */
function checkPipeline(
  output: ValueInfo,
  { facts, isPooled }: { readonly facts: GraphFacts; readonly isPooled: boolean },
  findings: Findings,
): void {
  const { modules, pipeline } = facts.files;
  for (const module of pipeline) {
    if (KNOWN_MODULES.test(module.type)) continue;
    const field = `${modules?.name ?? "modules.json"}: ${module.type}`;
    const width = isPooled ? denseWidth(module, findings) : undefined;
    if (width !== undefined && width === fixedSize(output.shape.at(-1)?.size)) {
      findings.decide("dense layer", "in the graph", `${module.path}/config.json: out_features`);
      continue;
    }
    findings.problem(
      field,
      "this module is not supported: export the whole pipeline to a graph with the output " +
        "sentence_embedding",
    );
  }
}

function denseWidth(module: PipelineModule, findings: Findings): number | undefined {
  const { config } = module;
  if (!module.type.endsWith(".Dense") || config === undefined) return undefined;
  const file = attempt(findings, () => readJsonObject(config, findings));
  return integerField(file?.fields, "out_features");
}

/** A default prompt is put before every text by sentence-transformers: leaving it out would be a silent difference. */
function checkPrompt({ sentenceTransformersConfig: file }: GraphFacts, findings: Findings): void {
  const name = textField(file?.fields, "default_prompt_name");
  const prompts = ownField(file?.fields, "prompts");
  if (file === undefined || name === undefined || !isObject(prompts)) return;
  const prompt = textField(prompts, name);
  if (prompt === undefined || prompt === "") return;
  findings.problem(
    `${file.name}: default_prompt_name`,
    `the prompt ${JSON.stringify(prompt)} would go before every text, which is not supported: ` +
      "set it to null and send the prompt as part of the texts",
  );
}
