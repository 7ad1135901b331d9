// Which target a machine is.
import { expect, test } from "bun:test";
import { isCodedError } from "../../src/error/index.ts";
import { hostTarget, TARGETS } from "../../src/target/index.ts";

test("hostTarget() is this machine", () => {
  expect(hostTarget().name).toBe(`${process.platform}-${process.arch}`);
});

test("hostTarget() maps a Mac with Apple silicon", () => {
  expect(hostTarget({ platform: "darwin", arch: "arm64" }).name).toBe("darwin-arm64");
});

test("hostTarget() knows Windows by its name in Node", () => {
  expect(hostTarget({ platform: "win32", arch: "x64" }).name).toBe("windows-x64");
});

test("hostTarget() throws TARGET_UNSUPPORTED_HOST elsewhere", () => {
  try {
    hostTarget({ platform: "freebsd", arch: "x64" });
    expect.unreachable();
  } catch (error) {
    expect(isCodedError(error, "TARGET_UNSUPPORTED_HOST")).toBe(true);
    expect((error as Error).message).toBe(
      'Cannot choose a target for this machine as it is "freebsd-x64": ' +
        `name one of ${TARGETS.map(({ name }) => name).join(", ")} with --target`,
    );
  }
});
