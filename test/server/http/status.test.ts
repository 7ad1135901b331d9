// Errors to HTTP: every kind in every dialect, and the codes HTTP has a status for.
import { describe, expect, test } from "bun:test";
import { CodedError, ERROR_KIND, type ErrorCode } from "../../../src/error/index.ts";
import {
  COHERE,
  errorReply,
  KSERVE,
  NATIVE,
  RANKING,
  TEI,
} from "../../../src/server/http/status.ts";

const error = (code: ErrorCode, detail = {}) => new CodedError(code, "Cannot do it", { detail });

describe("errorReply()", () => {
  // code, native status, TEI status, TEI error_type
  test.each<[ErrorCode, number, number, string]>([
    ["REQUEST_INVALID", 422, 422, "Validation"],
    ["REQUEST_EMPTY", 422, 400, "Empty"],
    ["ENGINE_INPUT_TOO_LONG", 422, 422, "Validation"],
    ["TOKENIZER_UNKNOWN_WORD", 422, 422, "Tokenizer"],
    ["TASK_MISMATCH", 422, 424, "Backend"],
    ["TASK_OUTPUT_UNEXPECTED", 500, 500, "Backend"],
    ["ENGINE_OVERLOADED", 429, 429, "Overloaded"],
    ["ENGINE_REQUEST_TOO_LARGE", 422, 422, "Validation"],
    ["ENGINE_CLOSED", 503, 503, "Unhealthy"],
    ["ENGINE_WORKER_FAILED", 503, 503, "Backend"],
    ["ENGINE_DEADLINE_EXCEEDED", 504, 504, "Overloaded"],
    ["SERVER_NOT_READY", 503, 503, "Unhealthy"],
    ["SERVER_BAD_HOST", 400, 400, "Validation"],
    ["SERVER_BAD_JSON", 400, 400, "Validation"],
    ["SERVER_ROUTE_NOT_FOUND", 404, 404, "Validation"],
    ["SERVER_METHOD_NOT_ALLOWED", 405, 405, "Validation"],
    ["SERVER_BODY_TIMEOUT", 408, 408, "Validation"],
    ["SERVER_BODY_TOO_LARGE", 413, 413, "Validation"],
    ["SERVER_UNSUPPORTED_MEDIA_TYPE", 415, 415, "Validation"],
    ["SERVER_CLIENT_GONE", 499, 499, "Validation"],
    ["SERVER_ADDRESS_IN_USE", 409, 409, "Backend"],
    ["IO_NOT_FOUND", 404, 404, "Validation"],
    ["IO_READ_FAILED", 500, 424, "Backend"],
    ["FORMAT_DAMAGED_ASSET", 500, 424, "Backend"],
    ["INTERNAL", 500, 424, "Backend"],
  ])("errorReply() makes %s %d natively, and %d %s in TEI", (code, native, tei, type) => {
    expect(errorReply(error(code), NATIVE).status).toBe(native);
    const reply = errorReply(error(code), TEI);
    expect(reply.status).toBe(tei);
    expect(reply.body).toMatchObject({ error_type: type });
  });

  test("errorReply() gives no kind of error a status below 400", () => {
    for (const code of Object.keys(ERROR_KIND) as ErrorCode[]) {
      for (const dialect of [NATIVE, TEI, COHERE, RANKING, KSERVE]) {
        expect(errorReply(error(code), dialect).status).toBeWithin(400, 600);
      }
    }
  });

  test.each<[ErrorCode]>([
    ["INTERNAL"],
    ["IO_READ_FAILED"],
    ["ONNX_LOAD_FAILED"],
    ["FORMAT_DAMAGED_ASSET"],
  ])("errorReply() keeps message and detail of %s from the client", (code) => {
    const secret = new CodedError(code, "Cannot read /srv/model", { detail: { path: "/srv" } });
    for (const dialect of [NATIVE, TEI, COHERE, RANKING, KSERVE]) {
      expect(JSON.stringify(errorReply(secret, dialect).body)).not.toContain("/srv");
    }
  });

  test.each<[ErrorCode, number]>([
    ["REQUEST_INVALID", 400],
    ["REQUEST_EMPTY", 400],
    ["TASK_MISMATCH", 400],
    ["SERVER_MODEL_NOT_FOUND", 404],
    ["ENGINE_OVERLOADED", 429],
    ["ENGINE_CLOSED", 503],
    ["INTERNAL", 500],
  ])("errorReply() gives %s status %d where only a message is read", (code, status) => {
    const message = code === "INTERNAL" ? expect.stringContaining("log") : "Cannot do it";
    for (const [dialect, body] of [
      [COHERE, { message }],
      [RANKING, { message, detail: message }],
      [KSERVE, { error: message }],
    ] as const) {
      expect(errorReply(error(code), dialect)).toMatchObject({ status, body });
    }
  });

  test("errorReply() gives the detail of what the client can mend", () => {
    const reply = errorReply(error("REQUEST_INVALID", { path: "inputs[1]" }), NATIVE);
    expect(reply.body).toEqual({
      error: { code: "REQUEST_INVALID", message: "Cannot do it", detail: { path: "inputs[1]" } },
    });
  });
});
