// Asking and timing: clients that each ask one text after another, for a while, and what their answers took.

/** Has one text answered; `at` is its place among the texts. Rejects when it cannot be. */
export type Ask = (at: number) => Promise<void>;

export type Asking = {
  /** How many texts there are; they are taken in turn, again and again. */
  readonly texts: number;
  readonly concurrency: number;
  readonly durationMs: number;
  /** Answers there are in any case, however long they take; as many as clients when absent. */
  readonly answersMin?: number;
};

export type Asked = {
  /** From the first question to the last answer. */
  readonly elapsedMs: number;
  /** Of each answer, in the order they came. */
  readonly latenciesMs: readonly number[];
  /** Which texts were answered, in the same order. */
  readonly answered: readonly number[];
};

export async function askAll(ask: Ask, options: Asking): Promise<Asked> {
  const { texts, concurrency, durationMs, answersMin = concurrency } = options;
  const latenciesMs: number[] = [];
  const answered: number[] = [];
  const startedMs = performance.now();
  let next = 0;
  const client = async () => {
    while (next < answersMin || performance.now() - startedMs < durationMs) {
      const at = next % texts;
      next += 1;
      const askedMs = performance.now();
      await ask(at);
      latenciesMs.push(performance.now() - askedMs);
      answered.push(at);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return { elapsedMs: performance.now() - startedMs, latenciesMs, answered };
}

/** The value that this share of all values does not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** Four digits, as more would be noise. */
export function figure(value: number): number {
  return Number(value.toPrecision(4));
}
