// The writing end of what has no length and no place: terminals, /dev/null, pipes. What is written is gone at once.
import { closeSync, constants, openSync, type Stats, statSync, writeSync } from "node:fs";
import { systemError } from "./system-error.ts";

/** Holds a file descriptor until `close`, or until the end of a `using` block. */
export class StreamSink implements Disposable {
  readonly #descriptor: number;
  readonly #name: string;
  #closed = false;

  constructor(descriptor: number, name: string) {
    this.#descriptor = descriptor;
    this.#name = name;
  }

  /** Waits for a reader that is slow. The detail `errno` is "EPIPE" when there is none any more. */
  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      try {
        done += writeSync(this.#descriptor, bytes, done, bytes.length - done);
      } catch (thrown) {
        throw systemError(thrown, `Cannot write to "${this.#name}"`, "IO_WRITE_FAILED");
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens the character device or the pipe at `path`, symbolic links followed; undefined when something else lies there,
 * or nothing. Waits until somebody reads the pipe, as a shell does.
 */
export function openStream(path: string): StreamSink | undefined {
  let facts: Stats | undefined;
  try {
    facts = statSync(path);
  } catch {
    // Whoever wants to make a file there will find out why, if that matters.
    return undefined;
  }
  if (!facts.isCharacterDevice() && !facts.isFIFO()) return undefined;
  try {
    return new StreamSink(openSync(path, constants.O_WRONLY | constants.O_NOCTTY), path);
  } catch (thrown) {
    throw systemError(thrown, `Cannot write to "${path}"`, "IO_WRITE_FAILED");
  }
}
