// How the lexicons of the demo models are written down.

/** Words separated by any white space. */
export function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** One phrase per line. */
export function lines(text: string): readonly string[] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.trim());
}

/** Phrases separated by commas, over as many lines as they need. */
export function phrases(text: string): readonly string[] {
  return text.split(",").map((phrase) => phrase.trim().replace(/\s+/g, " "));
}
