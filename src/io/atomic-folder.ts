// A folder is filled completely or not at all: its content is made in a hidden folder and moved when it is whole.
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CodedError } from "../error/index.ts";
import { kindOf } from "./file-kind.ts";
import { systemError } from "./system-error.ts";
import { temporaryName } from "./temporary-file.ts";
import { removeAtEnd, removeQuietly } from "./unfinished.ts";

/**
 * Lets `fill` create files in a hidden folder, which then becomes the one at `path`. An empty folder that is there
 * already is kept, and what was created is moved into it: a shell may stand in it, it may be a mount point, and the
 * folder around it need not be writable. Throws `IO_ALREADY_EXISTS` when it holds
 * anything, and `IO_NOT_A_FOLDER`.
 */
export async function writeFolderAtomically<Result>(
  path: string,
  fill: (folder: string) => Promise<Result>,
): Promise<Result> {
  try {
    const target = resolve(path);
    const isThere = hasFolder(path);
    if (isThere) checkEmpty(path, []);
    const hidden = temporaryName(isThere ? join(target, "content") : target);
    using _guard = removeAtEnd(hidden);
    try {
      mkdirSync(hidden, { recursive: true });
      chmodSync(hidden, 0o755);
      const result = await fill(hidden);
      if (isThere) moveContent(hidden, path);
      else renameSync(hidden, target);
      return result;
    } finally {
      removeQuietly(hidden);
    }
  } catch (thrown) {
    throw systemError(thrown, `Cannot write "${path}"`, "IO_WRITE_FAILED");
  }
}

/**
 * Whether a folder lies at `path`, symbolic links followed; false when nothing does. Throws `IO_NOT_A_FOLDER` for
 * anything else, links to nothing included.
 */
export function hasFolder(path: string): boolean {
  const attempt = `Cannot write "${path}"`;
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts?.isDirectory() === true) return true;
    const found = facts === undefined ? "symbolic link to nothing" : kindOf(facts);
    throw new CodedError(
      "IO_NOT_A_FOLDER",
      `${attempt} as a ${found} is there, not a folder: choose another path`,
      { detail: { found, expected: "folder" } },
    );
  } catch (thrown) {
    throw systemError(thrown, attempt, "IO_WRITE_FAILED");
  }
}

function checkEmpty(path: string, except: readonly string[]): void {
  const found = readdirSync(path).filter((name) => !except.includes(name));
  if (found.length === 0) return;
  throw new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot write "${path}" as the folder is not empty: choose another path, or replace files in it with --force`,
  );
}

/** Into the folder around `hidden`. */
function moveContent(hidden: string, path: string): void {
  // Also when another process fills the same folder: each then sees the other's hidden one.
  checkEmpty(path, [basename(hidden)]);
  const folder = dirname(hidden);
  const moved: string[] = [];
  try {
    for (const name of readdirSync(hidden)) {
      renameSync(join(hidden, name), join(folder, name));
      moved.push(join(folder, name));
    }
  } catch (thrown) {
    for (const entry of moved) removeQuietly(entry);
    throw thrown;
  }
}
