// Shapes of the numbers that pass between the graph, the tasks and the transports. Row-major
// float32 throughout.

/** A graph output of a batch: [B, W] or [B, S, W]. */
export type OutputTensor = { readonly data: Float32Array; readonly shape: readonly number[] };

/** Attention mask (1 = real token) of a padded batch, [batch, sequence]. */
export type BatchMask = {
  readonly data: Uint8Array;
  readonly batch: number;
  readonly sequence: number;
  /** How many of the first real tokens of each input are left out of pooling; none when absent. */
  readonly skipped?: Int32Array;
};

/** `rows` x `columns` numbers; owned by whoever receives them. */
export type Matrix = {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
};
