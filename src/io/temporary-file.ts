// A file that is written before it has its name. Where the system can (Linux, on most file systems) it has no name at
// all until then, so that nothing is left of it whatever ends the process, be it kill -9. Elsewhere it lies beside its
// place under a name of its own, and is removed by all that this process can catch.
import { closeSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CodedError } from "../error/index.ts";
import { linkDescriptor, O_UNNAMED } from "./link-descriptor.ts";
import { errnoOf } from "./system-error.ts";
import { removeAtEnd, removeQuietly } from "./unfinished.ts";

/** Gone when it is disposed of, unless it was published. */
export type TemporaryFile = Disposable & {
  /** Open for writing as long as the file is not disposed of. */
  readonly descriptor: number;
  /**
   * Gives the file its name in one step. Without `force` this fails with `IO_ALREADY_EXISTS` when the name is taken:
   * of two processes only one succeeds. Throws what the system throws.
   */
  readonly publish: (options: { force: boolean }) => void;
};

/** The system's means, as parameters for the sake of tests. */
export type Links = {
  /** Names an open file; false when it is refused. */
  readonly ofDescriptor: (descriptor: number, path: string) => boolean;
  /** Gives a file a second name; throws when it is refused. */
  readonly ofPath: (from: string, to: string) => void;
};

const SYSTEM_LINKS: Links = { ofDescriptor: linkDescriptor, ofPath: linkSync };

/** Of a file that will be at `path`, whose folder must exist. Throws what the system throws. */
export function createTemporaryFile(path: string, links: Links = SYSTEM_LINKS): TemporaryFile {
  const name = temporaryName(path);
  const descriptor = openUnnamed(name, links);
  return descriptor === undefined
    ? createNamed(path, name, links)
    : createUnnamed(path, { name, descriptor, links });
}

/** Readable and writable by this user only, until its mode is known. */
const PRIVATE_MODE = 0o600;

/** Undefined where the system or the file system has no such files, or would not give them a name later. */
function openUnnamed(name: string, links: Links): number | undefined {
  if (process.platform !== "linux") return undefined;
  const folder = dirname(name);
  try {
    // Not to be found out when gigabytes are written: names are refused where /proc is not mounted, for one.
    const trial = openSync(folder, O_UNNAMED, PRIVATE_MODE);
    try {
      if (!links.ofDescriptor(trial, name)) return undefined;
    } finally {
      closeSync(trial);
    }
    rmSync(name);
    return openSync(folder, O_UNNAMED, PRIVATE_MODE);
  } catch {
    // Whatever is wrong with the folder, the file that has a name will find it, too.
    return undefined;
  }
}

function createUnnamed(
  path: string,
  file: { name: string; descriptor: number; links: Links },
): TemporaryFile {
  const { name, descriptor, links } = file;
  const give = (to: string): void => {
    if (links.ofDescriptor(descriptor, to)) return;
    // Says why, which the call itself does not.
    reserve(to, path);
    rmSync(to);
    throw new CodedError("IO_WRITE_FAILED", `Cannot write "${path}" as it could not be named`);
  };
  return {
    descriptor,
    publish: ({ force }) => {
      if (!force) return give(path);
      give(name);
      replace(name, path, name);
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

function createNamed(path: string, name: string, links: Links): TemporaryFile {
  const descriptor = openSync(name, "wx", PRIVATE_MODE);
  const guard = removeAtEnd(name);
  return {
    descriptor,
    publish: ({ force }) => {
      if (force) renameSync(name, path);
      else rename(name, path, links);
    },
    [Symbol.dispose]: () => {
      closeSync(descriptor);
      removeQuietly(name);
      guard[Symbol.dispose]();
    },
  };
}

/** Errors of file systems that know no hard links: FAT, some network and container mounts. */
const LINK_UNSUPPORTED: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/** A hard link fails when the name is taken, where a rename would replace it. Leaves the old name to be removed. */
function rename(name: string, path: string, links: Links): void {
  try {
    links.ofPath(name, path);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === "EEXIST") throw alreadyExists(path);
    if (!LINK_UNSUPPORTED.includes(errno)) throw thrown;
    reserve(path, path);
    replace(name, path, path);
  }
}

/** As `rename` of the system; when it fails, `left` is removed. */
function replace(name: string, path: string, left: string): void {
  try {
    renameSync(name, path);
  } catch (thrown) {
    removeQuietly(left);
    throw thrown;
  }
}

/** Takes a name with an empty file; `path` is the file it is for. */
function reserve(name: string, path: string): void {
  try {
    closeSync(openSync(name, "wx", PRIVATE_MODE));
  } catch (thrown) {
    throw errnoOf(thrown) === "EEXIST" ? alreadyExists(path) : thrown;
  }
}

export function alreadyExists(path: string): CodedError {
  return new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as it exists already: choose another path, or overwrite it with --force`,
  );
}

/** Enough for a person to see what it belonged to, and as bytes far below the 255 that file systems allow. */
const SHOWN_CHARACTERS_MAX = 24;

/** Beside `path`, so that it can be moved there; hidden; not guessable, so that nobody can be there first. */
export function temporaryName(path: string): string {
  const shown = [...basename(path)].slice(0, SHOWN_CHARACTERS_MAX).join("");
  const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
  return join(dirname(path), `.${shown}.${process.pid}-${random}.tmp`);
}
