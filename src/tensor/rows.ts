// Cuts the output of a batch into what belongs to each of its inputs. Copies, so that nothing keeps
// a batch alive.
import { assert } from "../error/index.ts";
import type { BatchMask, Matrix, OutputTensor } from "./tensor.ts";

/** One row per input of a [B, W] output. */
export function inputRows(output: OutputTensor): readonly Matrix[] {
  const [batch, width] = output.shape;
  assert(output.shape.length === 2 && batch !== undefined && width !== undefined, "rank 2");
  assert(output.data.length === batch * width, "data fills the shape");
  return Array.from({ length: batch }, (_, item) => ({
    data: output.data.slice(item * width, (item + 1) * width),
    rows: 1,
    columns: width,
  }));
}

/** The rows of real tokens per input of a [B, S, W] output; padding on either side is dropped. */
export function tokenRows(output: OutputTensor, mask: BatchMask): readonly Matrix[] {
  const { batch, sequence, width } = tokenShape(output, mask);
  const matrices: Matrix[] = [];
  for (let item = 0; item < batch; item++) {
    const positions = realPositions(mask, item);
    const data = new Float32Array(positions.length * width);
    positions.forEach((position, row) => {
      const start = (item * sequence + position) * width;
      data.set(output.data.subarray(start, start + width), row * width);
    });
    matrices.push({ data, rows: positions.length, columns: width });
  }
  return matrices;
}

/** Dimensions of a [B, S, W] output, asserted to agree with its mask. */
export function tokenShape(output: OutputTensor, mask: BatchMask) {
  const [batch, sequence, width] = output.shape;
  assert(output.shape.length === 3, "rank 3");
  assert(batch === mask.batch && sequence === mask.sequence, "output and mask have one shape");
  assert(width !== undefined && output.data.length === batch * sequence * width, "data fills it");
  return { batch, sequence, width };
}

/** Positions of the real tokens of one input, ascending. */
export function realPositions(mask: BatchMask, item: number): readonly number[] {
  const positions: number[] = [];
  for (let position = 0; position < mask.sequence; position++) {
    if (mask.data[item * mask.sequence + position] === 1) positions.push(position);
  }
  return positions;
}
