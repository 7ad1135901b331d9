// The one error class of the project. It carries what programs and people need; it formats nothing.
import { ERROR_KIND, type ErrorCode, type ErrorKind } from "./code.ts";

/** Facts of one failure, by name: what was found, what was expected, where. Safe to show to a client. */
export type ErrorDetail = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * A failure with a stable code.
 * The message begins with the attempted action and states what was found, what was expected and the remedy.
 * `cause` is for logs and never leaves the process.
 */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly detail: ErrorDetail;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { detail?: ErrorDetail; cause?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CodedError";
    this.code = code;
    this.kind = ERROR_KIND[code];
    this.detail = options?.detail ?? {};
  }

  /** Turns anything thrown into a coded error; what is none becomes `INTERNAL`. */
  static from(thrown: unknown): CodedError {
    if (thrown instanceof CodedError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new CodedError("INTERNAL", `Unexpected failure: ${message}`, { cause: thrown });
  }
}

export function isCodedError(
  thrown: unknown,
  ...codes: readonly ErrorCode[]
): thrown is CodedError {
  return thrown instanceof CodedError && (codes.length === 0 || codes.includes(thrown.code));
}
