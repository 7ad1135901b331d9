// Entities in a text, marked where they stand, and the text with them replaced.
import type { Server } from "./ask.ts";
import { foreign, make, setNumber } from "./element.ts";
import { area, choice } from "./field.ts";
import { countOf } from "./lines.ts";
import { cutAtPlaces, type Place } from "./marked-text.ts";
import type { Model } from "./model.ts";
import { makePanel, type Shown } from "./panel.ts";

/** Degrees between the colours of two labels, so that the first few are far apart. */
const HUE_STEP = 137;
const FIRST_HUE = 210;

const EXAMPLE =
  "Anna Schmidt from Berlin met Peter Miller, who works for Siemens in Munich. " +
  "🎉 Later she flew to Paris.";

type Entity = Place & { readonly entity_group: string; readonly score: number };

type Redacted = {
  readonly text: string;
  readonly entities: readonly {
    readonly entity_group: string;
    readonly redacted_start: number;
    readonly redacted_end: number;
  }[];
};

const STRATEGIES = [
  ["average", "whole words, by the mean of their tokens"],
  ["max", "whole words, by their surest token"],
  ["first", "whole words, by their first token"],
  ["simple", "tokens of one label joined"],
] as const;

export function entityPanel(model: Model, server: Server): HTMLElement {
  const text = area("Text", EXAMPLE, 5);
  const strategy = choice("How tokens become entities", STRATEGIES);
  let asked = "";
  const nothing = "Nothing to look through: type a text.";
  const ask = (path: string, options: object) => {
    asked = text.input.value;
    return asked.trim() === "" ? nothing : { path, body: { inputs: asked, ...options } };
  };
  const tokens = model.max_length;
  const long =
    tokens === undefined
      ? ""
      : ` Texts of more than ${tokens} tokens are read in windows that overlap: none of it is cut.`;
  return makePanel(
    {
      title: "Find entities",
      note: `The text with what the model finds in it.${long}`,
      fields: [...text.content, ...strategy.content],
      actions: [
        {
          name: "Find",
          question: () => ask("classify", { aggregation_strategy: strategy.input.value }),
          show: (value) => showEntities(asked, value as Entity[]),
        },
        {
          name: "Redact",
          // With its own default, which leaves no part of a word legible.
          question: () => ask("redact", {}),
          show: (value) => showRedacted(value as Redacted),
        },
      ],
    },
    server,
  );
}

function showEntities(text: string, entities: readonly Entity[]): Shown {
  const hues = huesOf(entities);
  const parts = cutAtPlaces(text, entities, (entity) => entity).map((segment) =>
    segment.found === undefined
      ? segment.text
      : marked(segment.text, segment.found.entity_group, hues),
  );
  const marks = make("p", { class: "marked", dir: "auto" }, ...parts);
  const content = entities.length === 0 ? [marks] : [marks, entityTable(text, entities)];
  return { summary: `${foundOf(entities.length)} found.`, content };
}

function showRedacted({ text, entities }: Redacted): Shown {
  const hues = huesOf(entities);
  const parts = cutAtPlaces(text, entities, (entity) => ({
    start: entity.redacted_start,
    end: entity.redacted_end,
  })).map(({ text: part, found }) =>
    found === undefined ? part : marked(part, found.entity_group, hues),
  );
  return {
    summary: `${foundOf(entities.length)} replaced.`,
    content: [make("p", { class: "marked", dir: "auto" }, ...parts)],
  };
}

function foundOf(count: number): string {
  return count === 0 ? "No entities" : count === 1 ? "1 entity" : `${count} entities`;
}

type Hues = ReadonlyMap<string, number>;

function huesOf(entities: readonly { readonly entity_group: string }[]): Hues {
  const labels = [...new Set(entities.map(({ entity_group }) => entity_group))];
  return new Map(labels.map((label, at) => [label, (FIRST_HUE + at * HUE_STEP) % 360]));
}

function marked(text: string, label: string, hues: Hues): HTMLElement {
  const mark = make("mark", {}, foreign(text), make("span", { class: "label" }, foreign(label)));
  setNumber(mark, "--hue", hues.get(label) ?? 0);
  return mark;
}

function entityTable(text: string, entities: readonly Entity[]): HTMLElement {
  const heads = ["Text", "Label", "Score", "Code points"].map((name) =>
    make("th", { scope: "col" }, name),
  );
  const characters = [...text];
  const rows = entities.map(({ entity_group, score, start, end }) =>
    make(
      "tr",
      {},
      make("td", {}, foreign(characters.slice(start, end).join(""))),
      make("td", {}, foreign(entity_group)),
      make("td", {}, score.toFixed(3)),
      make("td", {}, `${start} to ${end}`),
    ),
  );
  const table = make(
    "table",
    {},
    make("caption", {}, `${countOf(entities.length, "place")} in the text`),
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows),
  );
  const attributes = { class: "scroll", tabindex: "0", role: "region", "aria-label": "Entities" };
  return make("div", attributes, table);
}
