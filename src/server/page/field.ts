// Fields with their labels.
import { type Content, make } from "./element.ts";

/** What belongs to a field, to be put into a form. */
export type Field<Input extends HTMLElement> = {
  readonly input: Input;
  readonly content: readonly Content[];
};

let count = 0;

function labelled<Input extends HTMLElement>(label: string, input: Input): Field<Input> {
  count += 1;
  input.id = `field-${count}`;
  return { input, content: [make("label", { for: input.id }, label), input] };
}

/** A field of several lines. */
export function area(label: string, value: string, rows = 5): Field<HTMLTextAreaElement> {
  const attributes = { rows: String(rows), dir: "auto", spellcheck: "false" };
  const input = make("textarea", { ...attributes, "aria-keyshortcuts": "Control+Enter" });
  input.value = value;
  return labelled(label, input);
}

/** A field of one line. */
export function line(label: string, value = ""): Field<HTMLInputElement> {
  const input = make("input", { type: "text", dir: "auto", autocomplete: "off" });
  input.value = value;
  return labelled(label, input);
}

/** A choice of values, shown by their names. */
export function choice(
  label: string,
  options: readonly (readonly [value: string, name: string])[],
): Field<HTMLSelectElement> {
  const input = make(
    "select",
    {},
    ...options.map(([value, name]) => make("option", { value }, name)),
  );
  const { content } = labelled(label, input);
  return { input, content: [make("div", {}, ...content)] };
}

/** A whole number that may be left out. */
export function wholeNumber(label: string, max: number): Field<HTMLInputElement> {
  const input = make("input", { type: "number", min: "1", max: String(max), step: "1" });
  const { content } = labelled(label, input);
  return { input, content: [make("div", {}, ...content)] };
}

export function check(label: string): Field<HTMLInputElement> {
  const input = make("input", { type: "checkbox" });
  return { input, content: [make("label", { class: "check" }, input, label)] };
}
