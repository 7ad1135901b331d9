// Long work on the thread that answers everybody, done in slices with the others in between.
import type { Steps } from "../../contract/index.ts";
import { SLICE_MS } from "./limit.ts";

/**
 * The result of the steps. `check` is asked between slices and ends the work by throwing; who goes through the steps
 * of anything must not count on the others having stood still.
 */
export async function inSlices<T>(steps: Steps<T>, check: () => void = () => {}): Promise<T> {
  let sliceStartMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - sliceStartMs < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    check();
    sliceStartMs = performance.now();
  }
}
