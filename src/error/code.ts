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
  IO_CHANGED: "conflict",
  IO_NO_SPACE: "environment",
  IO_PERMISSION_DENIED: "environment",
  IO_NOT_A_FILE: "invalid_input",
  IO_NOT_A_FOLDER: "invalid_input",
  IO_TOO_LARGE: "invalid_input",
  IO_NOT_UTF8: "invalid_input",
  IO_LISTENER_FAILED: "environment",

  FORMAT_NOT_ENCODERFILE: "invalid_file",
  FORMAT_UNKNOWN_VERSION: "unsupported",
  FORMAT_UNKNOWN_FLAG: "unsupported",
  FORMAT_BAD_FOOTER: "invalid_file",
  FORMAT_BAD_MANIFEST: "invalid_file",
  FORMAT_BAD_LAYOUT: "invalid_file",
  FORMAT_DAMAGED_FOOTER: "invalid_file",
  FORMAT_DAMAGED_SEAL: "invalid_file",
  FORMAT_DAMAGED_MANIFEST: "invalid_file",
  FORMAT_DAMAGED_ASSET: "invalid_file",
  FORMAT_MISSING_ASSET: "invalid_file",
  FORMAT_BASE_HAS_PAYLOAD: "invalid_config",
  FORMAT_CANNOT_HOLD: "invalid_config",

  EXECUTABLE_INVALID: "invalid_file",
  EXECUTABLE_TOO_LARGE: "unsupported",

  TARGET_UNKNOWN: "invalid_input",
  TARGET_UNSUPPORTED_HOST: "unsupported",

  BUILD_CONFIG_INVALID: "invalid_config",
  BUILD_MODEL_INVALID: "invalid_config",
  BUILD_QUALITY_TOO_LOW: "invalid_config",
  BUILD_NOTHING_QUANTISED: "invalid_config",
  BUILD_CALIBRATION_INVALID: "invalid_config",

  ONNX_MALFORMED: "invalid_config",
  ONNX_UNSUPPORTED: "unsupported",
  ONNX_LOAD_FAILED: "invalid_config",
  ONNX_RUN_FAILED: "internal",
  ONNX_NATIVE_FAILED: "environment",
  ONNX_LIBRARY_MISSING: "environment",

  TASK_UNKNOWN: "unsupported",
  TASK_MISMATCH: "unsupported",
  TASK_VIEW_UNSUPPORTED: "unsupported",
  TASK_DIMENSIONS_INVALID: "invalid_input",
  TASK_OUTPUT_UNEXPECTED: "unsupported",
  TASK_OUTPUT_NOT_FINITE: "internal",
  TASK_LAYER_INVALID: "invalid_file",

  SAFETENSORS_INVALID: "invalid_config",
  SAFETENSORS_UNSUPPORTED: "unsupported",

  TOKENIZER_INVALID: "invalid_config",
  TOKENIZER_UNSUPPORTED: "unsupported",
  TOKENIZER_UNKNOWN_WORD: "invalid_input",
  TOKENIZER_LIMIT_TOO_SMALL: "invalid_input",

  REQUEST_INVALID: "invalid_input",
  REQUEST_EMPTY: "invalid_input",
  REQUEST_ANSWER_TOO_LARGE: "invalid_input",

  ENGINE_UNSUPPORTED_MODEL: "unsupported",
  ENGINE_BAD_MODEL: "invalid_file",
  ENGINE_INPUT_TOO_LONG: "invalid_input",
  ENGINE_WINDOW_OVERLAP: "invalid_input",
  ENGINE_UNKNOWN_TOKEN: "invalid_input",
  ENGINE_OVERLOADED: "overloaded",
  ENGINE_REQUEST_TOO_LARGE: "invalid_input",
  ENGINE_DEADLINE_EXCEEDED: "timeout",
  ENGINE_CLOSED: "overloaded",
  ENGINE_WORKER_FAILED: "internal",

  SERVER_BODY_TOO_LARGE: "invalid_input",
  SERVER_BODY_TIMEOUT: "timeout",
  SERVER_CLIENT_GONE: "invalid_input",
  SERVER_CUT_OFF: "overloaded",
  SERVER_BAD_HOST: "invalid_input",
  SERVER_BAD_JSON: "invalid_input",
  SERVER_UNSUPPORTED_MEDIA_TYPE: "invalid_input",
  SERVER_ROUTE_NOT_FOUND: "not_found",
  SERVER_MODEL_NOT_FOUND: "not_found",
  SERVER_METHOD_NOT_ALLOWED: "invalid_input",
  SERVER_NOT_READY: "overloaded",
  SERVER_BAD_HEADER: "invalid_input",
  SERVER_UNAUTHORIZED: "invalid_input",
  SERVER_FOREIGN_PAGE: "invalid_input",
  SERVER_BUSY: "overloaded",
  SERVER_API_KEY_INVALID: "invalid_config",
  SERVER_TLS_INVALID: "invalid_config",
  SERVER_ADDRESS_IN_USE: "conflict",
  SERVER_LISTEN_FAILED: "environment",

  QUANTIZE_UNSUPPORTED: "unsupported",
  QUANTIZE_TOO_LARGE: "unsupported",

  GOLDEN_INVALID: "invalid_input",
  GOLDEN_DAMAGED: "invalid_file",
  GOLDEN_NOT_FOUND: "not_found",
  GOLDEN_DIFFERS: "invalid_file",

  MEASURE_PROFILE_INVALID: "invalid_config",
  MEASURE_PROFILE_FOREIGN: "invalid_config",
  MEASURE_SERVER_FAILED: "environment",

  CLI_PAYLOAD_DAMAGED: "invalid_file",
  CLI_INPUT_INVALID: "invalid_input",

  BASE_NOT_FOUND: "not_found",
  BASE_INVALID: "invalid_file",
  BASE_DIFFERS: "invalid_file",
  BASE_UNVERIFIED: "invalid_input",
  BASE_SUMS_INVALID: "invalid_input",
  BASE_OFFLINE: "not_found",
  BASE_LIST_DAMAGED: "invalid_file",

  DOWNLOAD_BAD_URL: "invalid_input",
  DOWNLOAD_BAD_HEADER: "invalid_input",
  DOWNLOAD_BAD_REDIRECT: "environment",
  DOWNLOAD_BAD_ANSWER: "environment",
  DOWNLOAD_DENIED: "environment",
  DOWNLOAD_NOT_FOUND: "not_found",
  DOWNLOAD_SERVER_FAILED: "overloaded",
  DOWNLOAD_UNREACHABLE: "environment",
  DOWNLOAD_UNTRUSTED: "environment",
  DOWNLOAD_STALLED: "timeout",
  DOWNLOAD_TOO_LARGE: "invalid_file",
  DOWNLOAD_DIFFERS: "invalid_file",

  HUB_SETTING_INVALID: "invalid_config",
  HUB_NOT_FOUND: "not_found",
  HUB_DENIED: "environment",
  HUB_ANSWER_INVALID: "environment",
  HUB_FILE_DIFFERS: "invalid_file",
  HUB_HISTORY_TOO_LARGE: "invalid_file",

  USAGE: "invalid_input",
  INTERNAL: "internal",
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KIND;
