// The closed table of everything that can go wrong: each code and the kind a caller can act on.
// A code belongs to the module its first word names; messages are made where the error is thrown.

/** What a caller can do about an error. Transports and exit codes know kinds, never codes. */
export type ErrorKind =
  /** The request or command line must change. */
  | "invalid_input"
  /** The configuration or the model directory must change. */
  | "invalid_config"
  /** The encoderfile is damaged or is none. */
  | "invalid_file"
  /** It is well formed, but this build cannot do it. */
  | "unsupported"
  /** What was named does not exist. */
  | "not_found"
  /** Something is in the way: an existing file, a port in use. */
  | "conflict"
  /** The machine said no: disk full, permission denied, read error. */
  | "environment"
  /** Too much work at once: come back later. */
  | "overloaded"
  /** Time ran out. */
  | "timeout"
  /** A defect of this program. */
  | "internal";

export const ERROR_KIND = {
  IO_NOT_FOUND: "not_found",
  IO_READ_FAILED: "environment",
  IO_WRITE_FAILED: "environment",
  IO_OUT_OF_BOUNDS: "invalid_file",
  IO_ALREADY_EXISTS: "conflict",

  TARGET_UNKNOWN: "invalid_input",
  TARGET_UNSUPPORTED_HOST: "unsupported",

  BUILD_CONFIG_INVALID: "invalid_config",
  BUILD_MODEL_INVALID: "invalid_config",
  BUILD_BASE_NOT_FOUND: "not_found",
  BUILD_BASE_INVALID: "invalid_file",

  USAGE: "invalid_input",
  INTERNAL: "internal",
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KIND;
