// How token vectors become one vector per text, as the Pooling module of sentence-transformers and the user say.
import { Pooling } from "../gen/manifest_pb.ts";
import { POOLING_IDS, type PoolingId } from "./config.ts";
import { attempt, type GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import {
  integerField,
  type JsonFile,
  type JsonObject,
  ownField,
  readJsonObject,
} from "./json-file.ts";
import type { PipelineModule } from "./model-dir.ts";

const POOLING: Readonly<Record<PoolingId, Pooling>> = {
  none: Pooling.NONE,
  mean: Pooling.MEAN,
  cls: Pooling.CLS,
  max: Pooling.MAX,
  last_token: Pooling.LAST_TOKEN,
  mean_sqrt_len: Pooling.MEAN_SQRT_LEN,
  weighted_mean: Pooling.WEIGHTED_MEAN,
};

/** Flags of 1_Pooling/config.json, in the order the reference joins what they turn on. */
const POOLING_FLAGS: ReadonlyMap<string, PoolingId> = new Map([
  ["pooling_mode_cls_token", "cls"],
  ["pooling_mode_max_tokens", "max"],
  ["pooling_mode_mean_tokens", "mean"],
  ["pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len"],
  ["pooling_mode_weightedmean_tokens", "weighted_mean"],
  ["pooling_mode_lasttoken", "last_token"],
]);

/** Names in `pooling_mode`, with which newer files replace the flags. */
const POOLING_NAMES: ReadonlyMap<string, PoolingId> = new Map([
  ["cls", "cls"],
  ["max", "max"],
  ["mean", "mean"],
  ["mean_sqrt_len_tokens", "mean_sqrt_len"],
  ["weightedmean", "weighted_mean"],
  ["lasttoken", "last_token"],
]);

export type PoolingChoice = {
  readonly pooling: Pooling[];
  /** Whether the tokens of a prompt take part. */
  readonly includePrompt: boolean;
  /** Width of a token's vector, and the field that states it. */
  readonly tokenWidth: { readonly value: number; readonly source: string } | undefined;
  /** Width of what the module makes, whoever computes it. */
  readonly pooledWidth: number | undefined;
  /** False when the modes are a guess, as what should state them is a problem already. */
  readonly isKnown: boolean;
};

/** Pooling of a sentence embedder. */
export function detectPooling(
  given: Omit<Stated, "file">,
  facts: GraphFacts,
  findings: Findings,
): PoolingChoice {
  const { module, isPooled } = given;
  const before = findings.problems.length;
  const config = module?.config;
  const file = config && attempt(findings, () => readJsonObject(config, findings));
  const found = poolingOf({ ...given, file }, facts, findings);
  const isKnown =
    findings.problems.length === before && !findings.isFaulty("pooling") && !given.isForeign;
  findings.decide("pooling", found.ids.join(" + "), found.source);
  const tokenWidth = tokenWidthOf(file);
  const count = file === undefined ? 1 : (modesOf(file.fields)?.length ?? 1);
  return {
    isKnown,
    pooling: found.ids.map((id) => POOLING[id]),
    includePrompt: includesPrompt({ file, isPooled }, findings),
    tokenWidth,
    pooledWidth: tokenWidth && tokenWidth.value * count,
  };
}

type Stated = {
  readonly module: PipelineModule | undefined;
  readonly file: JsonFile | undefined;
  /** Whether the graph's output has one row per text. */
  readonly isPooled: boolean;
  /** Whether the pipeline is refused for how it begins, or could not be read. */
  readonly isForeign: boolean;
};
type PoolingFound = { readonly ids: readonly PoolingId[]; readonly source: string };

function poolingOf(stated: Stated, facts: GraphFacts, findings: Findings): PoolingFound {
  const { module, file, isPooled } = stated;
  const given = facts.settings.pooling;
  if (given !== undefined) {
    if (isPooled !== (given.value.join() === "none")) {
      const found = isPooled ? "is pooled already: only none fits" : "has a vector per token";
      findings.problem(given.source, `the graph's output ${found}: choose another mode or output`);
    }
    return { ids: given.value, source: given.source };
  }
  if (isPooled) return { ids: ["none"], source: "graph: the output has one vector per text" };
  if (file !== undefined) return statedPooling(file, findings);
  const { modules } = facts.files;
  if (module !== undefined) {
    const name = module.config?.name ?? `${module.path}/config.json`;
    // A file that is there and unreadable is a problem already.
    if (module.config === undefined && !findings.isFaulty("pooling")) {
      findings.problem(name, `expected the settings of ${module.type}: copy the file again`);
    }
    return { ids: ["mean"], source: `default: no ${name} says otherwise` };
  }
  if (modules !== undefined && !findings.isFaulty("pooling") && !stated.isForeign) {
    findings.problem(
      modules.name,
      "expected a Pooling module, as the graph has a vector per token: found none: choose with " +
        "--pooling, or --task embedding for vectors of tokens",
    );
  }
  return { ids: ["mean"], source: "default: no 1_Pooling/config.json says otherwise" };
}

function statedPooling({ name, fields }: JsonFile, findings: Findings): PoolingFound {
  const modes = modesOf(fields);
  // The reference, too, takes the mean where nothing is said.
  if (modes === undefined) return { ids: ["mean"], source: `${name}: no mode, so the mean` };
  const ids = modes.filter(isPoolingId);
  const isClear = ids.length > 0 && ids.length === modes.length;
  if (isClear && new Set(ids).size === ids.length) return { ids, source: name };
  const strange = modes.filter((mode) => !isPoolingId(mode));
  const found = (strange.length > 0 ? strange : ids).join(" + ") || "none";
  const known = POOLING_IDS.filter((id) => id !== "none").join(", ");
  findings.problem(name, `expected different pooling modes of ${known}: found ${found}`);
  return { ids: ["mean"], source: name };
}

/** Modes the file turns on, in the order they are joined; unknown ones under the name the file gives them. */
function modesOf(fields: JsonObject): readonly string[] | undefined {
  const named = ownField(fields, "pooling_mode");
  if (named !== undefined && named !== null) {
    // A list is joined in its own order.
    const names: readonly unknown[] = Array.isArray(named) ? named : [named];
    return names.map((name) => {
      if (typeof name !== "string") return JSON.stringify(name) ?? "nothing";
      return POOLING_NAMES.get(name.toLowerCase()) ?? name.slice(0, 60);
    });
  }
  const flags = Object.keys(fields).filter((key) => key.startsWith("pooling_mode_"));
  if (flags.length === 0) return undefined;
  const on = flags.filter((key) => fields[key] === true);
  const known = [...POOLING_FLAGS].flatMap(([key, id]) => (on.includes(key) ? [id] : []));
  return [...known, ...on.filter((key) => !POOLING_FLAGS.has(key))];
}

function isPoolingId(mode: string): mode is PoolingId {
  return (POOLING_IDS as readonly string[]).includes(mode);
}

function includesPrompt(
  { file, isPooled }: Pick<Stated, "file" | "isPooled">,
  findings: Findings,
): boolean {
  if (file === undefined || ownField(file.fields, "include_prompt") !== false) return true;
  const source = `${file.name}: include_prompt`;
  if (isPooled) {
    findings.problem(
      source,
      "false cannot be kept, as the graph pools all tokens itself: choose an output with a " +
        "vector per token with --output-name, or export the model without pooling",
    );
    return true;
  }
  findings.decide("prompt in pooling", "left out", source);
  return false;
}

function tokenWidthOf(file: JsonFile | undefined): PoolingChoice["tokenWidth"] {
  for (const field of ["word_embedding_dimension", "embedding_dimension"]) {
    const value = integerField(file?.fields, field);
    if (value !== undefined) return { value, source: `${file?.name}: ${field}` };
  }
  return undefined;
}
