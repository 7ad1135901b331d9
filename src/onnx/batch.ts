// Pads token sequences into the rectangular arrays a graph takes.

import { assert } from "../error/index.ts";
import { InputRole, type Model } from "../gen/manifest_pb.ts";
import type { BatchMask } from "../tensor/index.ts";

/** Ids and segments of one input, special tokens included. */
export type TokenSequence = {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
  /** How many of the first tokens pooling leaves out; none when absent. */
  readonly skipped?: number;
};

export type PaddedBatch = {
  readonly mask: BatchMask;
  /** What an input of that role holds, [batch, sequence] row-major. */
  readonly values: (role: InputRole) => Int32Array;
};

/**
 * Tokens per row of a batch whose longest sequence has `longest`: the fixed length of the model, or else the next
 * multiple it asks for, as far as its limit allows. Never less than `longest`.
 */
export function paddedLength(longest: number, { tokenizer }: Model): number {
  if (tokenizer === undefined) return longest;
  const { fixedLength, padMultiple, maxLength } = tokenizer;
  if (fixedLength > 0) {
    assert(longest <= fixedLength, "sequences fit the fixed length of the model");
    return fixedLength;
  }
  if (padMultiple <= 1) return longest;
  const rounded = Math.ceil(longest / padMultiple) * padMultiple;
  return Math.max(longest, Math.min(rounded, maxLength || rounded));
}

/** Pads to the length the model asks for, and at least to `lengthMin` tokens; on the left where the model asks for it. */
export function padBatch(
  sequences: readonly TokenSequence[],
  model: Model,
  lengthMin = 1,
): PaddedBatch {
  const batch = sequences.length;
  const longest = sequences.reduce((length, { ids }) => Math.max(length, ids.length), lengthMin);
  const sequence = paddedLength(longest, model);
  const padLeft = model.tokenizer?.padLeft ?? false;
  const data = new Uint8Array(batch * sequence);
  const starts = sequences.map(({ ids }, row) => {
    const start = row * sequence + (padLeft ? sequence - ids.length : 0);
    data.fill(1, start, start + ids.length);
    return start;
  });
  const skips = sequences.some(({ skipped = 0 }) => skipped > 0);
  const skipped = Int32Array.from(sequences, ({ skipped = 0 }) => skipped);
  const mask: BatchMask = { data, batch, sequence, ...(skips ? { skipped } : {}) };
  const place = (padding: number, numbers: (item: TokenSequence) => Int32Array): Int32Array => {
    const values = new Int32Array(batch * sequence).fill(padding);
    sequences.forEach((item, row) => {
      values.set(numbers(item), starts[row]);
    });
    return values;
  };
  return { mask, values: (role) => valuesOf(role, mask, place, model) };
}

function valuesOf(
  role: InputRole,
  mask: BatchMask,
  place: (padding: number, numbers: (item: TokenSequence) => Int32Array) => Int32Array,
  { tokenizer, firstPosition }: Model,
): Int32Array {
  switch (role) {
    case InputRole.INPUT_IDS:
      return place(tokenizer?.padId ?? 0, (item) => item.ids);
    case InputRole.TOKEN_TYPE_IDS:
      return place(0, (item) => item.typeIds);
    case InputRole.ATTENTION_MASK:
      return Int32Array.from(mask.data);
    case InputRole.POSITION_IDS:
      // Real tokens count from the first position wherever padding stands. Models whose first position is not 0 keep
      // the one before it for padding.
      return place(Math.max(0, firstPosition - 1), (item) =>
        Int32Array.from(item.ids, (_, index) => firstPosition + index),
      );
    case InputRole.ZEROS:
      return new Int32Array(mask.data.length);
    default:
      assert(false, `an input has a role: ${role}`);
  }
}
