// Door of the module `error`.
export { AssertionError, assert, unreachable } from "./assert.ts";
export { ERROR_KIND, type ErrorCode, type ErrorKind } from "./code.ts";
export { CodedError, type ErrorDetail, isCodedError } from "./coded-error.ts";
export { printable } from "./printable.ts";
