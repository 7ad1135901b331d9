// What a call throws, as data: tests compare codes and messages, and fail when nothing coded was thrown.
import { CodedError } from "../../src/error/index.ts";

/** The coded error that `action` throws; anything else, or nothing, fails the test. */
export function thrownBy(action: () => unknown): CodedError {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown;
    throw thrown;
  }
  throw new Error("Nothing was thrown");
}

/** As `thrownBy`, of a promise. */
export async function rejectedBy(promise: Promise<unknown>): Promise<CodedError> {
  const outcome = await promise.then(
    () => new Error("Nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  return thrownBy(() => {
    throw outcome;
  });
}
