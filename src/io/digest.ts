// SHA-256, of bytes in memory and of ranges too large for it.
import { type ByteSource, forEachChunk } from "./byte-source.ts";

export const SHA256_BYTE_LENGTH = 32;

export function sha256(bytes: Uint8Array): Uint8Array {
  return createSha256().update(bytes).digest();
}

/** The digest of many small pieces: writes it into 32 bytes, which costs a third less than a buffer for each. */
export function sha256Into(bytes: Uint8Array, target: Uint8Array): void {
  Bun.SHA256.hash(bytes, target);
}

/** Reads the range (the whole source when none is given) in chunks: memory does not grow with it. */
export function sha256Source(
  source: ByteSource,
  range: { byteOffset: number; byteLength: number } = {
    byteOffset: 0,
    byteLength: source.byteLength,
  },
): Uint8Array {
  const hash = createSha256();
  forEachChunk(source, range, (chunk) => void hash.update(chunk));
  return hash.digest();
}

/** A running digest: `update` in order, then `digest` once. */
export type Sha256 = { update(bytes: Uint8Array): Sha256; digest(): Uint8Array };

export function createSha256(): Sha256 {
  const hasher = new Bun.CryptoHasher("sha256");
  const running: Sha256 = {
    update(bytes) {
      hasher.update(bytes);
      return running;
    },
    digest: () => new Uint8Array(hasher.digest()),
  };
  return running;
}

export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
