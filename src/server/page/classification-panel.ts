// Labels of a text: the model's own, or any that somebody types where the model can judge those.
import type { Server } from "./ask.ts";
import { bars } from "./bars.ts";
import { area, check, line } from "./field.ts";
import { listOf } from "./lines.ts";
import { labelsOf, type Model } from "./model.ts";
import { type Action, makePanel, type Shown } from "./panel.ts";

/** Bars of more are not read by anybody. */
const LABELS_SHOWN = 20;

const NOTHING = "Nothing to classify: type a text.";

type ClassScore = { readonly label: string; readonly score: number };
type ZeroShot = { readonly labels: readonly string[]; readonly scores: readonly number[] };

export function classificationPanel(model: Model, server: Server): HTMLElement {
  const text = area("Text", "I did not expect much, but this was a wonderful evening.", 4);
  const pair = line("Second text, for models that judge pairs (may stay empty)");
  const own = ownLabels(model, text.input, pair.input);
  if (model.zero_shot === undefined) {
    const note = "The model's labels with their scores.";
    const fields = [...text.content, ...pair.content];
    return makePanel({ title: "Classify a text", note, fields, actions: [own] }, server);
  }
  const labels = line("Labels of your own, with commas in between", "joy, anger, boredom");
  const several = check("Several labels may be true at once");
  const any: Action = {
    name: "Try these labels",
    question: () => {
      const inputs = text.input.value;
      if (inputs.trim() === "") return NOTHING;
      const candidates = listOf(labels.input.value);
      if (candidates.length === 0) return "No labels to try: type some.";
      const multiple = several.input.checked ? { multi_label: true } : {};
      return { path: "classify", body: { inputs, candidate_labels: candidates, ...multiple } };
    },
    show: (value) => showZeroShot(value as ZeroShot),
  };
  return makePanel(
    {
      title: "Classify a text",
      note: "This model judges whether a text entails a sentence, and so tells any labels apart.",
      fields: [...text.content, ...labels.content, ...several.content, ...pair.content],
      actions: [any, { ...own, name: "The model's own labels" }],
    },
    server,
  );
}

function ownLabels(model: Model, text: HTMLTextAreaElement, pair: HTMLInputElement): Action {
  const total = labelsOf(model).length;
  return {
    name: "Classify",
    question: () => {
      if (text.value.trim() === "") return NOTHING;
      const inputs = pair.value.trim() === "" ? text.value : [text.value, pair.value];
      const most = total > LABELS_SHOWN ? { top_k: LABELS_SHOWN } : {};
      return { path: "classify", body: { inputs, ...most } };
    },
    show: (value) => showScores(value as ClassScore[], total),
  };
}

function showScores(scores: readonly ClassScore[], total: number): Shown {
  const items = scores.map(({ label, score }) => ({ name: label, score }));
  const rest = scores.length < total ? ` The highest ${scores.length} of ${total} are shown.` : "";
  return { summary: `${bestOf(items)}${rest}`, content: [bars("ul", items)] };
}

function showZeroShot({ labels, scores }: ZeroShot): Shown {
  const items = labels.map((name, at) => ({ name, score: scores[at] ?? 0 }));
  return { summary: bestOf(items), content: [bars("ul", items)] };
}

function bestOf([best]: readonly { readonly name: string; readonly score: number }[]): string {
  return best === undefined ? "No labels." : `Highest: ${best.name}, ${best.score.toFixed(3)}.`;
}
