// Symbolic links, as names for files that lie elsewhere.
import { lstatSync, mkdirSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf, systemError } from "./system-error.ts";
import { temporaryName } from "./temporary-file.ts";
import { removeQuietly } from "./unfinished.ts";

/** What the link at `path` leads to, as it is written there; undefined when no link lies there. */
export function readLink(path: string): string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
      ? readlinkSync(path)
      : undefined;
  } catch (thrown) {
    // A part of the path that is a file holds no link either.
    if (errnoOf(thrown) === "ENOTDIR") return undefined;
    throw systemError(thrown, `Cannot read the link "${path}"`, "IO_READ_FAILED");
  }
}

/** Creates the folder and puts a link to `target` at `path` in one step; what lies there is replaced, unless a folder. */
export function writeLink(path: string, target: string): void {
  const name = temporaryName(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, name);
    renameSync(name, path);
  } catch (thrown) {
    removeQuietly(name);
    throw systemError(thrown, `Cannot write the link "${path}"`, "IO_WRITE_FAILED");
  }
}
