// Puts a base into the cache: it is there whole, checked and with its note, or not at all.
import { type BaseIdentity, VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { hasBaseLength } from "../executable/index.ts";
import { createSha256, FileSource, type PartialFile, sliceSource, toHex } from "../io/index.ts";
import { type CachedBase, cachedBasePath, checkBasePlace, writeNote } from "./cache.ts";
import { failBase, readBaseIdentity } from "./identity.ts";
import type { KnownBase } from "./known-base.ts";

/** Three times what a base has today; also bounds what a small compressed file can grow to. */
export const BASE_BYTES_MAX = 512 * 1024 * 1024;
/** It can be run: a base is the builder of its system. */
const MODE = 0o755;

/** How often is looked whether another process has finished. */
export const POLL_MS = 200;

export type IncomingBase = {
  readonly pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** The address or file it comes from. */
  readonly origin: string;
  /** Throws what is wrong with the identity; else what the base must be, where that is known. */
  readonly check: (identity: BaseIdentity) => KnownBase["base"] | undefined;
};

/** Fills and publishes `partial`. Throws `BASE_INVALID` and `BASE_DIFFERS`, and then leaves nothing. */
export async function storeBase(
  partial: PartialFile,
  cacheFolder: string,
  incoming: IncomingBase,
): Promise<CachedBase> {
  try {
    const sha256 = await fill(partial, incoming);
    const { byteLength } = partial;
    const identity = readIdentity(partial, incoming.origin);
    checkDigest(incoming.origin, sha256, incoming.check(identity));
    const { version, target, onnxruntime } = identity;
    const path = cachedBasePath(cacheFolder, version, target);
    const note = { version, target, onnxruntime, byteLength, sha256, origin: incoming.origin };
    checkBasePlace(path);
    writeNote(path, note);
    partial.publish(MODE, path);
    return { ...note, path };
  } catch (thrown) {
    // A part of a base is of no use: what can be gone on with is the compressed file.
    partial.remove();
    throw thrown;
  }
}

async function fill(partial: PartialFile, { pieces, origin }: IncomingBase): Promise<string> {
  partial.clear();
  const hash = createSha256();
  for await (const piece of pieces) {
    if (partial.byteLength + piece.length > BASE_BYTES_MAX) {
      failBase(origin, `it must have at most ${BASE_BYTES_MAX} bytes: found more`, "is it a base?");
    }
    hash.update(piece);
    partial.append(piece);
  }
  return toHex(hash.digest());
}

function readIdentity(partial: PartialFile, origin: string): BaseIdentity {
  using file = new FileSource(partial.currentPath);
  const source = sliceSource(file, { byteOffset: 0, byteLength: file.byteLength }, origin);
  const identity = readBaseIdentity(source);
  if (!hasBaseLength(identity, source)) {
    failBase(
      origin,
      "it must be a base alone: found a list of others behind it",
      "name it uncompressed",
    );
  }
  return identity;
}

function checkDigest(origin: string, found: string, expected: KnownBase["base"] | undefined): void {
  if (expected === undefined || expected.sha256 === found) return;
  throw new CodedError(
    "BASE_DIFFERS",
    `Cannot take "${origin}" as the base of version ${VERSION} as its sha256 must be ${expected.sha256}: ` +
      `found ${found}: add the released one, or build with this one by "build --base FILE"`,
    { detail: { expected: expected.sha256, found } },
  );
}
