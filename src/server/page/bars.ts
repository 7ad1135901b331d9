// Scores as bars with their numbers.
import { foreign, make, setNumber } from "./element.ts";

export type Bar = { readonly name: string; readonly score: number };

/** An ordered list counts; the other does not. Bars show shares of 1, or of the largest score where any is beyond. */
export function bars(list: "ol" | "ul", items: readonly Bar[]): HTMLElement {
  const isShare = items.every(({ score }) => score >= 0 && score <= 1);
  const most = items.reduce((largest, { score }) => Math.max(largest, Math.abs(score)), 0);
  const whole = isShare || most === 0 ? 1 : most;
  return make(list, { class: "bars" }, ...items.map((item) => row(item, whole)));
}

function row({ name, score }: Bar, whole: number): HTMLElement {
  const filled = make("span");
  // Scores that are no probabilities may be below zero: they have no length.
  setNumber(filled, "--share", Math.max(0, score / whole));
  const number = make("span", { class: "score" }, score.toFixed(3));
  const said = make("span", { class: "said" }, foreign(name), number);
  return make("li", {}, said, make("span", { class: "bar", "aria-hidden": "true" }, filled));
}
