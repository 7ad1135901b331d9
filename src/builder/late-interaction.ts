// Models that are compared token by token (ColBERT and its kin), as PyLate writes them: what their
// own library does around the model is not done here, and never passed over in silence.
import type { TaskId } from "../task/index.ts";
import { lateInteractionSign } from "./detect-task.ts";
import type { GraphFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { ownField, textField } from "./json-file.ts";
import { isOfTokens } from "./read-layer.ts";

/** Keys PyLate writes into config_sentence_transformers.json. */
const KEYS = [
  "query_prefix",
  "document_prefix",
  "query_length",
  "document_length",
  "do_query_expansion",
  "skiplist_words",
] as const;

/**
 * Whether the model is one of late interaction. That is a problem where its tokens would be pooled, or where nobody
 * asked for vectors of tokens; else what is left to the caller is told.
 */
export function checkLateInteraction(task: TaskId, facts: GraphFacts, findings: Findings): boolean {
  const { settings, files, sentenceTransformersConfig: file } = facts;
  const module = files.pipeline.find(isOfTokens);
  const isLate = module !== undefined || textField(file?.fields, "model_type") === "ColBERT";
  if (!isLate) return noteForeign(task, facts, findings);
  const place = module === undefined ? `${file?.name}: model_type` : files.modules?.name;
  const parts = leftToCaller(facts);
  if (settings.pooling !== undefined && task !== "embedding") return true;
  if (task !== "embedding" || settings.task?.value !== task) {
    const rest = parts.length === 0 ? "" : `; left to the caller is ${parts.join(", ")}`;
    findings.problem(
      place ?? "modules.json",
      "a model of late interaction answers with a vector per token: build it with " +
        `--task embedding${rest}`,
    );
  } else if (parts.length > 0) {
    findings.decide("left to the caller", parts.join(", "), file?.name ?? "default of PyLate");
  }
  return true;
}

/** Whether the model is of another library's, told by its architecture or the graph. */
function noteForeign(task: TaskId, facts: GraphFacts, findings: Findings): boolean {
  const sign = lateInteractionSign(facts);
  if (sign === undefined || task !== "embedding") return false;
  const parts = "tokens that tell queries from documents, filling queries up, skipping punctuation";
  findings.decide("left to the caller", parts, sign);
  return true;
}

/** What PyLate does around the model, with its defaults where the file is silent. */
function leftToCaller({ sentenceTransformersConfig: file }: GraphFacts): readonly string[] {
  const [query, document, queryLength, documentLength, expansion, skiplist] = KEYS.map((key) =>
    ownField(file?.fields, key),
  );
  const length = (value: unknown, whose: string) =>
    typeof value === "number" ? [`at most ${value} tokens of ${whose}`] : [];
  const prefix = (value: unknown, whose: string) =>
    value === "" ? [] : [`the first token ${show(value)} of ${whose}`];
  return [
    ...prefix(query ?? "[Q] ", "queries"),
    ...prefix(document ?? "[D] ", "documents"),
    ...(expansion === false ? [] : ["filling queries up with mask tokens"]),
    ...(Array.isArray(skiplist) && skiplist.length === 0 ? [] : ["skipping punctuation"]),
    ...length(queryLength, "queries"),
    ...length(documentLength, "documents"),
  ];
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "").slice(0, 60);
}
