// How far the answers of a graph with rounded weights are from the original's, in the numbers its users care about.
import { assert } from "../error/index.ts";
import { argmax, cosine, type Matrix, sigmoid, softmax } from "../tensor/index.ts";

/**
 * What the rows of an answer are: vectors that are compared by their angle, logits of classes of which one holds,
 * logits of classes each of which may hold, or scores that put texts in an order.
 */
export type AnswerKind = "vector" | "class" | "labels" | "score";

/** Figures that mean nothing for a kind of answer are absent. */
export type Quality = {
  /** How many rows were compared: one per text, or one per token. */
  readonly rows: number;
  readonly meanCosine?: number;
  readonly minCosine?: number;
  /** Share of rows, or of single labels, that were decided alike. */
  readonly agreement?: number;
  /** Largest change of a probability. */
  readonly maxDrift?: number;
  /** Spearman's, over all texts; of several scores the lowest. */
  readonly rankCorrelation?: number;
  /** Mean squared difference of rows beside their own size: tells more finely than the others which is nearer. */
  readonly distance: number;
};

/** One matrix per text in each list. Numbers that are not finite make every figure NaN, which no gate lets through. */
export function compareQuality(
  kind: AnswerKind,
  original: readonly Matrix[],
  rounded: readonly Matrix[],
): Quality {
  assert(original.length === rounded.length, "both graphs answered the same texts");
  const pairs = original.flatMap((left, index) => rowPairs(left, rounded[index]!));
  const distance = mean(pairs.map(([left, right]) => relativeSquare(left, right)));
  const shared = { rows: pairs.length, distance };
  if (kind === "vector") return { ...shared, ...compareVectors(pairs) };
  if (kind === "score") return { ...shared, rankCorrelation: correlateScores(pairs) };
  return { ...shared, ...compareClasses(kind, pairs) };
}

export type QualityGate = {
  /** Least mean cosine of vectors. */
  readonly cosineMin: number;
  /** Least share of equal decisions, and least correlation of ranks. */
  readonly agreementMin: number;
};

/** Which figure keeps the answers from passing: in words with found and expected; undefined when none does. */
export function failedFigure(quality: Quality, gate: QualityGate): string | undefined {
  const figures = [
    ["mean cosine", quality.meanCosine, gate.cosineMin],
    ["agreement of labels", quality.agreement, gate.agreementMin],
    ["rank correlation", quality.rankCorrelation, gate.agreementMin],
  ] as const;
  const failed = figures.find(([, found, min]) => found !== undefined && !(found >= min));
  if (failed === undefined) return undefined;
  const [name, found = 0, min] = failed;
  return `${name} of at least ${min}: found ${printFigure(found, min)}`;
}

/** A figure in words, cut as `cutFigure` does. */
export function printFigure(figure: number, bound?: number): string {
  return Number.isFinite(figure) ? String(cutFigure(figure, bound)) : "none, as numbers overflow";
}

/** Digits behind the point that are kept of a figure: processors differ in those behind. */
const DIGITS_MIN = 4;
/** What float64 computes of float32 answers means nothing behind these. */
const DIGITS_MAX = 12;

/**
 * What is kept of a figure: four digits, or as many as tell it from a bound it was held to. Cut and not rounded, so
 * that 0.98996 is not 0.99, and what is below a bound is shown below it.
 */
export function cutFigure(figure: number, bound?: number): number {
  if (bound === undefined) return cutTo(figure, DIGITS_MIN);
  for (let digits = DIGITS_MIN; digits < DIGITS_MAX; digits++) {
    const cut = cutTo(figure, digits);
    // One that passes must be seen to pass, one that fails by how much.
    if (figure >= bound ? cut >= bound : bound - cut < 2 * (bound - figure)) return cut;
  }
  return cutTo(figure, DIGITS_MAX);
}

function cutTo(figure: number, digits: number): number {
  const unit = 10 ** digits;
  return Math.floor(figure * unit + 1e-6) / unit;
}

type RowPair = readonly [left: Float32Array, right: Float32Array];

function rowPairs(left: Matrix, right: Matrix): readonly RowPair[] {
  assert(
    left.rows === right.rows && left.columns === right.columns,
    "rounding changes no shape of an answer",
  );
  return Array.from({ length: left.rows }, (_, row) => {
    const [start, end] = [row * left.columns, (row + 1) * left.columns];
    return [left.data.subarray(start, end), right.data.subarray(start, end)] as const;
  });
}

function compareVectors(pairs: readonly RowPair[]): Partial<Quality> {
  const cosines = pairs.map(([left, right]) =>
    isZero(left) && isZero(right) ? 1 : cosine(left, right),
  );
  return { meanCosine: mean(cosines), minCosine: smallest(cosines) };
}

function isZero(row: Float32Array): boolean {
  return row.every((number) => number === 0);
}

function compareClasses(kind: "class" | "labels", pairs: readonly RowPair[]): Partial<Quality> {
  const probabilities = kind === "class" ? softmax : sigmoid;
  let equal = 0;
  let decisions = 0;
  let maxDrift = 0;
  for (const [left, right] of pairs) {
    const [before, after] = [probabilities(left), probabilities(right)];
    maxDrift = Math.max(maxDrift, ...before.map((value, index) => Math.abs(value - after[index]!)));
    if (kind === "class") {
      decisions++;
      if (argmax(left) === argmax(right)) equal++;
    } else {
      decisions += left.length;
      for (const [index, logit] of left.entries()) if (logit > 0 === right[index]! > 0) equal++;
    }
  }
  const agreement = Number.isFinite(maxDrift) ? equal / Math.max(1, decisions) : Number.NaN;
  return { agreement, maxDrift };
}

function correlateScores(pairs: readonly RowPair[]): number {
  const columns = pairs[0]?.[0].length ?? 0;
  const correlations = Array.from({ length: columns }, (_, column) =>
    spearman(
      pairs.map(([left]) => left[column]!),
      pairs.map(([, right]) => right[column]!),
    ),
  );
  return smallest(correlations);
}

/** Correlation of ranks; equal numbers share the mean of theirs. */
function spearman(left: readonly number[], right: readonly number[]): number {
  if (![...left, ...right].every(Number.isFinite)) return Number.NaN;
  const [before, after] = [ranks(left), ranks(right)];
  const middle = (left.length - 1) / 2;
  let covariance = 0;
  let beforeSquare = 0;
  let afterSquare = 0;
  for (const [index, rank] of before.entries()) {
    const [x, y] = [rank - middle, after[index]! - middle];
    covariance += x * y;
    beforeSquare += x * x;
    afterSquare += y * y;
  }
  // Scores that are all alike have no order to lose.
  if (beforeSquare === 0) return 1;
  return afterSquare === 0 ? 0 : covariance / Math.sqrt(beforeSquare * afterSquare);
}

function ranks(numbers: readonly number[]): readonly number[] {
  const order = numbers.map((_, index) => index).sort((a, b) => numbers[a]! - numbers[b]!);
  const result = new Array<number>(numbers.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && numbers[order[end]!] === numbers[order[start]!]) end++;
    for (let place = start; place < end; place++) result[order[place]!] = (start + end - 1) / 2;
    start = end;
  }
  return result;
}

function relativeSquare(left: Float32Array, right: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (const [index, value] of left.entries()) {
    difference += (value - right[index]!) ** 2;
    size += value ** 2;
  }
  return difference === 0 ? 0 : difference / Math.max(size, Number.MIN_VALUE);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}

function smallest(numbers: readonly number[]): number {
  return numbers.reduce((least, number) => Math.min(least, number), 1);
}
