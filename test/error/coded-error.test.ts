// The one error class: code, kind, detail, cause.
import { describe, expect, test } from "bun:test";
import { CodedError, ERROR_KIND, isCodedError } from "../../src/error/index.ts";

describe("CodedError", () => {
  test("takes its kind from the table", () => {
    for (const [code, kind] of Object.entries(ERROR_KIND)) {
      const error = new CodedError(code as keyof typeof ERROR_KIND, "Cannot do it");
      expect(error.kind).toBe(kind);
    }
  });

  test("carries detail and cause when they are given", () => {
    const cause = new Error("inner");
    const error = new CodedError("IO_READ_FAILED", "Cannot", { detail: { found: 1 }, cause });
    expect(error).toMatchObject({
      name: "CodedError",
      code: "IO_READ_FAILED",
      detail: { found: 1 },
    });
    expect(error.cause).toBe(cause);
    const bare = new CodedError("INTERNAL", "Cannot");
    expect(bare.detail).toEqual({});
    expect("cause" in bare).toBe(false);
  });

  test("from() keeps coded errors and makes INTERNAL of anything else", () => {
    const error = new CodedError("USAGE", "Cannot");
    expect(CodedError.from(error)).toBe(error);
    const made = CodedError.from(new TypeError("x is not a function"));
    expect(made).toMatchObject({
      code: "INTERNAL",
      message: "Unexpected failure: x is not a function",
    });
    expect(CodedError.from("text").message).toBe("Unexpected failure: text");
  });
});

describe("isCodedError()", () => {
  test("asks for the class and, when codes are given, for one of them", () => {
    const error = new CodedError("IO_NOT_FOUND", "Cannot");
    expect(isCodedError(error)).toBe(true);
    expect(isCodedError(error, "IO_READ_FAILED", "IO_NOT_FOUND")).toBe(true);
    expect(isCodedError(error, "IO_READ_FAILED")).toBe(false);
    expect(isCodedError(new Error("x"))).toBe(false);
  });
});

test("ERROR_KIND has codes in capitals and known kinds only", () => {
  const kinds = [
    ...["invalid_input", "invalid_config", "invalid_file", "unsupported", "not_found"],
    ...["conflict", "environment", "overloaded", "timeout", "internal"],
  ];
  for (const [code, kind] of Object.entries(ERROR_KIND)) {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    expect(kinds).toContain(kind);
  }
});
