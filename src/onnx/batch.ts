// Pads token sequences into the rectangular arrays a graph takes.

import { assert } from "../error/index.ts";
import { InputRole, type Model } from "../gen/manifest_pb.ts";
import type { BatchMask } from "../tensor/index.ts";

/** Ids and segments of one input, special tokens included. */
export type TokenSequence = { readonly ids: Int32Array; readonly typeIds: Int32Array };

export type PaddedBatch = {
  readonly mask: BatchMask;
  /** What an input of that role holds, [batch, sequence] row-major. */
  readonly values: (role: InputRole) => Int32Array;
};

/**
 * Pads to the longest sequence, and at least to `lengthMin` tokens, or to the fixed length of the model; on the left
 * where the model asks for it.
 */
export function padBatch(
  sequences: readonly TokenSequence[],
  model: Model,
  lengthMin = 1,
): PaddedBatch {
  const batch = sequences.length;
  const longest = sequences.reduce((length, { ids }) => Math.max(length, ids.length), lengthMin);
  const sequence = model.tokenizer?.fixedLength || longest;
  assert(longest <= sequence, "sequences fit the fixed length of the model");
  const padLeft = model.tokenizer?.padLeft ?? false;
  const mask: BatchMask = { data: new Uint8Array(batch * sequence), batch, sequence };
  const starts = sequences.map(({ ids }, row) => {
    const start = row * sequence + (padLeft ? sequence - ids.length : 0);
    mask.data.fill(1, start, start + ids.length);
    return start;
  });
  const place = (padding: number, numbers: (item: TokenSequence) => Int32Array): Int32Array => {
    const values = new Int32Array(batch * sequence).fill(padding);
    sequences.forEach((item, row) => {
      values.set(numbers(item), starts[row]);
    });
    return values;
  };
  return { mask, values: (role) => valuesOf(role, mask, place, model.tokenizer?.padId ?? 0) };
}

function valuesOf(
  role: InputRole,
  mask: BatchMask,
  place: (padding: number, numbers: (item: TokenSequence) => Int32Array) => Int32Array,
  padId: number,
): Int32Array {
  switch (role) {
    case InputRole.INPUT_IDS:
      return place(padId, (item) => item.ids);
    case InputRole.TOKEN_TYPE_IDS:
      return place(0, (item) => item.typeIds);
    case InputRole.ATTENTION_MASK:
      return Int32Array.from(mask.data);
    case InputRole.POSITION_IDS:
      // Real tokens count from 0 wherever padding stands; padded positions stay 0.
      return place(0, (item) => Int32Array.from(item.ids, (_, index) => index));
    default:
      assert(false, `an input has a role: ${role}`);
  }
}
