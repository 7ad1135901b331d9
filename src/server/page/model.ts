// What the server says of its model, and how it is shown.
import { foreign, make } from "./element.ts";

/** The parts of GET / that are shown. */
export type Index = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly encoderfile_version: string;
  readonly limits: Readonly<Record<string, number>>;
};

/** The parts of GET /model that are shown or asked with. */
export type Model = {
  readonly task: string;
  readonly model_digest: string;
  readonly id2label: Readonly<Record<string, string>> | null;
  readonly max_length?: number;
  readonly dimensions?: { readonly width: number; readonly sizes: readonly number[] };
  readonly pooling?: readonly string[];
  readonly normalize?: boolean;
  readonly similarity?: string;
  readonly prompts?: readonly string[];
  readonly default_prompt?: string | null;
  readonly zero_shot?: { readonly hypothesis_template: string };
};

/** Labels that are spelt out; a model may have thousands. */
const LABELS_SHOWN = 60;

/** "sentence_embedding" in words. */
export function inWords(name: string): string {
  return name.replaceAll("_", " ");
}

/** The names of what a classifier tells apart. */
export function labelsOf({ id2label }: Model): string[] {
  return Object.values(id2label ?? {});
}

/** Everything about the model as a list of terms. */
export function modelFacts(index: Index, model: Model): HTMLElement {
  const { dimensions, zero_shot } = model;
  const sizes = dimensions?.sizes ?? [];
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Name", index.name],
    ["Version", index.version],
    ["Digest", model.model_digest],
    ["Task", inWords(model.task)],
    ["Licence", index.license ?? "not stated in the file"],
    ["Tokens of an input", model.max_length?.toLocaleString("en") ?? "no limit"],
    ["Dimensions", dimensions?.width.toLocaleString("en")],
    ["May be cut to", sizes.join(", ")],
    ["Pooling", model.pooling?.map(inWords).join(", ")],
    ["Vectors", model.normalize === true ? "of length 1" : undefined],
    ["Compared by", model.similarity],
    ["Prompts", promptsOf(model)],
    ["Labels", shownLabels(model.task === "reranking" ? [] : labelsOf(model))],
    ["Asked about a label", zero_shot?.hypothesis_template],
    ["Served by", `encoderfile ${index.encoderfile_version}`],
  ];
  const list = make("dl");
  for (const [term, value] of facts) {
    if (value) list.append(make("dt", {}, term), make("dd", {}, foreign(value)));
  }
  return make("div", {}, list, limitsOf(index));
}

function promptsOf({ prompts = [], default_prompt }: Model): string {
  const names = prompts.map((name) => (name === default_prompt ? `${name} (default)` : name));
  return names.join(", ");
}

function shownLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, LABELS_SHOWN).join(", ");
  const more = labels.length - LABELS_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function limitsOf({ limits }: Index): HTMLElement {
  const list = make("dl");
  for (const [name, value] of Object.entries(limits)) {
    const said = value === 0 ? "no limit" : value.toLocaleString("en");
    list.append(make("dt", {}, inWords(name)), make("dd", {}, said));
  }
  return make("details", {}, make("summary", {}, "Limits of a request"), list);
}
