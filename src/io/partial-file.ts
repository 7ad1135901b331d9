// A file that arrives in pieces, over several processes if need be: it lies beside its place under a name of its own
// until it is whole, and only one process at a time writes to it.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname } from "node:path";
import { CodedError } from "../error/index.ts";
import { syncFolder } from "./atomic-write.ts";
import { CHUNK_LENGTH } from "./byte-source.ts";
import { kindOf } from "./file-kind.ts";
import { FileSink } from "./file-sink.ts";
import { lockDescriptor } from "./lock-descriptor.ts";
import { systemError } from "./system-error.ts";
import { temporaryName } from "./temporary-file.ts";
import { removeQuietly } from "./unfinished.ts";

/** A link that was put there would be followed to a file of somebody else's choice. */
const OPEN_OR_CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
/** Readable and writable by this user only, until its mode is known. */
const PRIVATE_MODE = 0o600;

/** Where the pieces of the file at `path` lie until it is whole. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/**
 * The unfinished file of one place, held by this process until it is disposed of: what has arrived stays for the next
 * one, unless nothing has. The lock goes with the process, even by kill -9.
 */
export class PartialFile implements Disposable {
  readonly #path: string;
  readonly #partialPath: string;
  readonly #descriptor: number;
  readonly #isKept: boolean;
  #byteLength: number;
  #isOpen = true;

  private constructor(path: string, opened: Opened) {
    this.#path = path;
    this.#partialPath = opened.path;
    this.#descriptor = opened.descriptor;
    this.#isKept = opened.isKept;
    this.#byteLength = fstatSync(opened.descriptor).size;
  }

  /**
   * Of the file that will be at `path`, whose folder is made. Undefined while somebody else holds it. `lock` is the
   * system's means, a parameter for the sake of tests.
   */
  static open(path: string, lock = lockDescriptor): PartialFile | undefined {
    try {
      mkdirSync(dirname(path), { recursive: true });
      const opened = openLocked(path, lock);
      return opened === undefined ? undefined : new PartialFile(path, opened);
    } catch (thrown) {
      throw systemError(thrown, `Cannot write "${partialPath(path)}"`, "IO_WRITE_FAILED");
    }
  }

  /**
   * As `open`, but waits until nobody else holds it, however long that takes; `onWait` is called once if it must. There
   * is no limit, as who holds it can be ended, and then does no longer.
   */
  static async wait(
    path: string,
    { pollMs, onWait }: { readonly pollMs: number; readonly onWait?: (() => void) | undefined },
  ): Promise<{ readonly partial: PartialFile; readonly hasWaited: boolean }> {
    for (let hasWaited = false; ; hasWaited = true) {
      const partial = PartialFile.open(path);
      if (partial !== undefined) return { partial, hasWaited };
      if (!hasWaited) onWait?.();
      await Bun.sleep(pollMs);
    }
  }

  /** Where the bytes lie until they are published. */
  get currentPath(): string {
    return this.#partialPath;
  }

  /** Bytes that have arrived. */
  get byteLength(): number {
    return this.#byteLength;
  }

  append(bytes: Uint8Array): void {
    new FileSink(this.#descriptor, this.#partialPath).write(bytes, this.#byteLength);
    this.#byteLength += bytes.length;
  }

  /** Forgets all that has arrived. */
  clear(): void {
    this.#attempt(() => ftruncateSync(this.#descriptor, 0));
    this.#byteLength = 0;
  }

  /** Visits what has arrived in order, in chunks that are only valid during the visit. */
  forEachChunk(visit: (chunk: Uint8Array) => void): void {
    const buffer = new Uint8Array(Math.min(CHUNK_LENGTH, this.#byteLength));
    for (let at = 0; at < this.#byteLength; ) {
      const length = Math.min(buffer.length, this.#byteLength - at);
      const count = this.#attempt(() => readSync(this.#descriptor, buffer, 0, length, at));
      if (count === 0) throw shrunk(this.#partialPath, at, this.#byteLength);
      visit(buffer.subarray(0, count));
      at += count;
    }
  }

  /**
   * The file is whole: synced, given its mode and put in its place, over what was there. Disposes of this. `path` is
   * another place on the same file system, where it was not known before.
   */
  publish(mode: number, path = this.#path): void {
    this.#attempt(() => {
      fchmodSync(this.#descriptor, mode);
      fsyncSync(this.#descriptor);
    });
    this.#attempt(() => renameSync(this.#partialPath, path), path);
    syncFolder(dirname(path));
    this.#close();
  }

  /** Nothing of it is left. Disposes of this. */
  remove(): void {
    if (!this.#isOpen) return;
    // While it is locked: whoever waits for it finds that it is gone, and begins anew.
    this.#attempt(() => rmSync(this.#partialPath, { force: true }));
    this.#close();
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    if (this.#byteLength === 0 || !this.#isKept) removeQuietly(this.#partialPath);
    this.#close();
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }

  #attempt<T>(action: () => T, path = this.#partialPath): T {
    try {
      return action();
    } catch (thrown) {
      throw systemError(thrown, `Cannot write "${path}"`, "IO_WRITE_FAILED");
    }
  }
}

type Opened = { readonly path: string; readonly descriptor: number; readonly isKept: boolean };

function openLocked(path: string, lock: typeof lockDescriptor): Opened | undefined {
  const name = partialPath(path);
  for (;;) {
    checkIsNoLink(name);
    const descriptor = openSync(name, OPEN_OR_CREATE, PRIVATE_MODE);
    let isTaken = false;
    try {
      checkIsFile(descriptor, name);
      const state = lock(descriptor);
      if (state === "held") return undefined;
      if (state === "unsupported") return openAlone(path);
      // Between opening and locking the former holder may have put it in its place, or removed it.
      isTaken = isSameFile(descriptor, name);
      if (isTaken) return { path: name, descriptor, isKept: true };
    } finally {
      if (!isTaken) closeSync(descriptor);
    }
  }
}

/** Without locks nobody may share it: a name that nobody guesses, and nothing is kept for the next process. */
function openAlone(path: string): Opened {
  const name = temporaryName(path);
  return { path: name, descriptor: openSync(name, "wx+", PRIVATE_MODE), isKept: false };
}

/** The system refuses links, too, but says that they run in a circle. */
function checkIsNoLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  throw new CodedError(
    "IO_NOT_A_FILE",
    `Cannot write "${path}" as a symbolic link is there, not a file: remove it`,
  );
}

function checkIsFile(descriptor: number, path: string): void {
  const kind = kindOf(fstatSync(descriptor));
  if (kind === "file") return;
  throw new CodedError(
    "IO_NOT_A_FILE",
    `Cannot write "${path}" as a ${kind} is there, not a file: remove it`,
  );
}

function isSameFile(descriptor: number, path: string): boolean {
  const open = fstatSync(descriptor, { bigint: true });
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return there?.ino === open.ino && there.dev === open.dev;
}

function shrunk(path: string, found: number, expected: number): CodedError {
  return new CodedError(
    "IO_CHANGED",
    `Cannot use "${path}" as it must have ${expected} bytes: found ${found}: another program is changing it`,
    { detail: { found, expected } },
  );
}
