// Reads the concept lexicon: topics, concepts, and the forms of their words.
import { CONCEPT_LEXICON } from "./concept-lexicon.ts";

/** Words and phrases that mean nearly the same. */
export type Concept = {
  readonly index: number;
  readonly topic: number;
  /** Each a word or a phrase with spaces, with its other forms. */
  readonly words: readonly (readonly string[])[];
};

export type Topic = {
  readonly index: number;
  readonly name: string;
  /** Whether its concepts belong to any topic: actions, qualities, times. */
  readonly general: boolean;
  readonly concepts: readonly Concept[];
};

/** All topics in the order of the lexicon. */
export function readConcepts(): readonly Topic[] {
  const topics: { index: number; name: string; general: boolean; concepts: Concept[] }[] = [];
  let count = 0;
  for (const line of CONCEPT_LEXICON.trim().split("\n")) {
    if (line.startsWith("# ")) {
      const name = line.slice(2);
      const general = name.startsWith("~");
      topics.push({ index: topics.length, name: name.replace("~", ""), general, concepts: [] });
    } else if (line !== "") {
      const { index: topic, concepts } = topics.at(-1)!;
      const words = line.split(" ").map(formsOf);
      concepts.push({ index: count++, topic, words });
    }
  }
  return topics;
}

/** The word and its regular forms; phrases stay as they are. */
function formsOf(entry: string): readonly string[] {
  const verb = entry.endsWith("*");
  const word = entry.replace("*", "").replaceAll("-", " ");
  if (word.includes(" ")) return [word];
  const sibilant = /(s|x|z|ch|sh)$/.test(word);
  const soft = /[^aeiou]y$/.test(word);
  const stem = word.endsWith("e") ? word.slice(0, -1) : doubled(word);
  const plural = soft ? `${word.slice(0, -1)}ies` : `${word}${sibilant ? "es" : "s"}`;
  if (!verb) return [word, plural];
  const past = soft ? `${word.slice(0, -1)}ied` : `${stem}ed`;
  return [word, plural, past, `${stem.endsWith("ee") ? word : stem}ing`];
}

/** Doubles the last letter of short verbs: "stop" becomes "stopp" before an ending. */
function doubled(word: string): string {
  return /^[^aeiou]*[aeiou][bdgklmnprt]$/.test(word) ? word + word.at(-1) : word;
}
