// Objects of a git repository on disk, loose or in packs. Reads what is needed to compare files with a commit; knows no
// alternates and no SHA-256 repositories. Whatever is damaged or unusual is as if it were not there.
import { join } from "node:path";
import { constants, inflateSync } from "node:zlib";
import { type ByteSource, FileSource, fileFacts, listFiles } from "../io/index.ts";
import { applyDelta } from "./git-delta.ts";
import { GitWork } from "./git-work.ts";

export type GitObject = { readonly type: GitType; readonly content: Uint8Array };
export type GitType = "commit" | "tree" | "blob" | "tag";

/** Commits and trees of repositories of models are below a megabyte. */
const OBJECT_BYTES_MAX = 16 * 1024 * 1024;
/** Git makes chains of up to 50. */
const DELTA_DEPTH_MAX = 64;
/** A clone has one; more come with every fetch. */
const PACKS_MAX = 200;
const ID_BYTES = 20;
/** Of a loose object, compressed: enough for the codes it is compressed with, its type and its length. */
const HEAD_BYTES_MAX = 512;
/** What it costs to look for one name in one pack, or for an entry in it, in bytes. */
const LOOKUP_WORK = 3200;
const ENTRY_WORK = 1024;

/** By the number in a pack's entry. */
const PACK_TYPES: Readonly<Record<number, GitType>> = {
  1: "commit",
  2: "tree",
  3: "blob",
  4: "tag",
};
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;

/** The objects of one repository. What was read is kept, which `work` bounds. */
export class GitObjects {
  readonly #folder: string;
  readonly #work: GitWork;
  readonly #objects = new Map<string, GitObject | undefined>();
  readonly #entries = new Map<string, GitObject | undefined>();
  #indexes: readonly string[] | undefined;

  constructor(gitFolder: string, work = new GitWork()) {
    this.#folder = join(gitFolder, "objects");
    this.#work = work;
  }

  /** The object, its bytes compared with its name; undefined when it cannot be read. Throws `HUB_HISTORY_TOO_LARGE`. */
  read(id: string): GitObject | undefined {
    if (!/^[0-9a-f]{40}$/.test(id)) return undefined;
    if (!this.#objects.has(id)) this.#objects.set(id, this.#readChecked(id));
    return this.#objects.get(id);
  }

  #readChecked(id: string): GitObject | undefined {
    try {
      const found = this.#readNamed(id, 0);
      if (found === undefined) return undefined;
      this.#work.spend(found.content.length);
      return nameOf(found) === id ? found : undefined;
    } catch (thrown) {
      // Lengths and places in these files are read as they are: what leads out of a file, or does not inflate, is
      // damaged.
      if (thrown instanceof Error && !this.#work.isSpent) return undefined;
      throw thrown;
    }
  }

  #readNamed(id: string, depth: number): GitObject | undefined {
    return this.#readLoose(id) ?? this.#readPacked(id, depth);
  }

  #readLoose(id: string): GitObject | undefined {
    const path = join(this.#folder, id.slice(0, 2), id.slice(2));
    this.#work.spend(ENTRY_WORK);
    const facts = fileFacts(path);
    if (facts?.kind !== "file" || facts.byteLength > OBJECT_BYTES_MAX) return undefined;
    using source = new FileSource(path);
    this.#work.spend(source.byteLength);
    const bytes = source.read(0, source.byteLength);
    // The head tells how long the rest is: nothing is inflated before that is known.
    const head = inflateSync(bytes.subarray(0, HEAD_BYTES_MAX), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const [text = "", name = "", size = ""] =
      /^([a-z]{4,6}) (\d{1,9})\0/.exec(head.toString("latin1", 0, 20)) ?? [];
    const type = Object.values(PACK_TYPES).find((known) => known === name);
    if (type === undefined || Number(size) > OBJECT_BYTES_MAX) return undefined;
    const byteLength = text.length + Number(size);
    this.#work.spend(byteLength);
    return { type, content: inflate(bytes, byteLength).subarray(text.length) };
  }

  #readPacked(id: string, depth: number): GitObject | undefined {
    const folder = join(this.#folder, "pack");
    this.#indexes ??= listIndexes(folder);
    for (const name of this.#indexes) {
      this.#work.spend(LOOKUP_WORK);
      using index = new FileSource(join(folder, name));
      const byteOffset = findInIndex(index, id);
      if (byteOffset === undefined) continue;
      using pack = new FileSource(join(folder, name.replace(/idx$/, "pack")));
      return this.#readEntry({ pack, depth }, byteOffset);
    }
    return undefined;
  }

  #readEntry(place: Place, byteOffset: number): GitObject | undefined {
    if (place.depth > DELTA_DEPTH_MAX) return undefined;
    const key = `${byteOffset} ${place.pack.name}`;
    if (!this.#entries.has(key)) this.#entries.set(key, this.#decodeEntry(place, byteOffset));
    return this.#entries.get(key);
  }

  #decodeEntry({ pack, depth }: Place, byteOffset: number): GitObject | undefined {
    this.#work.spend(ENTRY_WORK);
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
    const base =
      type === undefined ? this.#baseOf(kind, reader, { pack, depth, byteOffset }) : undefined;
    if (type === undefined && base === undefined) return undefined;
    this.#work.spend(size);
    const content = reader.inflated(size);
    if (type !== undefined) return objectOf(type, content);
    if (base === undefined || content === undefined) return undefined;
    const limits = { work: this.#work, byteLengthMax: OBJECT_BYTES_MAX };
    return objectOf(base.type, applyDelta(base.content, content, limits));
  }

  /** What the entry is a difference to. */
  #baseOf(
    kind: number,
    reader: Reader,
    { pack, depth, byteOffset }: Place & { readonly byteOffset: number },
  ): GitObject | undefined {
    if (kind === OFFSET_DELTA) {
      return this.#readEntry({ pack, depth: depth + 1 }, byteOffset - reader.distance());
    }
    if (kind !== REFERENCE_DELTA) return undefined;
    return this.#readNamed(Buffer.from(reader.bytes(ID_BYTES)).toString("hex"), depth + 1);
  }
}

type Place = { readonly pack: ByteSource; readonly depth: number };

function nameOf({ type, content }: GitObject): string {
  const hash = new Bun.CryptoHasher("sha1").update(`${type} ${content.length}\0`);
  return hash.update(content).digest("hex");
}

function inflate(bytes: Uint8Array, lengthMax: number): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: Math.max(1, lengthMax) });
}

function listIndexes(folder: string): readonly string[] {
  if (fileFacts(folder)?.kind !== "folder") return [];
  const names = listFiles(folder, { depthMax: 0, entriesMax: PACKS_MAX * 4 });
  return names.filter((file) => file.endsWith(".idx"));
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
