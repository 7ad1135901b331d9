// Objects of a git repository on disk, loose or in packs. Reads what is needed to compare files with a commit; knows no
// alternates and no SHA-256 repositories. Whatever is damaged or unusual is as if it were not there.
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { type ByteSource, FileSource, fileFacts, listFiles } from "../io/index.ts";

export type GitObject = { readonly type: GitType; readonly content: Uint8Array };
export type GitType = "commit" | "tree" | "blob" | "tag";

/** Commits and trees of repositories of models are below a megabyte. */
const OBJECT_BYTES_MAX = 16 * 1024 * 1024;
/** Git makes chains of up to 50. */
const DELTA_DEPTH_MAX = 64;
/** A clone has one; more come with every fetch. */
const PACKS_MAX = 200;
const ID_BYTES = 20;

/** By the number in a pack's entry. */
const PACK_TYPES: Readonly<Record<number, GitType>> = {
  1: "commit",
  2: "tree",
  3: "blob",
  4: "tag",
};
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** The object, its bytes compared with its name; undefined when it cannot be read. */
export function readGitObject(gitFolder: string, id: string): GitObject | undefined {
  if (!/^[0-9a-f]{40}$/.test(id)) return undefined;
  try {
    const found = readLoose(gitFolder, id) ?? readPacked(gitFolder, id, 0);
    return found !== undefined && nameOf(found) === id ? found : undefined;
  } catch (thrown) {
    // Lengths and places in these files are read as they are: what leads out of a file or does not inflate is damaged.
    if (thrown instanceof Error) return undefined;
    throw thrown;
  }
}

function nameOf({ type, content }: GitObject): string {
  const hash = new Bun.CryptoHasher("sha1").update(`${type} ${content.length}\0`);
  return hash.update(content).digest("hex");
}

function readLoose(gitFolder: string, id: string): GitObject | undefined {
  const path = join(gitFolder, "objects", id.slice(0, 2), id.slice(2));
  const facts = fileFacts(path);
  if (facts?.kind !== "file" || facts.byteLength > OBJECT_BYTES_MAX) return undefined;
  using source = new FileSource(path);
  const bytes = inflate(source.read(0, source.byteLength), OBJECT_BYTES_MAX);
  const end = bytes.indexOf(0);
  const type = Buffer.from(bytes.subarray(0, end)).toString("latin1").split(" ")[0];
  const known = Object.values(PACK_TYPES).find((name) => name === type);
  return known && { type: known, content: bytes.subarray(end + 1) };
}

function inflate(bytes: Uint8Array, lengthMax: number): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: Math.max(1, lengthMax) });
}

function readPacked(gitFolder: string, id: string, depth: number): GitObject | undefined {
  const folder = join(gitFolder, "objects", "pack");
  if (fileFacts(folder)?.kind !== "folder") return undefined;
  const names = listFiles(folder, { depthMax: 0, entriesMax: PACKS_MAX * 4 });
  for (const name of names.filter((file) => file.endsWith(".idx"))) {
    using index = new FileSource(join(folder, name));
    const byteOffset = findInIndex(index, id);
    if (byteOffset === undefined) continue;
    using pack = new FileSource(join(folder, name.replace(/idx$/, "pack")));
    return readEntry({ pack, gitFolder, depth }, byteOffset);
  }
  return undefined;
}

/** Version 2: magic, version, 256 counts, names in order, checksums, places of 32 bits, places of 64 bits. */
function findInIndex(index: ByteSource, id: string): number | undefined {
  const head = Buffer.from(index.read(0, 8));
  if (head.readUInt32BE(0) !== 0xff744f63 || head.readUInt32BE(4) !== 2) return undefined;
  const counts = Buffer.from(index.read(8, 256 * 4));
  const first = Number.parseInt(id.slice(0, 2), 16);
  let low = first === 0 ? 0 : counts.readUInt32BE((first - 1) * 4);
  let high = counts.readUInt32BE(first * 4);
  const total = counts.readUInt32BE(255 * 4);
  const namesAt = 8 + 256 * 4;
  const wanted = Buffer.from(id, "hex");
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = Buffer.compare(index.read(namesAt + middle * ID_BYTES, ID_BYTES), wanted);
    if (order === 0) return placeOf(index, { middle, total, namesAt });
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function placeOf(
  index: ByteSource,
  { middle, total, namesAt }: { middle: number; total: number; namesAt: number },
): number {
  const placesAt = namesAt + total * (ID_BYTES + 4);
  const place = Buffer.from(index.read(placesAt + middle * 4, 4)).readUInt32BE(0);
  // The first bit says that the place is too large for 32 bits and stands in the last table.
  if (place < 0x80000000) return place;
  const wideAt = placesAt + total * 4 + (place - 0x80000000) * 8;
  return Number(Buffer.from(index.read(wideAt, 8)).readBigUInt64BE(0));
}

type Pack = { readonly pack: ByteSource; readonly gitFolder: string; readonly depth: number };

function readEntry(given: Pack, byteOffset: number): GitObject | undefined {
  const { pack, gitFolder, depth } = given;
  if (depth > DELTA_DEPTH_MAX) return undefined;
  const reader = new Reader(pack, byteOffset);
  let byte = reader.byte();
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let unit = 16; byte >= 0x80; unit *= 128) {
    byte = reader.byte();
    size += (byte & 0x7f) * unit;
  }
  if (size > OBJECT_BYTES_MAX) return undefined;
  const type = PACK_TYPES[kind];
  if (type !== undefined) return objectOf(type, reader.inflated(size));
  const deeper = { pack, gitFolder, depth: depth + 1 };
  if (kind === OFFSET_DELTA) {
    const base = readEntry(deeper, byteOffset - reader.distance());
    return base && objectOf(base.type, applyDelta(base.content, reader.inflated(size)));
  }
  if (kind !== REFERENCE_DELTA) return undefined;
  const name = Buffer.from(reader.bytes(ID_BYTES)).toString("hex");
  const base = readLoose(gitFolder, name) ?? readPacked(gitFolder, name, depth + 1);
  return base && objectOf(base.type, applyDelta(base.content, reader.inflated(size)));
}

function objectOf(type: GitType, content: Uint8Array | undefined): GitObject | undefined {
  return content && { type, content };
}

/** Reads on from a place in a pack; what leads out of it throws. */
class Reader {
  readonly #source: ByteSource;
  #at: number;

  constructor(source: ByteSource, byteOffset: number) {
    this.#source = source;
    this.#at = byteOffset;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  bytes(byteLength: number): Uint8Array {
    const bytes = this.#source.read(this.#at, byteLength);
    this.#at += byteLength;
    return bytes;
  }

  /** Of a delta to its base, as git writes it: seven bits a byte, the highest first, each but the last plus one. */
  distance(): number {
    let byte = this.byte();
    let value = byte & 0x7f;
    while (byte >= 0x80) {
      byte = this.byte();
      value = (value + 1) * 128 + (byte & 0x7f);
    }
    return value;
  }

  /** What is compressed here; how long that is in the pack is not written, but has a bound. */
  inflated(size: number): Uint8Array | undefined {
    const bound = size + Math.ceil(size / 1000) + 1024;
    const byteLength = Math.min(bound, this.#source.byteLength - this.#at);
    const content = inflate(this.#source.read(this.#at, byteLength), size);
    return content.length === size ? content : undefined;
  }
}

/** Two lengths, then steps: copy a range of the base, or insert bytes that follow. Undefined where that fails. */
function applyDelta(base: Uint8Array, delta: Uint8Array | undefined): Uint8Array | undefined {
  if (delta === undefined) return undefined;
  let at = 0;
  // Past the end is zero, which is no step and found out below.
  const next = (): number => delta[at++] ?? 0;
  const length = (): number => {
    let byte = next();
    let value = byte & 0x7f;
    for (let unit = 128; byte >= 0x80; unit *= 128) {
      byte = next();
      value += (byte & 0x7f) * unit;
    }
    return value;
  };
  if (length() !== base.length) return undefined;
  const total = length();
  if (total > OBJECT_BYTES_MAX) return undefined;
  const made = new Uint8Array(total);
  let done = 0;
  while (at < delta.length) {
    const step = next();
    const part = step >= 0x80 ? copied(base, step, next) : delta.subarray(at, at + step);
    if (step < 0x80) at += step;
    if (part.length === 0 || part.length > total - done) return undefined;
    made.set(part, done);
    done += part.length;
  }
  return done === total && at === delta.length ? made : undefined;
}

/** The low bits of the step say which bytes of place and length follow. */
function copied(base: Uint8Array, step: number, next: () => number): Uint8Array {
  let place = 0;
  let length = 0;
  for (let bit = 0; bit < 4; bit++) if ((step >> bit) & 1) place += next() * 256 ** bit;
  for (let bit = 0; bit < 3; bit++) if ((step >> (4 + bit)) & 1) length += next() * 256 ** bit;
  return base.subarray(place, place + (length || 0x10000));
}
