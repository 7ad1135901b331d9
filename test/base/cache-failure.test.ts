// What is said when the cache of bases cannot be written.
import { describe, expect, test } from "bun:test";
import { cacheFailure } from "../../src/base/cache-failure.ts";
import { CodedError } from "../../src/error/index.ts";

describe("cacheFailure()", () => {
  test.each(["IO_NO_SPACE", "IO_PERMISSION_DENIED", "IO_WRITE_FAILED"] as const)(
    "cacheFailure() names the folder and --cache-dir for %s",
    (code) => {
      const cause = new CodedError(code, 'Cannot write "x": free some space', { detail: { a: 1 } });
      const failure = CodedError.from(cacheFailure(cause, "/c"));
      expect([failure.code, failure.detail]).toEqual([code, { a: 1 }]);
      expect(failure.message).toBe(
        'Cannot write "x": free some space; bases are kept in "/c": name another folder with --cache-dir',
      );
    },
  );

  test("cacheFailure() leaves others as they are", () => {
    const other = new CodedError("BASE_OFFLINE", "Cannot");
    expect(cacheFailure(other, "/c")).toBe(other);
  });
});
