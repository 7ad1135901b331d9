// How the weights of tokens become one sparse vector, as the SpladePooling module and the user say.
import { SparsePooling } from "../gen/manifest_pb.ts";
import { SPARSE_POOLING_IDS, type SparsePoolingId } from "./config.ts";
import { refuseModule, splitPipeline } from "./detect-pipeline.ts";
import { attempt, type GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { type JsonFile, ownField, readJsonObject } from "./json-file.ts";

const SPARSE_POOLING: Readonly<Record<SparsePoolingId, SparsePooling>> = {
  max: SparsePooling.SPARSE_MAX,
  sum: SparsePooling.SPARSE_SUM,
};

/** The user's word, else that of the module, else the reference's default. Other modules become problems. */
export function detectSparsePooling(facts: GraphFacts, findings: Findings): SparsePooling {
  const { pooling, before, after } = splitPipeline(facts, findings);
  const modules = [...(pooling === undefined ? [] : [pooling]), ...before, ...after];
  const [splade, ...others] = [
    modules.find(({ name }) => name === "SpladePooling"),
    ...modules.filter(({ name }) => name !== "SpladePooling"),
  ];
  for (const module of others) {
    const reason = "sparse vectors are those of a masked-language-model head and SpladePooling";
    if (module !== undefined) refuseModule(module, { files: facts.files, reason }, findings);
  }
  const config = splade?.config;
  const file = config && attempt(findings, () => readJsonObject(config, findings));
  checkActivation(file, findings);
  const { value, source } = facts.settings.sparsePooling ?? stated(file, findings);
  findings.decide("sparse pooling", value, source);
  return SPARSE_POOLING[value];
}

function stated(
  file: JsonFile | undefined,
  findings: Findings,
): { readonly value: SparsePoolingId; readonly source: string } {
  const field = "pooling_strategy";
  const found = ownField(file?.fields, field);
  if (file === undefined || found === undefined) {
    return { value: "max", source: "default: no SpladePooling module says otherwise" };
  }
  const source = `${file.name}: ${field}`;
  const value = SPARSE_POOLING_IDS.find((id) => id === found);
  if (value !== undefined) return { value, source };
  findings.problem(
    source,
    `expected one of ${SPARSE_POOLING_IDS.join(", ")}: found ${show(found)}: choose one with ` +
      "--sparse-pooling",
  );
  return { value: "max", source };
}

function checkActivation(file: JsonFile | undefined, findings: Findings): void {
  const field = "activation_function";
  const found = ownField(file?.fields, field) ?? "relu";
  if (found === "relu") return;
  findings.problem(
    `${file?.name}: ${field}`,
    `expected relu: found ${show(found)}, which is not supported: export the weights of the ` +
      "vocabulary as the graph's own output",
  );
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}
