// Pictures of figures: well-formed, for eyes and for screen readers, and without anything that runs.
import { describe, expect, test } from "bun:test";
import { drawChart } from "../../src/measure/index.ts";

const PANEL = {
  title: "Latency",
  unit: "ms",
  axis: "tokens",
  groups: ["16", "64"],
  series: [
    { name: "p50", values: [1, 2] },
    { name: "p99", values: [2.71234, 400] },
  ],
};

describe("drawChart()", () => {
  const svg = drawChart({
    title: "A model",
    subtitle: "Here",
    description: "What it shows.",
    panels: [PANEL, PANEL],
  });

  test("has a title and a description, and bars with their values", () => {
    expect(svg).toContain('role="img" aria-labelledby="title description"');
    expect(svg).toContain('<title id="title">A model</title>');
    expect(svg).toContain('<desc id="description">What it shows.</desc>');
    expect(svg).toContain(">Here</text>");
    expect(svg).toContain(">2.71</text>");
    expect(svg.match(/<rect /g)).toHaveLength(1 + 2 * (2 + 4));
    expect(svg).not.toMatch(/<script|<style|href|NaN|Infinity|undefined/);
  });

  test("closes what it opens", () => {
    const open: string[] = [];
    for (const [, end, name = "", alone] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (end === "/") expect(open.pop()).toBe(name);
      else if (alone === "") open.push(name);
    }
    expect(open).toEqual([]);
  });

  test("takes names for text, whatever is in them", () => {
    const title = '</title><script>alert("1")</script>\u0000\ud800&amp;';
    const hostile = drawChart({
      title,
      subtitle: title,
      description: "'<'",
      panels: [{ ...PANEL, groups: ["<b>"] }],
    });
    for (const raw of ["<script", "<b>", "\u0000", "&amp;"]) {
      expect(hostile).not.toContain(raw);
    }
    expect(hostile.isWellFormed()).toBe(true);
    expect(hostile).toContain("&#60;/title&#62;");
  });

  const VALUES: readonly (readonly number[])[] = [[], [0, 0], [1e-9, 1e9], [1e300, 5], [0.3, 99]];

  test.each(VALUES.map((values) => [values] as const))("draws values such as %p", (values) => {
    const panel = { ...PANEL, series: [{ name: "a", values }] };
    const drawn = drawChart({ title: "", subtitle: "", description: "", panels: [panel] });
    expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
    expect(drawn.match(/<path /g)?.length ?? 0).toBeLessThanOrEqual(7);
  });
});
