// Training text of the entity model: frames filled with names, known ones and invented ones.
import { createRandom } from "../fixture/random-weight.ts";
import { COMMON_WORDS } from "../fixture/vocabulary.ts";
import { readConcepts } from "./concept.ts";
import {
  ENTITY_FRAMES,
  FIRST_NAMES,
  LAST_NAMES,
  ORGANISATION_ENDINGS,
  ORGANISATIONS,
  PLACES,
  PLAIN_CAPITALISED,
} from "./entity-lexicon.ts";

export const ENTITY_LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"] as const;

/** A word of a sentence and the kind of entity it begins or continues, if any. */
export type LabelledWord = {
  readonly word: string;
  readonly kind?: "PER" | "LOC" | "ORG";
  readonly begins: boolean;
};

const DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");
const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );

const KIND = { P: "PER", L: "LOC", O: "ORG" } as const;
/** How often a name is one no list holds, so that the model learns from the words around it. */
const INVENTED_PERCENT = 22;
/** How often a sentence is no more than names among other words. */
const LOOSE_PERCENT = 25;
/** How often a second sentence follows. */
const JOINED_PERCENT = 25;
/** How often a word that means nothing here stands before another. */
const PLAIN_WORD_PERCENT = 12;
/** How often the sentence starts with an ordinary word in upper case. */
const CAPITAL_START_PERCENT = 15;

/** `count` sentences as labelled words. */
export function makeEntityCorpus(seed: string, count: number): LabelledWord[][] {
  const random = createRandom(seed);
  const plain = plainWords();
  return Array.from({ length: count }, () => {
    if (random() % 100 < LOOSE_PERCENT) return looseSentence(random, plain);
    const sentence = addPlainWords(random, fillFrame(random, pick(random, ENTITY_FRAMES)), plain);
    if (random() % 100 >= JOINED_PERCENT) return sentence;
    const link = random() % 2 === 0 ? [{ word: "and", begins: false }] : [];
    return [...sentence, ...link, ...fillFrame(random, pick(random, ENTITY_FRAMES))];
  });
}

/** Known names among any words: they are what they are wherever they stand. */
function looseSentence(random: () => number, plain: readonly string[]): LabelledWord[] {
  const sentence: LabelledWord[] = [];
  for (let left = 1 + (random() % 3); left > 0; left--) {
    const [kind, list] = pick(random, [
      ["PER", FIRST_NAMES],
      ["LOC", PLACES],
      ["ORG", ORGANISATIONS],
    ] as const);
    const family = kind === "PER" && random() % 2 === 0 ? ` ${pick(random, LAST_NAMES)}` : "";
    const words = (pick(random, list) + family).split(" ");
    sentence.push(...words.map((word, at) => ({ word, kind, begins: at === 0 })));
    for (let more = 1 + (random() % 3); more > 0; more--) {
      sentence.push({ word: pick(random, plain), begins: false });
    }
  }
  return [...sentence, { word: ".", begins: false }];
}

/** Words in lower case that are never entities. */
function plainWords(): readonly string[] {
  const concepts = readConcepts().flatMap(({ concepts }) => concepts.flatMap(({ words }) => words));
  return [...new Set([...COMMON_WORDS, ...concepts.flat()])].filter((word) =>
    /^[a-z]+$/.test(word),
  );
}

/** Puts words between the others, but not into an entity: known ones and invented ones. */
function addPlainWords(
  random: () => number,
  sentence: LabelledWord[],
  plain: readonly string[],
): LabelledWord[] {
  const some = () => (random() % 3 === 0 ? invented(random).toLowerCase() : pick(random, plain));
  const words = sentence.flatMap((word): LabelledWord[] => {
    const inside = word.kind !== undefined && !word.begins;
    if (inside || random() % 100 >= PLAIN_WORD_PERCENT) return [word];
    return [{ word: some(), begins: false }, word];
  });
  if (random() % 100 >= CAPITAL_START_PERCENT) return words;
  const first = pick(random, plain);
  return [{ word: first.slice(0, 1).toUpperCase() + first.slice(1), begins: false }, ...words];
}

/** Every word of the lexicon, so that the vocabulary holds it whole. */
export function entityWords(): string[] {
  const frames = ENTITY_FRAMES.map((frame) => frame.replaceAll(/\{.\}/g, ""));
  const lists = [FIRST_NAMES, LAST_NAMES, PLACES, ORGANISATIONS, ORGANISATION_ENDINGS];
  return [...lists.flat(), ...plainWords(), ...PLAIN_CAPITALISED, ...frames].flatMap((text) =>
    text.split(/[^a-z]+/i),
  );
}

function pick<T>(random: () => number, list: readonly T[]): T {
  return list[random() % list.length]!;
}

function fillFrame(random: () => number, frame: string): LabelledWord[] {
  return frame.split(" ").flatMap((part): LabelledWord[] => {
    const slot = /^\{([PLO])\}$/.exec(part)?.[1] as keyof typeof KIND | undefined;
    if (slot === undefined) return [{ word: anyDate(random, part), begins: false }];
    const name = { P: person, L: place, O: organisation }[slot](random);
    return name.split(" ").map((word, at) => ({ word, kind: KIND[slot], begins: at === 0 }));
  });
}

/** Another day for a day, another month for a month; other words as they are. */
function anyDate(random: () => number, word: string): string {
  if (DAYS.includes(word)) return pick(random, DAYS);
  return MONTHS.includes(word) ? pick(random, MONTHS) : word;
}

function person(random: () => number): string {
  const name = (list: readonly string[]) =>
    random() % 100 < INVENTED_PERCENT ? invented(random) : pick(random, list);
  const chosen = random() % 100;
  if (chosen < 35) return name(FIRST_NAMES);
  if (chosen < 45) return name(LAST_NAMES);
  if (chosen < 55) return `${name(FIRST_NAMES)} ${name(FIRST_NAMES)} ${name(LAST_NAMES)}`;
  return `${name(FIRST_NAMES)} ${name(LAST_NAMES)}`;
}

function place(random: () => number): string {
  return random() % 100 < INVENTED_PERCENT ? invented(random) : pick(random, PLACES);
}

function organisation(random: () => number): string {
  const chosen = random() % 100;
  if (chosen < INVENTED_PERCENT) return invented(random);
  if (chosen < 40) {
    const start = random() % 2 === 0 ? invented(random) : pick(random, [...LAST_NAMES, ...PLACES]);
    return `${start} ${pick(random, ORGANISATION_ENDINGS)}`;
  }
  return pick(random, ORGANISATIONS);
}

/** A capitalised word of one to three syllables. */
function invented(random: () => number): string {
  const onset = () =>
    pick(random, "b d f g h k l m n p r s t v w z ch sh st br gr kr tr".split(" "));
  const vowel = () => pick(random, "a e i o u ai ei ou".split(" "));
  const coda = () => pick(random, ["", "", "n", "r", "s", "l", "nd", "rt", "ck", "m"]);
  const syllables = Array.from({ length: 1 + (random() % 3) }, () => onset() + vowel() + coda());
  const word = syllables.join("");
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
