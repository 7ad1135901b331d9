// Pieces of sentence-transformers directories, and what their modules compute, written out.
import { join } from "node:path";
import { writeSafetensors } from "./safetensors-file.ts";

/** modules.json of these types; a type without a package is one of sentence_transformers.models. */
export function modulesOf(...types: readonly string[]) {
  return types.map((type, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? "" : `${idx}_${type.slice(type.lastIndexOf(".") + 1)}`,
    type: type.includes(".") ? type : `sentence_transformers.models.${type}`,
  }));
}

export type DenseWeights = {
  readonly inWidth: number;
  readonly outWidth: number;
  /** [outWidth, inWidth] */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
};

/** Numbers that look random and are the same every time. */
export function denseWeights(inWidth: number, outWidth: number, seed: number): DenseWeights {
  const numbers = (count: number, start: number) =>
    Float32Array.from({ length: count }, (_, index) => Math.sin(start + index * 1.7) / 2);
  return {
    ...{ inWidth, outWidth },
    weight: numbers(inWidth * outWidth, seed),
    bias: numbers(outWidth, seed + 0.5),
  };
}

/** Writes model.safetensors of a Dense module to its folder. */
export function writeDense(dir: string, path: string, dense: DenseWeights): void {
  writeSafetensors(join(dir, path, "model.safetensors"), {
    "linear.weight": { shape: [dense.outWidth, dense.inWidth], data: dense.weight },
    "linear.bias": { shape: [dense.outWidth], data: dense.bias },
  });
}

/** config.json of a Dense module. */
export function denseConfig({ inWidth, outWidth }: DenseWeights, activation = "activation.Tanh") {
  return {
    in_features: inWidth,
    out_features: outWidth,
    bias: true,
    activation_function: `torch.nn.modules.${activation}`,
  };
}

/** weight * vector + bias, before the activation. */
export function linear(vector: readonly number[], dense: DenseWeights): number[] {
  return Array.from({ length: dense.outWidth }, (_, row) =>
    vector.reduce(
      (sum, value, column) => sum + value * (dense.weight[row * dense.inWidth + column] ?? 0),
      dense.bias[row] ?? 0,
    ),
  );
}

export function unitLength(vector: readonly number[]): number[] {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

/** Mean of the rows. */
export function meanOf(rows: readonly (readonly number[])[]): number[] {
  const [first = []] = rows;
  return first.map((_, at) => rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length);
}

export function largestDifference(found: ArrayLike<number>, expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Math.max(...expected.map((value, at) => Math.abs(value - (found[at] ?? Number.NaN))));
}
