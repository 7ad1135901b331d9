// Files that must exist on disk for a moment: embedded native libraries on systems without memory files, and what the
// inference library writes.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError } from "../error/index.ts";
import { removeQuietly } from "./unfinished.ts";

/** Writes files into a new folder that only this user can enter; it is removed when the process exits. */
export function createPrivateFolder(
  prefix: string,
  files: Readonly<Record<string, Uint8Array>>,
): string {
  try {
    const folder = mkdtempSync(join(tmpdir(), prefix));
    // Windows keeps what is loaded: then it stays, and the process ends no differently for that.
    process.once("exit", () => removeQuietly(folder));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), content, { mode: 0o700, flag: "wx" });
    }
    return folder;
  } catch (thrown) {
    throw new CodedError(
      "IO_WRITE_FAILED",
      `Cannot write to the temporary folder "${tmpdir()}": set TMPDIR to a folder with room: ${String(thrown)}`,
      { cause: thrown },
    );
  }
}

/** Removes such a folder before the process exits; what stays is removed then. */
export function removePrivateFolder(folder: string): void {
  removeQuietly(folder);
}

/** Reads a file embedded in this executable, or any other, whole. For files whose size the build has fixed. */
export function readEmbeddedFile(path: string): Uint8Array {
  return readFileSync(path);
}
