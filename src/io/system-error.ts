// Failures of the operating system, in words a person can act on.
import { CodedError, type ErrorCode, isCodedError } from "../error/index.ts";

type Explanation = { code?: ErrorCode; reason: string; remedy: string };

const DENIED = "IO_PERMISSION_DENIED" as const;
const NO_SPACE = "IO_NO_SPACE" as const;

/** By error name. A row without code keeps the code of the attempt. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOENT: { code: "IO_NOT_FOUND", reason: "it does not exist", remedy: "check the path" },
  ENOTDIR: {
    code: "IO_NOT_FOUND",
    reason: "a part of its path is a file, not a folder",
    remedy: "check the path",
  },
  EACCES: {
    code: DENIED,
    reason: "permission is denied",
    remedy: "check the owner and mode of the file and its folder",
  },
  EPERM: {
    code: DENIED,
    reason: "the operation is not permitted",
    remedy: "check the owner and attributes of the file and its folder",
  },
  EROFS: {
    code: DENIED,
    reason: "the file system is read-only",
    remedy: "choose a path on a writable one",
  },
  ENOSPC: {
    code: NO_SPACE,
    reason: "the device is full",
    remedy: "free some space or choose a path on another device",
  },
  EDQUOT: {
    code: NO_SPACE,
    reason: "the disk quota is used up",
    remedy: "free some space or choose a path on another device",
  },
  EFBIG: {
    code: NO_SPACE,
    reason: "the file would be larger than the limit",
    remedy: "raise the limit (ulimit -f) or choose another file system",
  },
  EISDIR: { code: "IO_NOT_A_FILE", reason: "it is a folder", remedy: "name a file" },
  EEXIST: {
    code: "IO_ALREADY_EXISTS",
    reason: "it exists already",
    remedy: "choose another path, or overwrite it with --force",
  },
  ENOTEMPTY: {
    code: "IO_ALREADY_EXISTS",
    reason: "the folder is not empty",
    remedy: "choose another folder",
  },
  EMFILE: {
    reason: "this process has too many open files",
    remedy: "raise the limit (ulimit -n)",
  },
  ENAMETOOLONG: { reason: "the name is too long", remedy: "choose a shorter one" },
  ELOOP: {
    reason: "its symbolic links run in a circle",
    remedy: "check the links",
  },
  EIO: { reason: "the device failed", remedy: "check the disk and the system log" },
};

/** Puts what the operating system threw into words; `attempt` begins the message, such as `Cannot read "x"`. */
export function systemError(
  thrown: unknown,
  attempt: string,
  code: "IO_READ_FAILED" | "IO_WRITE_FAILED",
): CodedError {
  if (isCodedError(thrown)) return thrown;
  const errno = errnoOf(thrown);
  const known = EXPLANATIONS[errno];
  const message =
    known === undefined
      ? `${attempt} as the operating system refused (${errno}): check the disk and try again`
      : `${attempt} as ${known.reason} (${errno}): ${known.remedy}`;
  return new CodedError(known?.code ?? code, message, { detail: { errno }, cause: thrown });
}

/** The name of the system's error, such as "ENOENT"; "unknown" for anything else thrown. */
export function errnoOf(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "unknown";
}
