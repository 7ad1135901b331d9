// A byte source over an open file. Reads are positional, so one source can be shared freely.
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { CodedError } from "../error/index.ts";
import { type ByteSource, checkRange } from "./byte-source.ts";
import { kindOf } from "./file-kind.ts";
import { systemError } from "./system-error.ts";

/** A pipe that takes the place of the file just before it is opened must not keep this process waiting for a writer. */
const READ_WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;

type Identity = { byteLength: number; modifiedNs: bigint };

/** Holds a file descriptor until `close`, or until the end of a `using` block. */
export class FileSource implements ByteSource, Disposable {
  /** The path as it was given. */
  readonly name: string;
  /** Absolute and free of symbolic links. */
  readonly realPath: string;
  readonly byteLength: number;
  readonly #descriptor: number;
  readonly #opened: Identity;
  #closed = false;

  /** Throws `IO_NOT_FOUND`, `IO_PERMISSION_DENIED`, `IO_NOT_A_FILE` (folders, pipes, devices) or `IO_READ_FAILED`. */
  constructor(path: string) {
    this.name = path;
    try {
      this.realPath = realpathSync(path);
      // Before it is opened, too: to open a pipe waits for a writer, and to open a device may be heard there.
      checkIsFile(statSync(this.realPath, { bigint: true }), path);
      this.#descriptor = openSync(this.realPath, READ_WITHOUT_WAITING);
    } catch (thrown) {
      throw systemError(thrown, `Cannot open "${path}"`, "IO_READ_FAILED");
    }
    try {
      this.#opened = identify(this.#descriptor, path);
    } catch (thrown) {
      closeSync(this.#descriptor);
      throw thrown;
    }
    this.byteLength = this.#opened.byteLength;
  }

  read(byteOffset: number, byteLength: number): Uint8Array {
    checkRange(this, byteOffset, byteLength);
    const bytes = new Uint8Array(byteLength);
    this.readInto(byteOffset, bytes);
    return bytes;
  }

  readInto(byteOffset: number, target: Uint8Array): void {
    checkRange(this, byteOffset, target.length);
    let done = 0;
    while (done < target.length) {
      const count = this.#readSome(target.subarray(done), byteOffset + done);
      if (count === 0) {
        throw new CodedError(
          "IO_READ_FAILED",
          `Cannot read "${this.name}" beyond byte ${byteOffset + done} as it ends there, but had ` +
            `${this.byteLength} bytes when it was opened: another program is changing it`,
          { detail: { found: byteOffset + done, expected: this.byteLength } },
        );
      }
      done += count;
    }
  }

  checkUnchanged(): void {
    const now = identify(this.#descriptor, this.name);
    const same =
      now.byteLength === this.#opened.byteLength && now.modifiedNs === this.#opened.modifiedNs;
    if (same) return;
    throw new CodedError(
      "IO_CHANGED",
      `Cannot use "${this.name}" as it changed after it was opened: try again when no other ` +
        "program writes to it",
      { detail: { found: now.byteLength, expected: this.#opened.byteLength } },
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readSome(target: Uint8Array, byteOffset: number): number {
    try {
      return readSync(this.#descriptor, target, 0, target.length, byteOffset);
    } catch (thrown) {
      throw systemError(thrown, `Cannot read "${this.name}"`, "IO_READ_FAILED");
    }
  }
}

function identify(descriptor: number, path: string): Identity {
  const facts = fstatSync(descriptor, { bigint: true });
  checkIsFile(facts, path);
  return { byteLength: Number(facts.size), modifiedNs: facts.mtimeNs };
}

function checkIsFile(facts: BigIntStats, path: string): void {
  const kind = kindOf(facts);
  if (kind === "file") return;
  throw new CodedError(
    "IO_NOT_A_FILE",
    `Cannot open "${path}" as a ${kind} is there, not a file: name a regular file`,
    { detail: { found: kind, expected: "file" } },
  );
}
