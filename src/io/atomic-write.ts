// A file appears under its name complete or not at all: written where nobody sees it, synced, then put into place.
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { CodedError } from "../error/index.ts";
import { kindOf } from "./file-kind.ts";
import { FileSink } from "./file-sink.ts";
import { systemError } from "./system-error.ts";
import { alreadyExists, createTemporaryFile, type TemporaryFile } from "./temporary-file.ts";

export type AtomicWriteOptions = {
  /** Replaces an existing file; without it an existing one is `IO_ALREADY_EXISTS` and stays as it is. */
  force: boolean;
  /** Permission bits of the finished file, whatever the umask says. */
  mode: number;
  /** What messages call the file, where that is not its path. */
  shownAs?: string;
};

/**
 * Creates the folder, lets `fill` write a temporary file, syncs it and puts it at `path`. When anything fails nothing
 * of it is left and `path` is as before. What is there and is no regular file is never replaced: `IO_NOT_A_FILE`.
 */
export function writeFileAtomically<Result>(
  path: string,
  options: AtomicWriteOptions,
  fill: (sink: FileSink) => Result,
): Result {
  const shown = options.shownAs ?? path;
  try {
    using file = begin(path, options);
    const result = fill(new FileSink(file.descriptor, shown));
    finish(file, path, options);
    return result;
  } catch (thrown) {
    throw systemError(thrown, `Cannot write "${shown}"`, "IO_WRITE_FAILED");
  }
}

/** As `writeFileAtomically`, for work that takes a while: a signal can end it between its steps. */
export async function writeFileAtomicallyAsync<Result>(
  path: string,
  options: AtomicWriteOptions,
  fill: (sink: FileSink) => Promise<Result>,
): Promise<Result> {
  const shown = options.shownAs ?? path;
  try {
    using file = begin(path, options);
    const result = await fill(new FileSink(file.descriptor, shown));
    finish(file, path, options);
    return result;
  } catch (thrown) {
    throw systemError(thrown, `Cannot write "${shown}"`, "IO_WRITE_FAILED");
  }
}

function begin(path: string, options: AtomicWriteOptions): TemporaryFile {
  // The check that counts is made when the file gets its name; this one spares the work.
  checkPlace(path, options);
  mkdirSync(dirname(path), { recursive: true });
  return createTemporaryFile(path);
}

function finish(file: TemporaryFile, path: string, options: AtomicWriteOptions): void {
  fchmodSync(file.descriptor, options.mode);
  fsyncSync(file.descriptor);
  checkPlace(path, options);
  file.publish(options);
  syncFolder(dirname(path));
}

/** Throws unless nothing lies at `path`, or a file that may be replaced. A dangling symbolic link counts as a file. */
function checkPlace(path: string, { force, shownAs = path }: AtomicWriteOptions): void {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return;
  // Not the link's own kind: whoever writes to "/dev/stdout" means what it leads to.
  const facts = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  const kind = facts === undefined ? "file" : kindOf(facts);
  if (kind !== "file" || (entry.isSymbolicLink() && dirname(resolve(path)) === "/dev")) {
    throw new CodedError(
      "IO_NOT_A_FILE",
      `Cannot write "${shownAs}" as a ${kind === "file" ? "device" : kind} is there, not a file: choose another path`,
    );
  }
  if (!force) throw alreadyExists(shownAs);
}

/** Makes the new name itself survive a power failure, where the system lets us. */
export function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Some folders cannot be read, some file systems do not sync them. The file is whole and there: no failure.
  }
}
