// Training text of the sentence model: pairs of sentences that say the same in other words, made
// from the concept lexicon, and pairs written by hand.
import { createRandom, shuffleInPlace } from "../fixture/random-weight.ts";
import { type Concept, readConcepts, type Topic } from "./concept.ts";
import { FUNCTION_WORDS } from "./concept-lexicon.ts";
import { SENTENCE_PAIRS } from "./sentence-pairs.ts";

/** Two texts with one meaning; topic is -1 for pairs from no topic of the lexicon. */
export type SentencePair = { readonly topic: number; readonly texts: readonly [string, string] };

/** `count` generated pairs, among which every hand-written one is repeated regularly. */
export function makeSentencePairs(seed: string, count: number): SentencePair[] {
  const random = createRandom(seed);
  const topics = readConcepts();
  const special = topics.filter((topic) => !topic.general);
  const general = topics.filter((topic) => topic.general);
  const pairs: SentencePair[] = [];
  for (let index = 0; index < count; index++) {
    if (index % HAND_WRITTEN_EVERY === 0) {
      const texts = SENTENCE_PAIRS[(index / HAND_WRITTEN_EVERY) % SENTENCE_PAIRS.length]!;
      pairs.push({ topic: -1, texts });
      continue;
    }
    const topic = pick(random, special);
    const meaning = makeMeaning(random, topic);
    const chosen = general.filter(() => random() % 100 < GENERAL_PERCENT);
    const asides = chosen.map(({ concepts }) => pick(random, concepts));
    const name = random() % 10 === 0 ? [strangeWord(random)] : [];
    const say = () => {
      const kept = asides.filter(() => random() % 100 >= OMITTED_PERCENT);
      return sayMeaning(random, [...meaning, ...kept], name);
    };
    pairs.push({ topic: topic.index, texts: [say(), say()] });
  }
  return pairs;
}

const HAND_WRITTEN_EVERY = 12;
/** How often a sentence has an action, a quality or a time that is of no topic. */
const GENERAL_PERCENT = 35;
/** How often a saying leaves one out: they matter less than what the sentence is about. */
const OMITTED_PERCENT = 50;

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[random() % list.length]!;
}

/** One to three concepts of the topic. */
function makeMeaning(random: () => number, topic: Topic): Concept[] {
  const concepts = new Set<Concept>();
  const wanted = 1 + (random() % 3);
  while (concepts.size < wanted) concepts.add(pick(random, topic.concepts));
  return [...concepts];
}

function sayMeaning(random: () => number, meaning: readonly Concept[], extra: readonly string[]) {
  const parts = meaning.map((concept) => pick(random, pick(random, concept.words)));
  parts.push(...extra);
  shuffleInPlace(parts, random);
  const said = parts.flatMap((part) => {
    const before = Array.from({ length: random() % 3 }, () => pick(random, FUNCTION_WORDS));
    return [...before, part];
  });
  return said.join(" ") + pick(random, [".", "?", "", "!"]);
}

/** A name no vocabulary holds, which both sentences share. */
function strangeWord(random: () => number): string {
  const letter = () => pick(random, "abcdefghijklmnopqrstuvwxyz".split(""));
  return Array.from({ length: 3 + (random() % 4) }, letter).join("");
}
