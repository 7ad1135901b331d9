// Work in steps: what takes long because a request has much in it stops between its parts, so that who runs it on a
// thread that answers everybody can let others go on. Knows neither threads nor time.

/** Yields between parts of the work; what it returns is the result. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** What `map` makes of each item, with a stop after each. */
export function* mapSteps<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
): Steps<Result[]> {
  const results: Result[] = [];
  for (const [index, item] of items.entries()) {
    results.push(map(item, index));
    yield;
  }
  return results;
}

/** The result, without a stop: for who has nobody else to serve. */
export function finishSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
