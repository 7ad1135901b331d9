// A file appears under its name complete or not at all: written beside it, synced, then moved into place.
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { CodedError } from "../error/index.ts";
import { FileSink } from "./file-sink.ts";
import { errnoOf, systemError } from "./system-error.ts";

export type AtomicWriteOptions = {
  /** Replaces an existing file; without it an existing one is `IO_ALREADY_EXISTS` and stays as it is. */
  force: boolean;
  /** Permission bits of the finished file, whatever the umask says. */
  mode: number;
};

/**
 * Creates the folder, lets `fill` write a temporary file beside `path`, syncs it and moves it to `path`.
 * When anything fails the temporary file is removed and `path` is as before.
 */
export function writeFileAtomically<Result>(
  path: string,
  options: AtomicWriteOptions,
  fill: (sink: FileSink) => Result,
): Result {
  const attempt = `Cannot write "${path}"`;
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${randomName()}.tmp`);
  let descriptor: number;
  try {
    // The check that counts is made when the file is moved; this one spares the work.
    if (!options.force && entryExists(path)) throw alreadyExists(path);
    mkdirSync(folder, { recursive: true });
    descriptor = openSync(temporary, "wx", 0o600);
  } catch (thrown) {
    throw systemError(thrown, attempt, "IO_WRITE_FAILED");
  }
  try {
    let result: Result;
    try {
      result = fill(new FileSink(descriptor, path));
      fchmodSync(descriptor, options.mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    publish(temporary, path, { force: options.force });
    syncFolder(folder);
    return result;
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw systemError(thrown, attempt, "IO_WRITE_FAILED");
  }
}

/** Errors of file systems that know no hard links: FAT, some network and container mounts. */
const LINK_UNSUPPORTED: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/**
 * Moves a finished file to its name. Two processes that both may not overwrite cannot both succeed: a hard link fails
 * when the name is taken, where a rename would replace it. `link` is a parameter for the sake of tests.
 */
export function publish(
  temporary: string,
  path: string,
  options: { force: boolean; link?: (from: string, to: string) => void },
): void {
  if (options.force) {
    renameSync(temporary, path);
    return;
  }
  try {
    (options.link ?? linkSync)(temporary, path);
    rmSync(temporary);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EEXIST") throw alreadyExists(path);
    if (!LINK_UNSUPPORTED.includes(errno)) throw thrown;
    reserve(path);
    renameSync(temporary, path);
  }
}

/** Takes the name with an empty file, for the moment until the rename. */
function reserve(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (thrown) {
    throw errnoOf(thrown) === "EEXIST" ? alreadyExists(path) : thrown;
  }
}

function alreadyExists(path: string): CodedError {
  return new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as it exists already: choose another path, or overwrite it with --force`,
  );
}

/** A dangling symbolic link counts as existing. */
function entryExists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Makes the new name itself survive a power failure. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Not guessable, so that nobody can put a file of that name there first. */
export function randomName(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
