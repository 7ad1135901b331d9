// Whether a graph gives a text the same numbers, to the last bit, whatever stands beside it in a batch. Most encoders
// do; some operators sum in another order when there are more rows.
import type { Model } from "../gen/manifest_pb.ts";
import type { ScannedModel, Session, TokenSequence } from "../onnx/index.ts";
import type { BatchMask, OutputTensor } from "../tensor/index.ts";
import { findEmbeddingTable } from "./embedding-table.ts";

/** Around the widths of vector registers, where kernels treat the rest of a row in another way. */
const TAILS = [3, 7, 17, 33] as const;
/** As many texts as a busy server puts together. */
const MANY = Array.from({ length: 32 }, (_, index) => 2 * index + 1);
/** Some kernels take another way for long rows: neighbours whose padding makes one of a short text. */
const LONG = [
  [3, 129],
  [17, 256],
] as const;

/**
 * Batches by the lengths of their texts, the most telling first, with the multiplications they may take: the first two
 * keep the trial of an encoder of 6 layers and 384 columns near 100 ms, the last that of 24 layers and 1,024 columns
 * near a second. What hung on a clock would differ from build to build.
 */
const PROGRAMMES: readonly (readonly [batches: readonly (readonly number[])[], costMax: number])[] =
  [
    [[[3, 3], [17, 17], MANY, ...LONG], 4e9],
    [[[3, 3], TAILS], 4e9],
    [
      [
        [3, 3],
        [3, 17],
      ],
      4e10,
    ],
  ];

type Subject = {
  readonly session: Session;
  readonly model: Model;
  readonly scanned: ScannedModel;
  /** A text's tokens, of which sequences of any length are made, and the fewest that a text has. */
  readonly sample: TokenSequence;
  readonly lengthMin: number;
};

/**
 * Difference between the answers to texts alone and in a batch, of the first batch that shows one; 0 when all are the
 * same to the last bit.
 */
export function varianceOfBatches(subject: Subject): number {
  const alone = new Map<number, Float32Array>();
  for (const batch of chooseBatches(subject)) {
    const together = runRows(subject, batch);
    let worst = 0;
    for (const [place, length] of batch.entries()) {
      const expected = alone.get(length) ?? runRows(subject, [length])[0]!;
      alone.set(length, expected);
      worst = Math.max(worst, largestDifference(expected, together[place]!));
    }
    if (worst > 0) return worst;
  }
  return 0;
}

/** The sequence repeated to exactly `length` tokens, from its token `start` on. */
export function stretch({ ids, typeIds }: TokenSequence, length: number, start = 0): TokenSequence {
  const at = (numbers: Int32Array) =>
    Int32Array.from({ length }, (_, index) => numbers[(start + index) % numbers.length] ?? 0);
  return { ids: at(ids), typeIds: at(typeIds) };
}

/** Largest difference between numbers of two rows of equal length. */
export function largestDifference(left: Float32Array, right: Float32Array): number {
  let worst = 0;
  for (let index = 0; index < left.length; index++) {
    const difference = Math.abs(left[index]! - (right[index] ?? Number.NaN));
    if (difference > worst) worst = difference;
  }
  return worst;
}

function chooseBatches({ model, scanned, lengthMin }: Subject): readonly (readonly number[])[] {
  const { maxLength = 0, fixedLength = 0 } = model.tokenizer ?? {};
  const weights = weightCount(scanned, model);
  for (const [wanted, costMax] of PROGRAMMES) {
    const batches = wanted
      .map((batch) => batch.filter((length) => length >= lengthMin && length <= maxLength))
      .filter(({ length }) => length > 1);
    const runs = [...[...new Set(batches.flat())].map((length) => [length]), ...batches];
    const tokens = runs.map((run) => run.length * (fixedLength || Math.max(...run)));
    if (tokens.reduce((sum, count) => sum + count, 0) * weights <= costMax) return batches;
  }
  return [];
}

/** Numbers a token is multiplied with: all but the table it is looked up in. */
function weightCount(scanned: ScannedModel, model: Model): number {
  const tables = model.inputs.map(({ name }) => findEmbeddingTable(scanned, name)?.name);
  return scanned.initializers
    .filter(({ name, dims }) => dims.length > 1 && !tables.includes(name))
    .reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
}

/** What the graph says of texts of these lengths, padding left out. A length stands for the same text every time. */
function runRows({ session, model, sample }: Subject, lengths: readonly number[]) {
  const { output, mask } = session.run(
    lengths.map((length) => stretch(sample, length, length)),
    model,
  );
  return lengths.map((_, item) => rowsOf(output, mask, item));
}

function rowsOf({ data, shape }: OutputTensor, mask: BatchMask, item: number): Float32Array {
  const size = data.length / (shape[0] ?? 1);
  const own = data.subarray(item * size, (item + 1) * size);
  if (shape.length !== 3) return own;
  const width = shape[2] ?? 0;
  const real = mask.data.subarray(item * mask.sequence, (item + 1) * mask.sequence);
  const rows = real.reduce((sum, bit) => sum + bit, 0);
  // Real tokens stand together, behind the padding or before it.
  const first = real.indexOf(1);
  return own.subarray(first * width, (first + rows) * width);
}
