// Training text of the sentiment model: a small grammar over the lexicon, and whole sentences.
import { createRandom } from "../fixture/random-weight.ts";
import type { SentimentLabel } from "./held-out.ts";
import { NEGATIVE } from "./negative-lexicon.ts";
import {
  DETAILS,
  FILLERS,
  INTENSIFIERS,
  NEUTRAL_ADJECTIVES,
  NEUTRAL_SENTENCES,
  NEUTRAL_VERBS,
  PEOPLE,
  TOPICS,
} from "./neutral-lexicon.ts";
import { POSITIVE } from "./positive-lexicon.ts";
import { SENTIMENT_SENTENCES } from "./sentiment-sentences.ts";

export type SentimentExample = { readonly label: SentimentLabel; readonly text: string };

const LEXICON = { positive: POSITIVE, negative: NEGATIVE } as const;
const OPPOSITE = { positive: "negative", negative: "positive" } as const;

type Random = {
  readonly pick: <T>(list: readonly T[]) => T;
  /** True `percent` times out of 100. */
  readonly chance: (percent: number) => boolean;
};

function createPicker(seed: string): Random {
  const next = createRandom(seed);
  return {
    pick: (list) => list[next() % list.length]!,
    chance: (percent) => next() % 100 < percent,
  };
}

/** `count` generated examples, half of each label, followed by every hand-written one. */
export function makeSentimentCorpus(seed: string, count: number): SentimentExample[] {
  const random = createPicker(seed);
  const examples: SentimentExample[] = [];
  for (let index = 0; index < count; index++) {
    const label = index % 2 === 0 ? "positive" : "negative";
    examples.push({ label, text: makeSentence(random, label) });
  }
  for (const [label, text] of SENTIMENT_SENTENCES) examples.push({ label, text });
  return examples;
}

/** Every word the grammar can say, so that the vocabulary holds it whole. */
export function sentimentWords(): string[] {
  const lists: readonly (readonly string[])[] = [
    ...Object.values(POSITIVE),
    ...Object.values(NEGATIVE),
    TOPICS,
    PEOPLE,
    INTENSIFIERS,
    DETAILS,
    FILLERS,
    NEUTRAL_ADJECTIVES,
    NEUTRAL_SENTENCES,
    NEUTRAL_VERBS,
    SENTIMENT_SENTENCES.map(([, text]) => text),
    makeSentimentCorpus("words", 4000).map(({ text }) => text),
  ];
  return lists.flat().flatMap((text) => text.split(/[^a-z]+/i));
}

function makeSentence(random: Random, label: SentimentLabel): string {
  const { pick, chance } = random;
  const parts: string[] = [];
  if (chance(10)) parts.push(pick(NEUTRAL_SENTENCES));
  if (chance(12)) {
    parts.push(`${pick(PEOPLE)} ${pick(NEUTRAL_VERBS)} ${article(random)} ${pickTopic(random)}`);
  }
  if (chance(6)) parts.push(pick(LEXICON[label].openers));
  parts.push(chance(22) ? contrast(random, label) : clause(random, label));
  if (chance(20)) parts.push(clause(random, label));
  if (chance(10)) parts.push(pick(NEUTRAL_SENTENCES));
  let text = parts.join(pick([". ", ". ", ", ", " and ", " "])).replaceAll("-", " ");
  if (chance(25)) text += ` ${pick(DETAILS)}`;
  if (chance(8)) text += ` ${pick(["from", "by", "at", "called"])} ${strangeWord(random)}`;
  if (chance(30)) text = contract(text);
  if (chance(30)) text = addFiller(random, text);
  return text + pick([".", ".", ".", "!", ""]);
}

/** A word that falls into pieces: the model learns that such pieces say nothing. */
function strangeWord({ pick, chance }: Random): string {
  const start = chance(60) ? pick([...POSITIVE.adjectives, ...NEGATIVE.adjectives, ...TOPICS]) : "";
  const letters = "abcdefghijklmnopqrstuvwxyz".split("");
  return start.slice(0, 4) + pick(letters) + pick(letters) + pick(letters) + pick(letters);
}

function contract(text: string): string {
  return text
    .replace(/\b(is|was|were|are|did|does|do|would|could|should|has|have) not\b/g, "$1n't")
    .replace(/\bcan not\b/g, "can't")
    .replace(/\bi am\b/g, "i'm")
    .replace(/\bit is\b/g, "it's");
}

/** Two judgements of which the one with this label prevails. */
function contrast(random: Random, label: SentimentLabel): string {
  const { pick } = random;
  const other = OPPOSITE[label];
  const [mine, theirs] = [clause(random, label), clause(random, other)];
  const adjective = pick(LEXICON[other].adjectives);
  const topic = pick(TOPICS);
  return pick([
    `${theirs} but ${mine}`,
    `${theirs}, but ${mine}`,
    `${theirs}, but in the end ${mine}`,
    `${theirs}. however, ${mine}`,
    `${theirs}, yet ${mine}`,
    `${theirs}, still ${mine}`,
    `although ${theirs}, ${mine}`,
    `even though ${theirs}, ${mine}`,
    `while ${theirs}, ${mine}`,
    `though ${theirs} ${mine}`,
    `${mine}, even though ${theirs}`,
    `${mine} although ${theirs}`,
    `despite the ${adjective} ${topic}, ${mine}`,
    `despite the ${pick(LEXICON[other].masses)}, ${mine}`,
    `i expected something ${adjective}, but ${mine}`,
    `i thought it would be ${adjective} but ${mine}`,
    `it looked ${adjective} at first, but ${mine}`,
    `the ${topic} seemed ${adjective}, but ${mine}`,
    `people said it was ${adjective}, but ${mine}`,
    label === "positive"
      ? `i was ${pick(["afraid", "sceptical", "nervous", "unsure"])} at first, but ${mine}`
      : `i had high hopes, but ${mine}`,
    `the ${topic} used to be ${adjective}, now ${mine}`,
  ]);
}

function clause(random: Random, label: SentimentLabel): string {
  if (random.chance(28)) return negatedClause(random, OPPOSITE[label]);
  const { pick, chance } = random;
  const { adjectives, verbs, verbsNow, nouns, masses, events, remarks, comparatives, adverbs } =
    LEXICON[label];
  const [topic, other] = [pickTopic(random), pickTopic(random)];
  const subject = chance(15) ? pick(["it", "this", "everything"]) : `${article(random)} ${topic}`;
  const be = chance(70) ? pick(["is", "was", "are", "were"]) : pick(SENSES);
  const degree = chance(35) ? `${pick(INTENSIFIERS)} ` : "";
  const adjective = pick(adjectives);
  return pick([
    () => `${subject} ${be} ${degree}${adjective}`,
    () => `${subject} ${be} ${degree}${adjective}`,
    () => `${subject} ${be} ${degree}${adjective} and ${pick(adjectives)}`,
    () => `${subject} ${be} ${adjective}, ${pick(adjectives)} and ${pick(adjectives)}`,
    () => `${subject} ${be} ${adjective} and the ${other} ${be} ${degree}${pick(adjectives)}`,
    () => `both the ${topic} and the ${other} were ${degree}${adjective}`,
    () => `${pick(["what a", "such a", "a", "it was a", "we had a"])} ${adjective} ${topic}`,
    () => `${degree}${adjective} ${topic}`,
    () => `${pick(PEOPLE)} ${pick(GAVE)} ${pick(["a", "us a", "me a"])} ${adjective} ${topic}`,
    () => `${pick(PEOPLE)} ${pick(verbs)} ${pick(["the", "this", "my", "our"])} ${topic}`,
    () => `${pick(["i", "we", "they"])} ${degree}${pick(verbsNow)} ${article(random)} ${topic}`,
    () => `${pick(PEOPLE)} ${pick(verbsNow)}s the ${topic}`,
    () => `${pick(verbs)} it`,
    () => `${pick(verbs)} every bit of the ${topic}`,
    () => `${subject} ${pick(events)}`,
    () => `${subject} ${pick(events)}`,
    () => pick(remarks),
    () => pick(remarks),
    () => `${pick(["what a", "it was a", "this is a", `the ${topic} is a`])} ${pick(nouns)}`,
    () => `${subject} ${pick(["proved to be", "is", "became"])} a ${degree}${pick(nouns)}`,
    () => `a ${pick(nouns)} of a ${topic}`,
    () => `${subject} is full of ${pick(masses)}`,
    () => `${topic} with ${pick(["much", "a lot of", "so much", "such"])} ${pick(masses)}`,
    () => `${subject} is ${pick(["much ", "far ", "a lot ", ""])}${pick(comparatives)} than before`,
    () => `the new ${topic} is ${pick(comparatives)}`,
    () => `it made the ${topic} ${pick(comparatives)} to use`,
    () => `${subject} was ${pick(adverbs)} ${pick(MADE)}`,
    () => `${subject} could not ${pick(["be", "have been", "feel"])} ${pick(comparatives)}`,
    () => `${pick(PEOPLE)} found the ${topic} ${degree}${adjective}`,
    () => `${pick(PEOPLE)} had a ${adjective} ${pick(["time", "day", "evening", "stay", topic])}`,
    () => `${pick(PEOPLE)} felt ${degree}${adjective} ${pick(["about", "with"])} the ${topic}`,
  ])();
}

/** Verbs that join a thing and its quality. */
const SENSES =
  `looks seems feels felt looked seemed tasted tastes sounded sounds smelled smells stayed
  remained became remains appears`.split(/\s+/);

const GAVE = "gave gives made wrote sent brought delivered played showed told served had".split(
  " ",
);

const MADE = "made done built written cooked designed played told filmed packed explained".split(
  " ",
);

/** A thing to judge, one time in five with an adjective that says nothing. */
function pickTopic({ pick, chance }: Random): string {
  return chance(20) ? `${pick(NEUTRAL_ADJECTIVES)} ${pick(TOPICS)}` : pick(TOPICS);
}

/** Puts a word without meaning somewhere, so that no rare word gets a judgement by accident. */
function addFiller({ pick }: Random, text: string): string {
  const parts = text.split(" ");
  const at = pick([...parts.keys()]);
  return [...parts.slice(0, at), pick(FILLERS), ...parts.slice(at)].join(" ");
}

const DENIALS = ["far from", "anything but", "hardly", "by no means"];

function article({ pick }: Random): string {
  return pick(["the", "the", "the", "this", "my", "our", "their", "your"]);
}

/** Says the opposite of `label` by denying one of its words. */
function negatedClause(random: Random, label: SentimentLabel): string {
  const { pick, chance } = random;
  const { adjectives, verbs, verbsNow, nouns, masses } = LEXICON[label];
  const topic = pickTopic(random);
  const subject = chance(25) ? pick(["it", "this"]) : `${article(random)} ${topic}`;
  const be = pick(["is", "was", "are", "were"]);
  const degree = chance(30) ? `${pick([...INTENSIFIERS, "that", "even", "in any way"])} ` : "";
  const adjective = pick(adjectives);
  const end = chance(30) ? " at all" : "";
  return pick([
    () => `${subject} ${be} not ${degree}${adjective}${end}`,
    () => `${subject} ${be} not ${degree}${adjective}${end}`,
    () => `${subject} ${be} not a ${adjective} ${pick(["one", "choice", topic])}${end}`,
    () => `not a ${adjective} ${topic}${end}`,
    () => `not ${degree}${adjective}${end}`,
    () => `${subject} ${be} never ${adjective}`,
    () => `never a ${adjective} moment with this ${topic}`,
    () => `i would not call ${pick(["it", "this", `the ${topic}`])} ${adjective}`,
    () => `i do not think ${subject} ${be} ${adjective}`,
    () => `there ${pick(["is", "was"])} nothing ${adjective} about ${pick(["it", `the ${topic}`])}`,
    () => `nothing about ${pick(["it", `the ${topic}`])} was ${degree}${adjective}`,
    () => `nothing ${pick(["about", "in", "at"])} ${article(random)} ${topic} is ${adjective}`,
    () => `nothing ${adjective} here`,
    () => `${subject} ${be} ${pick(DENIALS)} ${adjective}`,
    () => `${subject} ${be} no longer ${adjective}`,
    () => `${subject} ${be} neither ${adjective} nor ${pick(adjectives)}`,
    () => `neither the ${topic} nor the ${pick(TOPICS)} was ${adjective}`,
    () => `${pick(PEOPLE)} did not ${pick(verbsNow)} the ${topic}${end}`,
    () => `${pick(["i", "we"])} do not ${degree}${pick(verbsNow)} ${article(random)} ${topic}`,
    () => `i can not say i ${pick(verbs)} ${pick(["it", `the ${topic}`])}`,
    () => `${pick(["i", "we", "you"])} can not ${pick(verbsNow)} ${pick(["it", `this ${topic}`])}`,
    () => `i would not ${pick(verbsNow)} ${pick(["it", "them", `another ${topic}`])} again`,
    () => `${pick(["i", "we", "nobody"])} never ${pick(verbs)} ${pick(["it", `the ${topic}`])}`,
    () => `i have never ${pick(verbs)} a ${topic} less`,
    () => `nobody ${pick(verbs)} the ${topic}`,
    () => `${subject} has no ${pick(masses)}`,
    () => `there is no ${pick(masses)} in the ${topic}`,
    () => `a ${topic} without ${pick(["any ", ""])}${pick(masses)}`,
    () => `no ${pick(masses)} with the ${topic}`,
    () => `not a ${pick(nouns)}${end}`,
    () => `${subject} ${be} no ${pick(nouns)}`,
    () => `${subject} does not ${pick(["seem", "look", "feel"])} ${adjective}`,
    () => `i do not find the ${topic} ${adjective}`,
  ])();
}
