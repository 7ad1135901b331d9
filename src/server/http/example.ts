// A request for each thing a model can be asked, for people who read descriptions or try things out.
import type { OperationId } from "../../contract/index.ts";
import type { TaskId } from "../../task/index.ts";

const TEXT = "The quick brown fox jumps over the lazy dog.";
const PEOPLE = "Ada Lovelace met Charles Babbage in London.";
const RANKING = {
  query: "Where is the Eiffel Tower?",
  texts: ["It stands in Paris.", "Bananas are yellow."],
};
const DOCUMENTS = { query: RANKING.query, documents: RANKING.texts };
const MODEL = "default";

/** A tensor of the Open Inference Protocol. */
function texts(name: string, data: readonly string[]) {
  return { name, shape: [data.length], datatype: "BYTES", data };
}

const EXAMPLES: Partial<Record<OperationId, unknown>> = {
  predict: { inputs: [TEXT] },
  embed: { inputs: [TEXT, "A fox and a dog."] },
  embed_all: { inputs: TEXT },
  embed_sparse: { inputs: TEXT },
  rerank: { ...RANKING, return_text: true },
  rerank_v2: { model: MODEL, ...DOCUMENTS, top_n: 1 },
  classify: { inputs: TEXT },
  redact: { inputs: PEOPLE },
  similarity: { inputs: { source_sentence: TEXT, sentences: ["A fox and a dog.", "It rains."] } },
  openai_embeddings: { model: MODEL, input: [TEXT] },
  ollama_embed: { model: MODEL, input: [TEXT] },
  ollama_embeddings: { model: MODEL, prompt: TEXT },
  pipeline: { inputs: TEXT },
  infer: { inputs: [texts("text", [TEXT])] },
};

const TASK_EXAMPLES: Partial<Record<TaskId, Partial<Record<OperationId, unknown>>>> = {
  reranking: {
    predict: RANKING,
    infer: {
      inputs: [texts("text", [RANKING.query, RANKING.query]), texts("text_pair", RANKING.texts)],
    },
  },
  token_classification: {
    predict: { inputs: [PEOPLE] },
    classify: { inputs: PEOPLE },
    pipeline: { inputs: PEOPLE },
  },
};

/** A body the operation answers for a model of the task; undefined where nobody has written one. */
export function exampleOf(operation: OperationId, task: TaskId): unknown {
  return TASK_EXAMPLES[task]?.[operation] ?? EXAMPLES[operation];
}
