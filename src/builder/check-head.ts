// What cross-encoders of sentence-transformers say of their scores: modules after the classifier, and the function its
// logits go through.
import { type Model, ProblemType } from "../gen/manifest_pb.ts";
import type { TaskId } from "../task/index.ts";
import { refuseModule } from "./detect-pipeline.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { isObject, ownField } from "./json-file.ts";

const CLASSIFIERS: readonly TaskId[] = [
  "sequence_classification",
  "token_classification",
  "reranking",
];
const TORCH_FUNCTION = /^torch\.nn\.(?:modules\.(?:activation|linear)\.)?(\w+)$/;
const SHOWN_LENGTH_MAX = 100;

/** Modules that would work on logits become problems: nothing here computes them. */
export function refuseHeadModules(task: TaskId, { files }: GraphFacts, findings: Findings): void {
  if (!CLASSIFIERS.includes(task) || files.modules === undefined) return;
  const reason =
    `it works on what the graph answers, which ${task} does not do: export the model with it to one graph, and build ` +
    "from a folder without modules.json";
  const idle = ["Dropout", "Identity"];
  for (const [index, module] of files.pipeline.entries()) {
    if (idle.includes(module.name) || (index === 0 && module.name === "Transformer")) continue;
    refuseModule(module, { files, reason }, findings);
  }
}

/** Compares the function the authors put after the logits with what happens here, and tells or refuses. */
export function checkActivation(model: Model, task: TaskId, both: Both): void {
  const stated = CLASSIFIERS.includes(task) ? statedActivation(both.facts) : undefined;
  if (stated === undefined) return;
  const { findings } = both;
  const name = TORCH_FUNCTION.exec(stated.path)?.[1];
  if (task === "reranking" && (name === "Identity" || name === "Sigmoid")) {
    const other = name === "Identity" ? ", which is the authors' default" : "";
    findings.decide("scores", `sigmoid; raw_scores gives the logit${other}`, stated.source);
    return;
  }
  const own = ownFunction(model, task);
  if (name === own) return;
  if (task !== "reranking" && name === "Identity") {
    const text = `${own.toLowerCase()}; raw_scores gives the logits, which are the authors' default`;
    findings.decide("scores", text, stated.source);
    return;
  }
  const remedy =
    task === "sequence_classification" && name === "Sigmoid"
      ? "choose it with --problem-type multi_label_classification, or remove the field"
      : "export the model with it in the graph and take the numbers as they are with --task sequence_classification " +
        "--problem-type regression, or remove the field";
  const found = JSON.stringify(stated.path.slice(0, SHOWN_LENGTH_MAX));
  findings.problem(
    stated.source,
    `expected ${own}, which is what ${task} does here: found ${found}: ${remedy}`,
  );
}

type Both = { readonly facts: GraphFacts; readonly findings: Findings };

/** Name of the function this runtime puts after the logits. */
function ownFunction(model: Model, task: TaskId): "Identity" | "Sigmoid" | "Softmax" {
  if (task === "reranking") return "Sigmoid";
  if (task === "token_classification") return "Softmax";
  if (model.problemType === ProblemType.REGRESSION) return "Identity";
  const isMulti = model.problemType === ProblemType.MULTI_LABEL_CLASSIFICATION;
  return isMulti || model.width === 1 ? "Sigmoid" : "Softmax";
}

type StatedActivation = { readonly path: string; readonly source: string };

/** The first place that says, in the order of the reference. Whoever chose a problem type has spoken already. */
function statedActivation(facts: GraphFacts): StatedActivation | undefined {
  const { config, sentenceTransformersConfig: own, settings } = facts;
  if (settings.problemType !== undefined) return undefined;
  const nested = ownField(config?.fields, "sentence_transformers");
  const places = [
    [`${own?.name}: activation_fn`, ownField(own?.fields, "activation_fn")],
    [
      `${config?.name}: sentence_transformers.activation_fn`,
      isObject(nested) ? ownField(nested, "activation_fn") : undefined,
    ],
    [
      `${config?.name}: sbert_ce_default_activation_function`,
      ownField(config?.fields, "sbert_ce_default_activation_function"),
    ],
  ] as const;
  const found = places.find(([, value]) => value !== undefined && value !== null);
  if (found === undefined) return undefined;
  const [source, value] = found;
  return { source, path: typeof value === "string" ? value : (JSON.stringify(value) ?? "") };
}
