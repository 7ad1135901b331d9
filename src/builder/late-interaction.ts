// Models that are compared token by token (ColBERT and its kin), as PyLate writes them: what their
// own library does around the model is not done here, and never passed over in silence.
import type { TaskId } from "../task/index.ts";
import { lateInteractionSign } from "./detect-task.ts";
import { type GraphFacts, hasTokenizer } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { ownField, textField } from "./json-file.ts";
import { isOfTokens } from "./read-layer.ts";

/** What sentence-transformers says of such models in that file. */
const MODEL_TYPE = "MultiVectorEncoder";
/** Its module that leaves tokens out of what is compared. */
export const MASK_MODULE = "MultiVectorMask";

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
  const type = textField(file?.fields, "model_type") ?? "";
  const isMasked = files.pipeline.some(({ name }) => name === MASK_MODULE);
  const isLate = module !== undefined || isMasked || ["ColBERT", MODEL_TYPE].includes(type);
  if (!isLate) return noteForeign(task, facts, findings);
  const isTyped = module === undefined && !isMasked;
  const place = isTyped ? `${file?.name}: model_type` : files.modules?.name;
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
    findings.decide("left to the caller", parts.join(", "), placesOf(facts));
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

/** Whether sentence-transformers wrote the model, whose words on it are the transformer's own. */
export function isOfReference({ files, sentenceTransformersConfig: file }: GraphFacts): boolean {
  if (files.pipeline.some(({ name }) => name === MASK_MODULE)) return true;
  return textField(file?.fields, "model_type") === MODEL_TYPE;
}

function placesOf(facts: GraphFacts): string {
  const { files, sentenceTransformersConfig: file } = facts;
  if (!isOfReference(facts)) return file?.name ?? "default of PyLate";
  const places = [files.sentenceBertConfig?.name, files.modules?.name, file?.name];
  return places.filter((name) => name !== undefined).join(", ");
}

/** Settings of queries and documents in the transformer's own file. */
export const CALLER_KEYS = ["query_length", "document_length", "query_expansion"] as const;

function leftOfReference(facts: GraphFacts): readonly string[] {
  const file = hasTokenizer(facts) ? facts.sentenceBertConfig : undefined;
  const [query, document, expansion] = CALLER_KEYS.map((key) => ownField(file?.fields, key));
  const { pipeline } = facts.files;
  return [
    ...(query == null ? [] : [`at most ${show(query)} tokens of queries`]),
    ...(document == null ? [] : [`at most ${show(document)} tokens of documents`]),
    ...(expansion == null ? [] : [`filling queries up: ${show(expansion)}`]),
    ...(pipeline.some(({ name }) => name === MASK_MODULE) ? ["leaving tokens out"] : []),
  ];
}

/** What is done around the model, with the defaults of PyLate where its file is silent. */
function leftToCaller(facts: GraphFacts): readonly string[] {
  if (isOfReference(facts)) return leftOfReference(facts);
  const { sentenceTransformersConfig: file } = facts;
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
