// The demo model "entities": trains it, builds its graph and says what its directory holds.
import { GraphBuilder } from "../fixture/graph-builder.ts";
import { labelMaps } from "../fixture/model-dir.ts";
import type { OnnxModel } from "../fixture/onnx-writer.ts";
import { DEMO_MAX_LENGTH, type DemoModel } from "./demo-dir.ts";
import { addWindow, demoModel } from "./demo-graph.ts";
import { createDemoTokenizer, type DemoTokenizer } from "./demo-tokenizer.ts";
import {
  ENTITY_LABELS,
  entityWords,
  type LabelledWord,
  makeEntityCorpus,
} from "./entity-corpus.ts";
import {
  ENTITY_SIZE,
  type EntityWeights,
  type LabelledTokens,
  trainEntities,
} from "./entity-model.ts";

const SEED = "entities";
const SENTENCE_COUNT = 7000;
const EPOCHS = 5;
const RATE = 0.02;

/** Trains the token classifier; takes some seconds. */
export function makeEntityDemo(): DemoModel {
  const tokenizer = createDemoTokenizer(entityWords(), {
    lowercase: false,
    maxLength: DEMO_MAX_LENGTH,
    inputNames: ["input_ids", "attention_mask"],
    pieces: namePieces(),
  });
  const items = makeEntityCorpus(SEED, SENTENCE_COUNT).map((words) =>
    labelTokens(tokenizer, words),
  );
  const tokenCount = tokenizer.tokens.length;
  const weights = trainEntities(items, { seed: SEED, tokenCount, epochs: EPOCHS, rate: RATE });
  return {
    name: "entities",
    graph: buildEntityGraph(weights, tokenCount),
    tokenizer,
    config: {
      architectures: ["WindowForTokenClassification"],
      model_type: "window",
      hidden_size: ENTITY_SIZE.embedding,
      ...labelMaps(ENTITY_LABELS),
    },
    card: {
      title: "Entities (demo)",
      pipelineTag: "token-classification",
      purpose:
        "Marks persons (PER), places (LOC) and organisations (ORG) in English sentences, " +
        "in BIO notation. Upper and lower case matter.",
      method:
        "A convolution over a token and its 4 neighbours on either side, one hidden " +
        `layer, 7 labels. Trained with Adam on ${SENTENCE_COUNT} sentences: some 100 ` +
        "frames filled with names from lists and with invented names, which the model " +
        "must tell by the words around them.",
      evaluation:
        "In at least 17 of 20 hand-written sentences that were not used in training it " +
        "finds exactly the right entities, which is checked by the tests of the " +
        "repository.",
    },
  };
}

/** Pairs of a consonant and a vowel, so that unknown names are few tokens long. */
function namePieces(): string[] {
  const consonants = "bcdfghjklmnprstvwxyz".split("");
  const pairs = consonants.flatMap((consonant) =>
    [..."aeiou"].flatMap((vowel) => [consonant + vowel, vowel + consonant]),
  );
  const starts = pairs.map((pair) => pair.slice(0, 1).toUpperCase() + pair.slice(1));
  return [...pairs.map((pair) => `##${pair}`), ...starts];
}

/** Ids with special tokens; later pieces of a word continue its entity. */
function labelTokens(tokenizer: DemoTokenizer, words: readonly LabelledWord[]): LabelledTokens {
  const [start, end] = tokenizer.encode("") as readonly [number, number];
  const ids = [start];
  const labels = [0];
  for (const { word, kind, begins } of words) {
    for (const [piece, id] of tokenizer.encode(word).slice(1, -1).entries()) {
      ids.push(id);
      const prefix = begins && piece === 0 ? "B" : "I";
      labels.push(kind === undefined ? 0 : ENTITY_LABELS.indexOf(`${prefix}-${kind}`));
    }
  }
  return { ids: [...ids, end], labels: [...labels, 0] };
}

/** input_ids and attention_mask to logits [batch_size, sequence_length, labels]. */
function buildEntityGraph(weights: EntityWeights, tokenCount: number): OnnxModel {
  const { embedding, hidden, radius, labels } = ENTITY_SIZE;
  const graph = new GraphBuilder(17);
  const table = graph.weight("embedding.weight", [tokenCount, embedding], () =>
    weights.embedding.toFloat32(),
  );
  const mask = graph.add("", "Cast", ["attention_mask"], { to: { int: 1 } });
  const wide = graph.addAlong("", "Unsqueeze", { input: mask, axes: [2] });
  const found = graph.add("/embedding", "Gather", [table, "input_ids"]);
  const words = graph.add("/embedding", "Mul", [found, wide]);
  const active = addWindow(graph, words, {
    kernel: weights.window.toFloat32(),
    bias: weights.hiddenBias.toFloat32(),
    sizes: { from: embedding, to: hidden, before: radius, after: radius },
  });
  const matrix = graph.weight("output.weight", [hidden, labels], () => weights.output.toFloat32());
  const bias = graph.weight("output.bias", [labels], () => weights.outputBias.toFloat32());
  graph.output("logits", "Add", [graph.add("/output", "MatMul", [active, matrix]), bias]);
  return demoModel(graph, { name: "logits", dims: ["batch_size", "sequence_length", labels] });
}
