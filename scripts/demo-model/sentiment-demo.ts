// The demo model "sentiment": trains it and says what its directory holds.
import { labelMaps } from "../fixture/model-dir.ts";
import { DEMO_MAX_LENGTH, type DemoModel } from "./demo-dir.ts";
import { createDemoTokenizer } from "./demo-tokenizer.ts";
import { makeSentimentCorpus, sentimentWords } from "./sentiment-corpus.ts";
import { buildSentimentGraph } from "./sentiment-graph.ts";
import { SENTIMENT_SIZE, trainSentiment } from "./sentiment-model.ts";

export const SENTIMENT_LABELS = ["negative", "positive"] as const;

const SEED = "sentiment";
const EXAMPLE_COUNT = 13_000;
const EPOCHS = 6;
const RATE = 0.01;

/** Trains the text classifier; takes some seconds. */
export function makeSentimentDemo(): DemoModel {
  const tokenizer = createDemoTokenizer(sentimentWords(), {
    lowercase: true,
    maxLength: DEMO_MAX_LENGTH,
    inputNames: ["input_ids", "attention_mask"],
  });
  const items = makeSentimentCorpus(SEED, EXAMPLE_COUNT).map(({ label, text }) => {
    return { ids: tokenizer.encode(text), label: SENTIMENT_LABELS.indexOf(label) };
  });
  const options = { seed: SEED, epochs: EPOCHS, rate: RATE };
  const weights = trainSentiment(items, tokenizer.tokens.length, options);
  return {
    name: "sentiment",
    graph: buildSentimentGraph(weights, tokenizer.tokens.length),
    tokenizer,
    config: {
      architectures: ["GatedWordsForSequenceClassification"],
      model_type: "gated_words",
      hidden_size: SENTIMENT_SIZE.embedding,
      ...labelMaps(SENTIMENT_LABELS),
      problem_type: "single_label_classification",
    },
    card: {
      title: "Sentiment (demo)",
      pipelineTag: "text-classification",
      purpose:
        "Says whether an English sentence, such as a review, is `negative` or `positive`. " +
        "It follows negation (“not a bad film”) and contrast (“pretty, but broken”).",
      method:
        "Every word has a vector. Its value, which says how positive it is, is multiplied " +
        "by a gate that a convolution over the 8 words before and 6 after computes; the " +
        `sum of all gated values decides. Trained with Adam on ${EXAMPLE_COUNT} sentences ` +
        "of a small grammar over a lexicon of judging words, and on some 150 sentences " +
        "written by hand.",
      evaluation:
        "Right on at least 36 of 40 hand-written sentences that were not used in " +
        "training, which is checked by the tests of the repository.",
    },
  };
}
