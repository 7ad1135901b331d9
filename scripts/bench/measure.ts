// Runs two ways of doing one thing in turn and compares them run by run: the machine's speed drifts, ratios do not.

/** One run of one way: figures by name, such as {"ms": 81.5}. */
export type Figures = Readonly<Record<string, number>>;
export type Way = { readonly name: string; readonly run: () => Promise<Figures> };

export type Comparison = {
  readonly question: string;
  readonly rounds: number;
  readonly ours: { readonly name: string; readonly median: Figures };
  readonly baseline: { readonly name: string; readonly median: Figures };
  /** Median over the rounds of ours / baseline, for each figure both have. */
  readonly ratio: Figures;
  /** The bound each ratio is meant to stay below. */
  readonly goal: Figures;
};

export type CompareOptions = {
  readonly question: string;
  readonly ours: Way;
  readonly baseline: Way;
  readonly rounds: number;
  /** Rounds before those that count; one when absent, which warms the page cache. */
  readonly warmUps?: number;
  readonly goal: Figures;
};

export async function compare(options: CompareOptions): Promise<Comparison> {
  const { question, ours, baseline, rounds, warmUps = 1, goal } = options;
  const left: Figures[] = [];
  const right: Figures[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    const figures = [await ours.run(), await baseline.run()] as const;
    if (round < warmUps) continue;
    left.push(figures[0]);
    right.push(figures[1]);
  }
  const names = Object.keys(left[0] ?? {}).filter((name) => right[0]?.[name] !== undefined);
  const ratio = names.map((name) => [
    name,
    round(median(left.map((figures, index) => (figures[name] ?? 0) / (right[index]?.[name] ?? 1)))),
  ]);
  return {
    question,
    rounds,
    ours: { name: ours.name, median: medians(left) },
    baseline: { name: baseline.name, median: medians(right) },
    ratio: Object.fromEntries(ratio),
    goal,
  };
}

export function printComparison(comparison: Comparison): void {
  const { question, rounds, ours, baseline, ratio, goal } = comparison;
  console.log(`\n${question}  (medians of ${rounds} rounds)`);
  const width = Math.max(ours.name.length, baseline.name.length);
  for (const { name, median } of [ours, baseline]) {
    console.log(`  ${name.padEnd(width)}  ${figuresText(median)}`);
  }
  for (const [name, value] of Object.entries(ratio)) {
    const bound = goal[name];
    const verdict =
      bound === undefined ? "" : `, goal <= ${bound}: ${value <= bound ? "met" : "missed"}`;
    console.log(`  ratio ${name} ${value}${verdict}`);
  }
}

function figuresText(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function medians(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, round(median(runs.map((figures) => figures[name] ?? 0)))]),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
