// Figures as a picture: one SVG file that needs nothing else, without scripts, with a title and a description for who
// cannot see it.

/** Bars of one kind, with one bar for each group of the panel. */
export type Series = { readonly name: string; readonly values: readonly number[] };

export type Panel = {
  readonly title: string;
  /** Of the values, such as "ms". */
  readonly unit: string;
  /** What the groups differ in, such as "tokens of a text". */
  readonly axis: string;
  readonly groups: readonly string[];
  readonly series: readonly Series[];
};

export type Chart = {
  readonly title: string;
  /** One line below the title; what does not fit is cut. */
  readonly subtitle: string;
  /** One paragraph that says what the picture shows. */
  readonly description: string;
  readonly panels: readonly Panel[];
};

const WIDTH = 720;
const PANEL_HEIGHT = 260;
const HEAD_HEIGHT = 64;
const PLOT = { left: 72, right: 24, top: 52, bottom: 48 };
/** What fits into the width. */
const TITLE_CHARACTERS_MAX = 75;
const SUBTITLE_CHARACTERS_MAX = 110;
const GROUP_GAP = 0.3;
const TICKS = 4;
/** Told apart in any light, and in grey. */
const COLOURS = ["#1f5fa8", "#e08a1e", "#7a7a7a", "#4f9d69"];
/** Of a text in the picture: a description has a few hundred. */
const TEXT_CHARACTERS_MAX = 800;

export function drawChart({ title, subtitle, description, panels }: Chart): string {
  const height = HEAD_HEIGHT + panels.length * PANEL_HEIGHT;
  const drawn = panels.map((panel, at) => drawPanel(panel, HEAD_HEIGHT + at * PANEL_HEIGHT));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
      `viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description" ` +
      'font-family="system-ui, sans-serif" font-size="12" fill="#222222">',
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text({ x: 24, y: 30, size: 17 }, title.slice(0, TITLE_CHARACTERS_MAX)),
    text({ x: 24, y: 48 }, subtitle.slice(0, SUBTITLE_CHARACTERS_MAX)),
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function drawPanel(panel: Panel, top: number): string {
  const { title, unit, axis, groups, series } = panel;
  const most = Math.max(...series.flatMap(({ values }) => values), 0);
  const step = tickStep(most);
  const scaleMax = Math.max(step, Math.ceil(most / step) * step);
  const bottom = top + PANEL_HEIGHT - PLOT.bottom;
  const height = PANEL_HEIGHT - PLOT.top - PLOT.bottom;
  const y = (value: number) => bottom - (value / scaleMax) * height;
  const right = WIDTH - PLOT.right;
  const ticks = Array.from({ length: Math.round(scaleMax / step) + 1 }, (_, at) => at * step);
  const lines = ticks.map((value) =>
    [
      `<path d="M${PLOT.left} ${coordinate(y(value))}H${right}" stroke="#d0d0d0"/>`,
      text({ x: PLOT.left - 8, y: y(value) + 4, anchor: "end" }, number(value)),
    ].join(""),
  );
  const groupWidth = (right - PLOT.left) / Math.max(1, groups.length);
  const barWidth = (groupWidth * (1 - GROUP_GAP)) / Math.max(1, series.length);
  const names = groups.map((group, at) =>
    text({ x: PLOT.left + (at + 0.5) * groupWidth, y: bottom + 16, anchor: "middle" }, group),
  );
  const bars = series.flatMap(({ values }, place) =>
    groups.map((_, at) => {
      const value = values[at] ?? 0;
      const x = PLOT.left + at * groupWidth + (groupWidth * GROUP_GAP) / 2 + place * barWidth;
      const rectangle = { x, y: y(value), width: barWidth, height: bottom - y(value) };
      return drawBar(rectangle, colour(place), number(value));
    }),
  );
  return [
    text({ x: 24, y: top + 20, size: 14 }, `${title} (${unit})`),
    legend(series, top + 38),
    ...lines,
    ...bars,
    ...names,
    text({ x: (PLOT.left + right) / 2, y: bottom + 36, anchor: "middle" }, axis),
  ].join("\n");
}

type Rectangle = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

function drawBar({ x, y, width, height }: Rectangle, fill: string, value: string): string {
  const [left, top, wide, high] = [x, y, width - 2, height].map(coordinate);
  const bar = `<rect x="${left}" y="${top}" width="${wide}" height="${high}" fill="${fill}"/>`;
  return bar + text({ x: x + width / 2 - 1, y: y - 4, anchor: "middle", size: 10 }, value);
}

function legend(series: readonly Series[], y: number): string {
  let x = 24;
  return series
    .map(({ name }, place) => {
      const key = `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colour(place)}"/>`;
      const drawn = key + text({ x: x + 16, y }, name);
      // Some seven units a letter: what is longer than it looks only moves the next name.
      x += 36 + 7 * name.length;
      return drawn;
    })
    .join("");
}

function colour(place: number): string {
  return COLOURS[place % COLOURS.length] ?? "#000000";
}

type Label = {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "middle" | "end";
  readonly size?: number;
};

function text({ x, y, anchor, size }: Label, words: string): string {
  const placed = anchor === undefined ? "" : ` text-anchor="${anchor}"`;
  const sized = size === undefined ? "" : ` font-size="${size}"`;
  return `<text x="${coordinate(x)}" y="${coordinate(y)}"${placed}${sized}>${escaped(words)}</text>`;
}

/** 1, 2 or 5 times a power of ten, so that there are about `TICKS` of them. */
function tickStep(most: number): number {
  const rough = Math.max(most, Number.MIN_VALUE) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10;
  return most > 0 && Number.isFinite(step * power) ? step * power : 1;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function coordinate(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** The names come from files: nothing in them may be markup, or a character XML forbids. */
function escaped(words: string): string {
  const shown = words.slice(0, TEXT_CHARACTERS_MAX).toWellFormed();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML forbids
  return shown.replace(/[\u0000-\u001f\ufffe\uffff]/g, " ").replace(/[<>&"']/g, (letter) => {
    return `&#${letter.charCodeAt(0)};`;
  });
}
