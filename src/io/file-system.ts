// What the rest of the program asks of the file system besides reading and writing bytes.
import { constants, readdirSync, realpathSync, type Stats, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CodedError } from "../error/index.ts";
import { type FileKind, kindOf } from "./file-kind.ts";
import { FileSource } from "./file-source.ts";
import { errnoOf, systemError } from "./system-error.ts";

/** What lies at a path, symbolic links followed. */
export type FileFacts = {
  kind: FileKind;
  byteLength: number;
  modifiedMs: number;
};

/** Undefined when nothing lies there. Throws when the path cannot be looked at. */
export function fileFacts(path: string): FileFacts | undefined {
  let facts: Stats;
  try {
    facts = statSync(path);
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(thrown))) return undefined;
    throw systemError(thrown, `Cannot look at "${path}"`, "IO_READ_FAILED");
  }
  return { kind: kindOf(facts), byteLength: facts.size, modifiedMs: facts.mtimeMs };
}

/** Whether users who are neither owner nor in the group may read it. Throws `IO_NOT_FOUND`. */
export function isReadableByOthers(path: string): boolean {
  try {
    return (statSync(path).mode & constants.S_IROTH) !== 0;
  } catch (thrown) {
    throw systemError(thrown, `Cannot look at "${path}"`, "IO_READ_FAILED");
  }
}

/** Absolute and free of symbolic links. Throws `IO_NOT_FOUND`. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (thrown) {
    throw systemError(thrown, `Cannot resolve "${path}"`, "IO_READ_FAILED");
  }
}

/** Bytes this user can still write where `path` is or will be; undefined where the system does not tell. */
export function freeByteLength(path: string): number | undefined {
  try {
    let folder = resolve(path);
    while (fileFacts(folder) === undefined && dirname(folder) !== folder) folder = dirname(folder);
    const { bavail, bsize, blocks } = statfsSync(folder);
    // File systems that say nothing of their size, such as some of networks, say zero.
    return blocks === 0 ? undefined : bavail * bsize;
  } catch {
    // Whoever writes will be told.
    return undefined;
  }
}

/** The whole file. Throws `IO_TOO_LARGE` (before reading) when it is longer than `byteLengthMax`. */
export function readFileBytes(path: string, byteLengthMax: number): Uint8Array {
  using source = new FileSource(path);
  if (source.byteLength > byteLengthMax) {
    throw new CodedError(
      "IO_TOO_LARGE",
      `Cannot read "${path}" as it has ${source.byteLength} bytes where at most ${byteLengthMax} ` +
        "are expected: is this the right file?",
      { detail: { found: source.byteLength, expected: byteLengthMax } },
    );
  }
  return source.read(0, source.byteLength);
}

/** As `readFileBytes`, decoded as UTF-8 without a byte order mark. Throws `IO_NOT_UTF8` for bytes that are not. */
export function readTextFile(path: string, byteLengthMax: number): string {
  const bytes = readFileBytes(path, byteLengthMax);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (thrown) {
    throw new CodedError(
      "IO_NOT_UTF8",
      `Cannot read "${path}" as its text must be UTF-8: found other bytes: save it in that encoding`,
      { cause: thrown },
    );
  }
}

export type FolderLimits = {
  /** 0 lists the folder itself only. */
  depthMax: number;
  /** More entries than this are `IO_TOO_LARGE`: the path is probably not what the user meant, such as "/". */
  entriesMax: number;
};

/**
 * Paths of the files below `path`, relative to it, with forward slashes, in order of their code units. Symbolic links
 * to files count as files; links to folders are not followed, so that a circle cannot trap it.
 */
export function listFiles(path: string, limits: FolderLimits): readonly string[] {
  const found: string[] = [];
  let seen = 0;
  const visit = (folder: string, depth: number): void => {
    const entries = readFolder(folder === "" ? path : join(path, folder));
    seen += entries.length;
    if (seen > limits.entriesMax) throw tooManyEntries(path, limits.entriesMax);
    for (const entry of entries) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth < limits.depthMax) visit(name, depth + 1);
      } else if (entry.isFile() || fileFacts(join(path, name))?.kind === "file") {
        found.push(name);
      }
    }
  };
  visit("", 0);
  return found.sort();
}

/** Names of the folders in a folder, in order of their code units; links to folders count. */
export function listFolders(path: string, entriesMax: number): readonly string[] {
  const entries = readFolder(path);
  if (entries.length > entriesMax) throw tooManyEntries(path, entriesMax);
  return entries
    .filter(
      (entry) =>
        entry.isDirectory() ||
        (entry.isSymbolicLink() && fileFacts(join(path, entry.name))?.kind === "folder"),
    )
    .map(({ name }) => name)
    .sort();
}

function readFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (thrown) {
    throw systemError(thrown, `Cannot list "${path}"`, "IO_READ_FAILED");
  }
}

function tooManyEntries(path: string, entriesMax: number): CodedError {
  return new CodedError(
    "IO_TOO_LARGE",
    `Cannot list "${path}" as it holds more than ${entriesMax} entries: is this the right folder?`,
    { detail: { expected: entriesMax } },
  );
}
