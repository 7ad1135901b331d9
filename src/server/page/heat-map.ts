// Numbers between all pairs of two lists, as a table whose cells are warmer where they are higher.
import { foreign, make, setNumber } from "./element.ts";

export type HeatMap = {
  readonly caption: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly values: readonly (readonly number[])[];
  /** Numbers shown in the coldest and in the warmest colour. */
  readonly from: number;
  readonly to: number;
  /** Whether columns are shown by their number, as the rows are: for texts rather than words. */
  readonly isNumbered: boolean;
};

export function heatMap(map: HeatMap): HTMLElement {
  const heads = map.columns.map((text, at) => columnHead(text, map.isNumbered ? at + 1 : 0));
  const corner = make("th", { scope: "col" }, map.isNumbered ? "Text" : "Token");
  const rows = map.rows.map((text, row) => {
    const head = make("th", { scope: "row" }, map.isNumbered ? `${row + 1}. ` : "", foreign(text));
    const cells = (map.values[row] ?? []).map((value) => cell(value, map));
    return make("tr", {}, head, ...cells);
  });
  const table = make(
    "table",
    { class: map.isNumbered ? "heat" : "heat words" },
    make("caption", {}, map.caption),
    make("thead", {}, make("tr", {}, corner, ...heads)),
    make("tbody", {}, ...rows),
  );
  // Whoever has no mouse scrolls it with the arrow keys.
  const attributes = { class: "scroll", tabindex: "0", role: "region", "aria-label": "Similarity" };
  return make("div", attributes, table);
}

/** Numbered columns are told in full to those who hear the table. */
function columnHead(text: string, number: number): HTMLElement {
  if (number === 0) return make("th", { scope: "col" }, foreign(text));
  const full = make("span", { class: "hidden-text" }, `. ${text}`);
  return make("th", { scope: "col" }, String(number), full);
}

function cell(value: number, { from, to }: HeatMap): HTMLElement {
  const element = make("td", {}, value.toFixed(2).replace(/^-(0\.00)$/, "$1"));
  const heat = to > from ? (value - from) / (to - from) : 0;
  setNumber(element, "--heat", Math.min(1, Math.max(0, heat)));
  return element;
}
