// Failures to write into the cache of bases: the path in them is none the user chose.
import { CodedError, isCodedError } from "../error/index.ts";

/** With the way out for a full device or a folder that cannot be written; all others as they are. */
export function cacheFailure(thrown: unknown, cacheFolder: string): unknown {
  if (!isCodedError(thrown, "IO_NO_SPACE", "IO_PERMISSION_DENIED", "IO_WRITE_FAILED"))
    return thrown;
  const message = `${thrown.message}; bases are kept in "${cacheFolder}": name another folder with --cache-dir`;
  return new CodedError(thrown.code, message, { detail: thrown.detail, cause: thrown });
}
