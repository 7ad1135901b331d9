// Signs executables for macOS as Apple's tool does: more blobs than one, room at the end, pages of any size.
import { createHash } from "node:crypto";
import { PLACES } from "./mach-o-file.ts";

/** Type of a blob and its bytes. */
export type ForeignBlob = readonly [type: number, bytes: Buffer];

export type ForeignOptions = {
  /** Hash algorithms: the first is the main directory's. */
  readonly algorithms?: readonly ("sha1" | "sha256")[];
  /** Binary logarithm of the length of a page. */
  readonly pageSize?: number;
  /** Blobs beside the directories: by default requirements and a certificate's signature. */
  readonly blobs?: readonly ForeignBlob[];
  /** Zeros behind the last blob. */
  readonly room?: number;
};

/** A blob with its head. */
export function blob(magic: number, content: Uint8Array): Buffer {
  return Buffer.concat([words(magic, content.length + 8), content]);
}

export const REQUIREMENTS = 0xfade0c01;
export const WRAPPER = 0xfade0b01;

const DEFAULT_BLOBS: readonly ForeignBlob[] = [
  [2, blob(REQUIREMENTS, Buffer.alloc(4))],
  [0x10000, blob(WRAPPER, Buffer.from("made with a certificate"))],
];

/** The first `end` bytes, with a signature instead of what followed: the start must be that of `machOBytes`. */
export function foreignlySigned(
  bytes: Uint8Array,
  end: number,
  options: ForeignOptions = {},
): Uint8Array {
  const { algorithms = ["sha256"], pageSize = 12, blobs = DEFAULT_BLOBS, room = 300 } = options;
  const file = Buffer.from(bytes.slice(0, end));
  const sign = () => {
    const made = algorithms.map((algorithm, index): ForeignBlob => {
      const directory = codeDirectory(file, { algorithm, pageSize, blobs });
      return [index === 0 ? 0 : 0x1000 + index - 1, directory];
    });
    return Buffer.concat([superBlob([...made, ...blobs]), Buffer.alloc(room)]);
  };
  // The length does not depend on the content, which the head is a part of.
  setForeignHead(file, end, sign().length);
  return Uint8Array.from(Buffer.concat([file, sign()]));
}

/** The fields at the start of a file whose signature lies at `end` and has this length. */
export function setForeignHead(file: Uint8Array, end: number, byteLength: number): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = end + byteLength - Number(view.getBigUint64(PLACES.linkEditOffset, true));
  const memory = Math.ceil(length / 4096) * 4096;
  view.setBigUint64(PLACES.linkEditLength, BigInt(length), true);
  view.setBigUint64(PLACES.linkEditAddressLength, BigInt(memory), true);
  view.setUint32(PLACES.signatureOffset, end, true);
  view.setUint32(PLACES.signatureLength, byteLength, true);
}

export function superBlob(blobs: readonly ForeignBlob[]): Buffer {
  let position = 12 + 8 * blobs.length;
  const index: number[] = [];
  for (const [type, bytes] of blobs) {
    index.push(type, position);
    position += bytes.length;
  }
  const head = words(0xfade0cc0, position, blobs.length, ...index);
  return Buffer.concat([head, ...blobs.map(([, bytes]) => bytes)]);
}

type DirectoryOptions = {
  readonly algorithm: "sha1" | "sha256";
  readonly pageSize: number;
  readonly blobs: readonly ForeignBlob[];
};

function codeDirectory(file: Buffer, { algorithm, pageSize, blobs }: DirectoryOptions): Buffer {
  const hash = (bytes: Uint8Array) => createHash(algorithm).update(bytes).digest();
  const specials = [5, 4, 3, 2, 1].map((type) => {
    const found = blobs.find(([candidate]) => candidate === type);
    return found === undefined ? hash(new Uint8Array(0)).fill(0) : hash(found[1]);
  });
  const pageLength = 2 ** pageSize;
  const pages: Buffer[] = [];
  for (let at = 0; at < file.length; at += pageLength) {
    pages.push(hash(file.subarray(at, at + pageLength)));
  }
  const name = Buffer.from("org.example.program\0");
  const special = Buffer.concat(specials);
  const hashLength = special.length / specials.length;
  const hashOffset = 88 + name.length + special.length;
  const sizes = Buffer.from([hashLength, algorithm === "sha1" ? 1 : 2, 0, pageSize]);
  const content = Buffer.concat([
    words(0x20400, 0, hashOffset, 88, specials.length, pages.length, file.length),
    ...[sizes, Buffer.alloc(48), name, special, ...pages],
  ]);
  return blob(0xfade0c02, content);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}
