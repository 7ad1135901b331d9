// The demo models made of word vectors: "sentences" embeds, "reranker" compares a query with a
// document. Both share one training.
import { labelMaps, sentenceTransformersFiles } from "../fixture/model-dir.ts";
import { readConcepts } from "./concept.ts";
import { FUNCTION_WORDS } from "./concept-lexicon.ts";
import { DEMO_MAX_LENGTH, type DemoModel } from "./demo-dir.ts";
import { createDemoTokenizer, type DemoTokenizer } from "./demo-tokenizer.ts";
import { fitReranker } from "./reranker-model.ts";
import { makeSentencePairs } from "./sentence-corpus.ts";
import { buildRerankerGraph, buildSentenceGraph } from "./sentence-graph.ts";
import { SENTENCE_DIMENSION, type TokenConcepts, trainSentences } from "./sentence-model.ts";
import { SENTENCE_PAIRS } from "./sentence-pairs.ts";

const SEED = "sentences";
const PAIR_COUNT = 40_000;
const RATE = 0.01;

const METHOD =
  "Every word has a vector. Vectors start from a hand-written lexicon of some 500 " +
  "concepts (words that mean nearly the same) in 20 groups, and are trained with Adam so " +
  `that two ways of saying the same are closer than any two others: ${PAIR_COUNT} pairs ` +
  "of generated sentences, one in twelve from a list of pairs written by hand.";

/** Trains the word vectors and makes both models of them; takes some seconds. */
export function makeSentenceDemos(): readonly DemoModel[] {
  const tokenizer = createTokenizer(["input_ids", "attention_mask"]);
  const pairs = makeSentencePairs(SEED, PAIR_COUNT).map(({ topic, texts: [first, second] }) => {
    return { topic, ids: [tokenizer.encode(first), tokenizer.encode(second)] as const };
  });
  const tokenCount = tokenizer.tokens.length;
  const options = { seed: SEED, tokenCount, rate: RATE };
  const table = trainSentences(pairs, tokenConcepts(tokenizer), options);
  return [sentencesDemo(tokenizer, table), rerankerDemo(table)];
}

function createTokenizer(inputNames: readonly string[]): DemoTokenizer {
  const lexicon = readConcepts().flatMap(({ concepts }) => concepts.flatMap(({ words }) => words));
  const texts = [...FUNCTION_WORDS, ...SENTENCE_PAIRS.flat(), ...lexicon.flat()];
  const words = texts.flatMap((text) => text.split(/[^a-z]+/i));
  return createDemoTokenizer(words, { lowercase: true, maxLength: DEMO_MAX_LENGTH, inputNames });
}

/** Which concepts a token names, where one token is the whole word. */
function tokenConcepts({ tokens }: DemoTokenizer): TokenConcepts {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const known = new Map<number, { index: number; topic: number }[]>();
  for (const { concepts } of readConcepts()) {
    for (const { index, topic, words } of concepts) {
      for (const word of words.flat()) {
        const id = idOf.get(word);
        if (id !== undefined) known.set(id, [...(known.get(id) ?? []), { index, topic }]);
      }
    }
  }
  return known;
}

function sentencesDemo(tokenizer: DemoTokenizer, table: Float32Array): DemoModel {
  return {
    name: "sentences",
    graph: buildSentenceGraph(table),
    tokenizer,
    config: {
      architectures: ["WordVectorModel"],
      model_type: "word_vectors",
      hidden_size: SENTENCE_DIMENSION,
    },
    files: sentenceTransformersFiles({
      dimension: SENTENCE_DIMENSION,
      maxLength: DEMO_MAX_LENGTH,
    }),
    card: {
      title: "Sentences (demo)",
      pipelineTag: "sentence-similarity",
      purpose:
        `Turns an English sentence into ${SENTENCE_DIMENSION} numbers. Sentences that ` +
        "mean the same are close, whatever their words; mean pooling and normalisation " +
        "follow the graph, as modules.json says.",
      method: METHOD,
      evaluation:
        "In 20 of 20 hand-written triples that were not used in training, the paraphrase " +
        "of a sentence is closer to it than a stranger that shares words with it, which " +
        "is checked by the tests of the repository.",
    },
  };
}

function rerankerDemo(table: Float32Array): DemoModel {
  const tokenizer = createTokenizer(["input_ids", "token_type_ids", "attention_mask"]);
  const pairs = makeSentencePairs(`${SEED}:reranker`, 4000).map(({ texts }) => {
    return texts.map((text) => tokenizer.encode(text));
  });
  return {
    name: "reranker",
    graph: buildRerankerGraph(table, fitReranker(table, pairs)),
    tokenizer,
    config: {
      architectures: ["WordVectorForSequenceClassification"],
      model_type: "word_vectors",
      hidden_size: SENTENCE_DIMENSION,
      type_vocab_size: 2,
      ...labelMaps(["LABEL_0"]),
      sentence_transformers: {
        activation_fn: "torch.nn.modules.activation.Sigmoid",
        version: "4.1.0",
      },
    },
    card: {
      title: "Reranker (demo)",
      pipelineTag: "text-ranking",
      purpose:
        "Scores how well a document answers a query, both English, given as one pair. The " +
        "sigmoid of its only logit is the relevance.",
      method:
        `${METHOD}\n\n The logit weighs two comparisons: of the two texts as a whole, and ` +
        "of each word of the query with the word of the document nearest to it.",
      evaluation:
        "For at least 8 of 10 hand-written queries it puts the right one of four " +
        "documents first, although the others share words with the query, which is " +
        "checked by the tests of the repository.",
    },
  };
}
