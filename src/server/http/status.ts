// Errors to HTTP: one table of kinds per dialect, and the few codes HTTP itself has a status for.
import type { CodedError, ErrorCode, ErrorKind } from "../../error/index.ts";
import { RETRY_AFTER_MAX_S, RETRY_AFTER_S } from "./limit.ts";
import type { Reply } from "./reply.ts";

/** A family of clients that expect errors in one shape. */
export type Dialect = {
  readonly name: string;
  readonly status: Readonly<Record<ErrorKind, number>>;
  /** Codes this family has a status of its own for. */
  readonly statusOfCode?: Partial<Record<ErrorCode, number>>;
  readonly body: (error: CodedError, message: string) => unknown;
};

/** Statuses that follow from the protocol, whatever the dialect. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  SERVER_BAD_HOST: 400,
  SERVER_BAD_JSON: 400,
  SERVER_BAD_HEADER: 400,
  SERVER_UNAUTHORIZED: 401,
  SERVER_FOREIGN_PAGE: 403,
  SERVER_ROUTE_NOT_FOUND: 404,
  SERVER_METHOD_NOT_ALLOWED: 405,
  SERVER_BODY_TIMEOUT: 408,
  SERVER_BODY_TOO_LARGE: 413,
  REQUEST_ANSWER_TOO_LARGE: 413,
  SERVER_UNSUPPORTED_MEDIA_TYPE: 415,
  // Never seen by a client, as the connection has ended: keeps such requests apart in logs.
  SERVER_CLIENT_GONE: 499,
  SERVER_CUT_OFF: 499,
  SERVER_NOT_READY: 503,
  ENGINE_CLOSED: 503,
  // Another worker takes its place.
  ENGINE_WORKER_FAILED: 503,
  // Well formed, but not the client's doing.
  TASK_OUTPUT_UNEXPECTED: 500,
};

/** Errors whose message speaks of this machine or of a defect: the log has it, the client has not. */
const PRIVATE_KINDS: ReadonlySet<ErrorKind> = new Set([
  "internal",
  "environment",
  "invalid_config",
  "invalid_file",
]);
const PRIVATE_MESSAGE = "Cannot answer because of a fault of the server: its log says more";

/** The dialect of the encoderfile routes: as published encoderfiles, 422 for what does not fit. */
export const NATIVE: Dialect = {
  name: "native",
  status: {
    invalid_input: 422,
    unsupported: 422,
    not_found: 404,
    conflict: 409,
    overloaded: 429,
    timeout: 504,
    invalid_config: 500,
    invalid_file: 500,
    environment: 500,
    internal: 500,
  } satisfies Record<ErrorKind, number>,
  body: (error, message) => ({
    error: {
      code: error.code,
      message,
      ...(isPrivate(error) || Object.keys(error.detail).length === 0
        ? {}
        : { detail: error.detail }),
    },
  }),
};

/** The dialect of Text Embeddings Inference, whose clients look at `error_type`. */
export const TEI: Dialect = {
  name: "tei",
  status: {
    invalid_input: 422,
    unsupported: 424,
    not_found: 404,
    conflict: 409,
    overloaded: 429,
    timeout: 504,
    invalid_config: 424,
    invalid_file: 424,
    environment: 424,
    internal: 424,
  } satisfies Record<ErrorKind, number>,
  // An empty list has a status of its own here; to the native dialect it is like any other fault.
  statusOfCode: { REQUEST_EMPTY: 400 },
  body: (error, message) => ({ error: message, error_type: teiErrorType(error) }),
};

const TEI_ERROR_TYPE = {
  invalid_input: "Validation",
  unsupported: "Backend",
  not_found: "Validation",
  conflict: "Backend",
  overloaded: "Overloaded",
  timeout: "Overloaded",
  invalid_config: "Backend",
  invalid_file: "Backend",
  environment: "Backend",
  internal: "Backend",
} as const satisfies Record<ErrorKind, string>;

function teiErrorType(error: CodedError): string {
  if (error.code === "SERVER_NOT_READY" || error.code === "ENGINE_CLOSED") return "Unhealthy";
  if (error.code === "REQUEST_EMPTY") return "Empty";
  // It was the client who took too long.
  if (error.code === "SERVER_BODY_TIMEOUT") return "Validation";
  if (error.code.startsWith("TOKENIZER_")) return "Tokenizer";
  return TEI_ERROR_TYPE[error.kind];
}

/** Cohere and KServe know no status of their own for what does not fit: it is a bad request. */
const BAD_REQUEST_STATUS = {
  invalid_input: 400,
  unsupported: 400,
  not_found: 404,
  conflict: 409,
  overloaded: 429,
  timeout: 504,
  invalid_config: 500,
  invalid_file: 500,
  environment: 500,
  internal: 500,
} as const satisfies Record<ErrorKind, number>;

/** The dialect of Cohere's version 2. */
export const COHERE: Dialect = {
  name: "cohere",
  status: BAD_REQUEST_STATUS,
  body: (_, message) => ({ message }),
};

/** Cohere's version 1 and Jina's at once: clients of both look for their own field. */
export const RANKING: Dialect = {
  name: "ranking",
  status: BAD_REQUEST_STATUS,
  body: (_, message) => ({ message, detail: message }),
};

/** The dialect of the Open Inference Protocol. */
export const KSERVE: Dialect = {
  name: "kserve",
  status: BAD_REQUEST_STATUS,
  body: (_, message) => ({ error: message }),
};

/**
 * The dialect of OpenAI, whose SDKs make a class of error of each status, try 408, 409, 429 and all from 500
 * on again, and show all four fields.
 */
export const OPENAI: Dialect = {
  name: "openai",
  status: BAD_REQUEST_STATUS,
  body: (error, message) => ({
    error: {
      message,
      type: openaiErrorType(error),
      param: openaiParam(error),
      code: OPENAI_CODE[error.code] ?? null,
    },
  }),
};

/** The codes clients compare with. */
const OPENAI_CODE: Partial<Record<ErrorCode, string>> = {
  SERVER_UNAUTHORIZED: "invalid_api_key",
  SERVER_MODEL_NOT_FOUND: "model_not_found",
  ENGINE_OVERLOADED: "rate_limit_exceeded",
  SERVER_BUSY: "rate_limit_exceeded",
  ENGINE_INPUT_TOO_LONG: "context_length_exceeded",
};

function openaiErrorType(error: CodedError): string {
  if (error.code === "SERVER_NOT_READY" || error.code === "ENGINE_CLOSED") return "server_error";
  if (error.kind === "overloaded") return "rate_limit_error";
  return BAD_REQUEST_STATUS[error.kind] < 500 ? "invalid_request_error" : "server_error";
}

function openaiParam({ detail }: CodedError): string | null {
  const { path } = detail;
  return typeof path === "string" && path !== "" ? path : null;
}

/** The dialect of Ollama. */
export const OLLAMA: Dialect = {
  name: "ollama",
  status: BAD_REQUEST_STATUS,
  body: (_, message) => ({ error: message }),
};

/** The answer to a failed request. Paths, stacks and causes stay behind. */
export function errorReply(error: CodedError, dialect: Dialect): Reply {
  const status =
    dialect.statusOfCode?.[error.code] ?? STATUS_OF_CODE[error.code] ?? dialect.status[error.kind];
  const message = isPrivate(error) ? PRIVATE_MESSAGE : error.message;
  return { status, body: dialect.body(error, message), headers: headersOf(error, status) };
}

function headersOf(error: CodedError, status: number): Readonly<Record<string, string>> {
  if (status === 429 || status === 503) return { "retry-after": String(retryAfter(error)) };
  if (status === 401) return { "www-authenticate": 'Bearer realm="encoderfile"' };
  const { allow } = error.detail;
  return status === 405 && Array.isArray(allow) ? { allow: allow.join(", ") } : {};
}

/** Seconds: as the engine predicts, else soon. */
function retryAfter({ detail: { retryAfterSeconds } }: CodedError): number {
  if (typeof retryAfterSeconds !== "number") return RETRY_AFTER_S;
  return Math.min(RETRY_AFTER_MAX_S, Math.max(RETRY_AFTER_S, Math.ceil(retryAfterSeconds)));
}

/** Whether only the log may say what happened. */
export function isPrivate(error: CodedError): boolean {
  return PRIVATE_KINDS.has(error.kind);
}
