// What has arrived of a file: its bytes on disk, their running digest, and a note of which version of the file they
// are, without which a later attempt could put halves of two versions together.
import { isCodedError } from "../error/index.ts";
import {
  createSha256,
  type PartialFile,
  partialPath,
  readTextFile,
  removeFile,
  type Sha256,
  toHex,
  writeFileAtomically,
} from "../io/index.ts";

/** Which version of which file the bytes are. */
export type Version = {
  /** Of the address, or of the digest the file must have: the same bytes may come from elsewhere. */
  readonly identity: string;
  /** Only a strong one: two answers with the same are equal in every byte. */
  readonly etag?: string;
};

const NOTE_BYTES_MAX = 16 * 1024;
/** A server could make notes as long as it likes. */
const ETAG_LENGTH_MAX = 1024;
const FILE_MODE = 0o644;

export class Arrival {
  readonly #partial: PartialFile;
  readonly #notePath: string;
  readonly #identity: string;
  #hash: Sha256 = createSha256();
  #etag: string | undefined;

  /** Takes over what is there of the same file, if anything; the rest is forgotten. `partial` stays the caller's. */
  constructor(partial: PartialFile, path: string, identity: string) {
    this.#partial = partial;
    this.#notePath = `${partialPath(path)}.json`;
    this.#identity = identity;
    const note = partial.byteLength === 0 ? undefined : readNote(this.#notePath);
    if (note?.identity !== identity) {
      this.#partial.clear();
      return;
    }
    this.#etag = note.etag;
    partial.forEachChunk((chunk) => void this.#hash.update(chunk));
  }

  get byteLength(): number {
    return this.#partial.byteLength;
  }

  get etag(): string | undefined {
    return this.#etag;
  }

  /** Forgets the bytes; those that follow are of the version with this etag. */
  restart(etag?: string): void {
    this.#partial.clear();
    this.#hash = createSha256();
    this.#etag = etag;
    const version: Version = { identity: this.#identity, ...(etag === undefined ? {} : { etag }) };
    // Before the first byte: at no moment are there bytes with the note of another version.
    writeFileAtomically(this.#notePath, { force: true, mode: 0o600 }, (sink) =>
      sink.write(new TextEncoder().encode(JSON.stringify(version)), 0),
    );
  }

  append(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#partial.append(bytes);
  }

  /** Lower-case hexadecimal; to be asked once. */
  digest(): string {
    return toHex(this.#hash.digest());
  }

  /** The file is whole and right. */
  publish(): void {
    this.#partial.publish(FILE_MODE);
    removeFile(this.#notePath);
  }

  /** Nothing of it was needed, or nothing of it is of use. */
  remove(): void {
    removeFile(this.#notePath);
    this.#partial.remove();
  }
}

/** The etag of an answer, where it says that bytes are the same, not just their meaning. */
export function strongEtag(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag === null || etag.length > ETAG_LENGTH_MAX) return undefined;
  return /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) ? etag : undefined;
}

/** Undefined when there is none, or none that can be read: then there is nothing to go on from. */
function readNote(path: string): Version | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readTextFile(path, NOTE_BYTES_MAX));
  } catch (thrown) {
    if (isCodedError(thrown) || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  if (typeof value !== "object" || value === null || !("identity" in value)) return undefined;
  const { identity } = value;
  if (typeof identity !== "string") return undefined;
  const etag = "etag" in value && typeof value.etag === "string" ? value.etag : undefined;
  return { identity, ...(etag === undefined ? {} : { etag }) };
}
