// Which layers to keep in float32 so that the answers stay near the original's. Runs no graph itself.

/**
 * Trials of single layers; a model with more layers is tried in groups of neighbours. Each takes a graph to be written
 * and loaded: of a large model about a second. What hung on a clock would differ from build to build.
 */
const TRIALS_MAX = 48;

export type LayerTrial<Q> = {
  /** The layers that are rounded, in the order of the graph. */
  readonly layers: readonly string[];
  /** Distance from the original's answers with these layers kept, over a few texts. */
  readonly distanceOf: (keep: ReadonlySet<string>) => number;
  /** The full figures with these layers kept, and whether they are good enough. */
  readonly measure: (keep: ReadonlySet<string>) => Q;
  readonly passes: (measured: Q) => boolean;
};

export type FoundLayers<Q> = { readonly keep: ReadonlySet<string>; readonly measured: Q };

/** The fewest layers, of those that change the answers most, whose keeping makes them good enough. */
export function searchKept<Q>(trial: LayerTrial<Q>): FoundLayers<Q> {
  const none = { keep: new Set<string>(), measured: trial.measure(new Set()) };
  if (trial.passes(none.measured)) return none;
  const ranked = rankLayers(trial);
  const measured = new Map<number, FoundLayers<Q>>();
  const attempt = (count: number): boolean => {
    const keep = new Set(ranked.slice(0, count).flat());
    const found = { keep, measured: trial.measure(keep) };
    measured.set(count, found);
    return trial.passes(found.measured);
  };
  // Doubling finds a number that passes, halving the least: what few layers cure is found after few trials.
  let failed = 0;
  let passed = 1;
  while (passed < ranked.length && !attempt(passed)) {
    failed = passed;
    passed = Math.min(ranked.length, 2 * passed);
  }
  while (passed - failed > 1) {
    const middle = Math.floor((failed + passed) / 2);
    if (attempt(middle)) passed = middle;
    else failed = middle;
  }
  if (!measured.has(passed)) attempt(passed);
  return measured.get(passed) ?? none;
}

/** Layers in groups, those first whose keeping brings the answers nearest to the original's. */
export function rankLayers({
  layers,
  distanceOf,
}: Pick<LayerTrial<unknown>, "layers" | "distanceOf">): readonly (readonly string[])[] {
  const size = Math.ceil(layers.length / TRIALS_MAX);
  const count = size === 0 ? 0 : Math.ceil(layers.length / size);
  const groups: (readonly string[])[] = Array.from({ length: count }, (_, index) =>
    layers.slice(index * size, (index + 1) * size),
  );
  const distances = new Map(groups.map((group) => [group, distanceOf(new Set(group))]));
  // A distance that is no number is the farthest.
  const far = (group: readonly string[]) => {
    const distance = distances.get(group) ?? Number.NaN;
    return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
  };
  return groups.toSorted((left, right) =>
    far(left) < far(right) ? -1 : far(left) > far(right) ? 1 : 0,
  );
}
