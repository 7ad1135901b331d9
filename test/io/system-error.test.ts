// Every refusal of the operating system becomes a code, a reason and a remedy.
import { describe, expect, test } from "bun:test";
import { CodedError } from "../../src/error/index.ts";
import { systemError } from "../../src/io/index.ts";

const refusal = (code: string): Error => Object.assign(new Error(`${code}: refused`), { code });

describe("systemError()", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["ENOENT", "IO_NOT_FOUND", "check the path"],
    ["ENOTDIR", "IO_NOT_FOUND", "check the path"],
    ["EACCES", "IO_PERMISSION_DENIED", "check the owner and mode"],
    ["EPERM", "IO_PERMISSION_DENIED", "check the owner and attributes"],
    ["EROFS", "IO_PERMISSION_DENIED", "choose a path on a writable one"],
    ["ENOSPC", "IO_NO_SPACE", "free some space"],
    ["EDQUOT", "IO_NO_SPACE", "free some space"],
    ["EFBIG", "IO_NO_SPACE", "ulimit -f"],
    ["EISDIR", "IO_NOT_A_FILE", "name a file"],
    ["EEXIST", "IO_ALREADY_EXISTS", "--force"],
    ["ENOTEMPTY", "IO_ALREADY_EXISTS", "choose another folder"],
    ["EMFILE", "IO_WRITE_FAILED", "ulimit -n"],
    ["EIO", "IO_WRITE_FAILED", "check the disk"],
    ["ENAMETOOLONG", "IO_WRITE_FAILED", "choose a shorter one"],
    ["ELOOP", "IO_WRITE_FAILED", "check the links"],
    ["EWHATEVER", "IO_WRITE_FAILED", "check the disk and try again"],
  ];
  for (const [errno, code, remedy] of cases) {
    test(`makes ${code} of ${errno}, with the attempt, the name of the error and a remedy`, () => {
      const error = systemError(refusal(errno), 'Cannot write "x"', "IO_WRITE_FAILED");
      expect(error.code as string).toBe(code);
      expect(error.message).toStartWith('Cannot write "x" as ');
      expect(error.message).toContain(`(${errno}): `);
      expect(error.message).toContain(remedy);
      expect(error.detail).toEqual({ errno });
    });
  }

  test("keeps coded errors as they are", () => {
    const error = new CodedError("IO_CHANGED", "Cannot");
    expect(systemError(error, "Cannot read", "IO_READ_FAILED")).toBe(error);
  });

  test("keeps what is no system error as the cause", () => {
    for (const thrown of [
      "text",
      new Error("no code"),
      Object.assign(new Error("x"), { code: 7 }),
    ]) {
      const error = systemError(thrown, "Cannot read", "IO_READ_FAILED");
      expect(error).toMatchObject({ code: "IO_READ_FAILED", cause: thrown });
      expect(error.message).toContain("(unknown)");
    }
  });
});
