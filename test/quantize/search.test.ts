// Which layers are kept, with errors of layers that are known.
import { expect, test } from "bun:test";
import { rankLayers, searchKept } from "../../src/quantize/index.ts";

/** Layers with the error each of them causes; errors add up. */
function trialOf(errors: Readonly<Record<string, number>>, allowed: number) {
  const tried: string[] = [];
  const distanceOf = (keep: ReadonlySet<string>) =>
    Object.entries(errors).reduce((sum, [name, error]) => sum + (keep.has(name) ? 0 : error), 0);
  const measure = (keep: ReadonlySet<string>) => {
    tried.push([...keep].join("+"));
    return distanceOf(keep);
  };
  const passes = (distance: number) => distance <= allowed;
  return { layers: Object.keys(errors), distanceOf, measure, passes, tried };
}

const ERRORS = { a: 1, b: 50, c: 2, d: 30, e: 3, f: 4, g: 20 };

test.each([
  [110, [], 1],
  [60, ["b"], 2],
  [59, ["b", "d"], 3],
  [10, ["b", "d", "g"], 5],
  [9, ["b", "d", "g", "f"], 5],
  [0, ["b", "d", "g", "f", "e", "c", "a"], 7],
])("searchKept() keeps the fewest layers for an error of %p", (allowed, kept, trials) => {
  const trial = trialOf(ERRORS, allowed);
  const found = searchKept(trial);
  expect([...found.keep]).toEqual([...kept]);
  expect(found.measured).toBe(trial.distanceOf(found.keep));
  expect(trial.tried).toHaveLength(trials);
});

test("searchKept() gives the best it has where nothing passes", () => {
  const trial = { ...trialOf(ERRORS, 0), passes: () => false };
  expect([...searchKept(trial).keep]).toHaveLength(7);
});

test("rankLayers() tries layers of large models in groups of neighbours, those without a distance last", () => {
  const layers = Array.from({ length: 100 }, (_, index) => `layer ${index}`);
  let trials = 0;
  const ranked = rankLayers({
    layers,
    distanceOf: (keep) => {
      trials++;
      if (keep.has("layer 0")) return Number.NaN;
      return keep.has("layer 50") ? 0 : 1;
    },
  });
  expect(trials).toBe(34);
  expect(ranked[0]).toEqual(["layer 48", "layer 49", "layer 50"]);
  expect(ranked.at(-1)).toEqual(["layer 0", "layer 1", "layer 2"]);
  expect(ranked.flat().toSorted()).toEqual(layers.toSorted());
  expect(rankLayers({ layers: [], distanceOf: () => 0 })).toEqual([]);
});
