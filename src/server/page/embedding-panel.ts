// Dense vectors of texts: how alike the lines are that somebody types.
import type { Server } from "./ask.ts";
import { type Content, make } from "./element.ts";
import { area, choice, type Field, wholeNumber } from "./field.ts";
import { heatMap } from "./heat-map.ts";
import { countOf, linesOf } from "./lines.ts";
import type { Model } from "./model.ts";
import { makePanel, type Shown } from "./panel.ts";
import { cosine, range } from "./similarity.ts";

/** A table of more is not read by anybody. */
const LINES_MAX = 24;

export const EXAMPLE_LINES = [
  "The cat sleeps on the sofa.",
  "A kitten is napping on the couch.",
  "The bank raised its interest rates.",
  "Central banks make loans more expensive.",
].join("\n");

export function embeddingPanel(model: Model, server: Server): HTMLElement {
  const texts = area("Texts, one in a line", EXAMPLE_LINES);
  const prompt = promptField(model);
  const size = sizeField(model);
  const question = () => {
    const inputs = linesOf(texts.input.value);
    const fault = lineFault(inputs);
    if (fault !== undefined) return fault;
    const dimensions = Number(size.input.value);
    const cut = dimensions > 0 ? { dimensions } : {};
    return { path: "embed", body: { inputs, ...cut, ...promptOf(prompt) } };
  };
  let asked: string[] = [];
  return makePanel(
    {
      title: "Compare texts",
      note: "Each line becomes a vector; the table shows the cosine between each two.",
      fields: [...texts.content, options(prompt, size)],
      actions: [
        {
          name: "Compare",
          question: () => {
            asked = linesOf(texts.input.value);
            return question();
          },
          show: (value) => showDense(asked, value as number[][]),
        },
      ],
    },
    server,
  );
}

/** Why these lines cannot be compared. */
export function lineFault(lines: readonly string[]): string | undefined {
  if (lines.length === 0) return "Nothing to compare: type a text in each of two lines or more.";
  if (lines.length <= LINES_MAX) return undefined;
  return `${lines.length} lines make too large a table: type at most ${LINES_MAX}.`;
}

/** The pair that is closest, in a sentence. */
export function closestPair(values: readonly (readonly number[])[]): string {
  let best = { left: 0, right: 0, value: -Infinity };
  values.forEach((row, left) => {
    row.slice(0, left).forEach((value, right) => {
      if (value > best.value) best = { left: right + 1, right: left + 1, value };
    });
  });
  if (best.left === 0) return "";
  return ` Closest: ${best.left} and ${best.right}, ${best.value.toFixed(2)}.`;
}

function showDense(texts: readonly string[], vectors: readonly number[][]): Shown {
  const values = vectors.map((left) => vectors.map((right) => cosine(left, right)));
  const [from] = range(values);
  const width = vectors[0]?.length ?? 0;
  const caption = `Cosines of vectors with ${width} dimensions; warmer is more alike.`;
  const map = { caption, rows: texts, columns: texts, values, from, to: 1, isNumbered: true };
  return {
    summary: `${countOf(texts.length, "text")} compared.${closestPair(values)}`,
    content: [heatMap(map)],
  };
}

/** A choice among the prompts of the model, with its default and none at all. */
export function promptField({ prompts = [], default_prompt }: Model): Field<HTMLSelectElement> {
  const fallback =
    default_prompt == null ? "the model's default: none" : `${default_prompt}, the default`;
  const others = prompts.filter((name) => name !== default_prompt);
  const field = choice("Prompt before each text", [
    ["default", fallback],
    ...others.map((name) => [`name:${name}`, name] as const),
    ...(default_prompt == null ? [] : [["none", "no prompt"] as const]),
  ]);
  return prompts.length === 0 ? { ...field, content: [] } : field;
}

/** What a request says of the chosen prompt. */
export function promptOf({ input }: Field<HTMLSelectElement>) {
  if (input.value === "none") return { prompt: "" };
  const [, name] = /^name:(.*)$/s.exec(input.value) ?? [];
  return name === undefined ? {} : { prompt_name: name };
}

function sizeField({ dimensions }: Model): Field<HTMLInputElement | HTMLSelectElement> {
  const { width = 0, sizes = [] } = dimensions ?? {};
  const label = "Dimensions of the vectors";
  if (sizes.length === 0) return wholeNumber(`${label}, if fewer than ${width}`, width);
  const others = sizes.filter((size) => size !== width).map(String);
  return choice(label, [["", `${width}, all`], ...others.map((size) => [size, size] as const)]);
}

function options(...fields: readonly Field<HTMLElement>[]): Content {
  return make("div", { class: "row" }, ...fields.flatMap(({ content }) => content));
}
