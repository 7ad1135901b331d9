// How workers hold the weights: the choice between memory, start and speed.

/**
 * How workers hold the weights. `low`: all multiply with those of the file: least memory, and slower. `fast`: each with
 * a copy in the order the processor likes, from the first answer on. `balanced`: with those of the file until a worker
 * has answered some batches, then with a copy: answers sooner, and takes memory only for work. Float32 answers then
 * change once, in their last bits, as numbers are summed in another order.
 */
export type MemoryMode = "low" | "balanced" | "fast";

/** The mode that is from the start what this one becomes once there is work. */
export function settledMemory(mode: MemoryMode): MemoryMode {
  return mode === "balanced" ? "fast" : mode;
}

/** What holds for a server: what must not depend on other texts must not depend on how many there were. */
export function memoryModeOf(options: {
  readonly memory?: MemoryMode;
  readonly deterministic?: boolean;
}): MemoryMode {
  const { memory = "fast", deterministic = false } = options;
  return deterministic ? settledMemory(memory) : memory;
}
