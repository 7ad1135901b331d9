// Files that get another name, and files that go.
import { renameSync, rmSync } from "node:fs";
import { systemError } from "./system-error.ts";

/** Gives a file another name on the same file system in one step; a file that has it is replaced. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (thrown) {
    throw systemError(thrown, `Cannot move "${from}" to "${to}"`, "IO_WRITE_FAILED");
  }
}

/** Removes a file; one that is not there is removed already. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (thrown) {
    throw systemError(thrown, `Cannot remove "${path}"`, "IO_WRITE_FAILED");
  }
}
