// How long do loading a tokenizer and encoding a text take, beside the JavaScript library of the model hub?
import { join } from "node:path";
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { sharedModelsDir } from "../../test/helper/shared-models.ts";
import { type Comparison, compare } from "./measure.ts";

const TOKENIZERS = [
  "all-MiniLM-L6-v2",
  "roberta-base",
  "modernbert-base",
  "xlm-roberta-base.rebuilt",
];

/** About 65 tokens of English: a sentence of a search index. */
const TEXT =
  "The quick brown fox jumps over the lazy dog while the sun sets behind distant mountains, and every " +
  "traveller on the winding road wonders whether the village inn still serves warm bread; meanwhile a " +
  "clockmaker repairs an antique timepiece, humming softly as rain begins to fall on the cobblestones.";

const ENCODES_PER_ROUND = 200;

async function timeMs(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

async function timeEncode(encode: (text: string) => unknown): Promise<Record<string, number>> {
  const ms = await timeMs(() => {
    for (let done = 0; done < ENCODES_PER_ROUND; done++) encode(TEXT);
  });
  return { "us per text": (ms * 1000) / ENCODES_PER_ROUND };
}

async function benchOne(name: string, json: string): Promise<Comparison[]> {
  const ours = loadTokenizer(json);
  const library = new Library(JSON.parse(json), {});
  return [
    await compare({
      question: `tokenize: load ${name}`,
      ours: {
        name: "src/tokenizer",
        run: async () => ({ ms: await timeMs(() => loadTokenizer(json)) }),
      },
      baseline: {
        name: "@huggingface/tokenizers",
        run: async () => ({ ms: await timeMs(() => new Library(JSON.parse(json), {})) }),
      },
      rounds: 5,
      goal: { ms: 1 },
    }),
    await compare({
      question: `tokenize: encode with ${name}`,
      ours: { name: "src/tokenizer", run: () => timeEncode((text) => ours.encode(text)) },
      baseline: {
        name: "@huggingface/tokenizers",
        run: () => timeEncode((text) => library.encode(text)),
      },
      rounds: 15,
      goal: { "us per text": 0.5 },
    }),
  ];
}

/** Compares nothing where there are no real tokenizers. */
export async function benchTokenize(): Promise<Comparison[]> {
  const models = sharedModelsDir();
  if (models === undefined) return [];
  const comparisons: Comparison[] = [];
  for (const name of TOKENIZERS) {
    const json = await Bun.file(join(models, "tokenizers", name, "tokenizer.json")).text();
    comparisons.push(...(await benchOne(name, json)));
  }
  return comparisons;
}
