// The inputs every build asks its model about: few, cheap, and each of a kind that goes wrong in a way of its own.
import { type Model, Task as TaskNumber } from "../gen/manifest_pb.ts";
import type { JsonObject } from "./value.ts";

/** A request of `predict` with the name its golden gets. */
export type Probe = { readonly name: string; readonly request: JsonObject };

const TEXTS = [
  ["short", "A short text."],
  ["names", "Anna Schmidt moved from Berlin to Madrid in 2019 and works for the Red Cross."],
  [
    "long",
    "The first ferry leaves at 7:45 from pier 12, weather permitting; the second one, which is larger, takes cars as " +
      "well. Tickets cost $4.50 (children: half), and dogs, bicycles and surfboards travel free!",
  ],
  // Han, Cyrillic and Devanagari, which has marks that combine; an e and an accent apart; emoji of several code points.
  [
    "scripts",
    "\u6771\u4eac \u041c\u043e\u0441\u043a\u0432\u0430 \u0928\u092e\u0938\u094d\u0924\u0947 cafe\u0301 " +
      "\ud83d\udc4d\ud83c\udffd \ud83d\udc69\u200d\ud83d\udc67",
  ],
] as const satisfies readonly (readonly [name: string, text: string])[];

const QUERY = "Where does Anna work?";
/** Weights a sparse vector is asked for: those that are kept of it, and the one that comes next. */
const HEAVIEST = 9;
const HYPOTHESIS = "This example is about travelling.";

/** One input each: what a model says of a text then depends on no other. */
export function probesFor(model: Model): readonly Probe[] {
  return TEXTS.map(([name, text]) => ({ name, request: requestFor(model, text) }));
}

function requestFor(model: Model, text: string): JsonObject {
  switch (model.task) {
    case TaskNumber.RERANKING:
      // The logit: of a probability near 0 or 1 little is left to compare.
      return { query: QUERY, texts: [text], raw_scores: true };
    case TaskNumber.TOKEN_CLASSIFICATION:
      // Cut where the model is short, as what windows make of a text is for longer ones to show.
      return { inputs: [text], truncate: true };
    case TaskNumber.SPARSE_EMBEDDING:
      return { inputs: [text], top_k: HEAVIEST };
    default:
      return { inputs: [model.entailment === undefined ? text : [text, HYPOTHESIS]] };
  }
}
