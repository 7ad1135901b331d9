// What a hub knows a file by: the SHA-256 of large ones, of all others the name git gives their content.
import { createSha256, FileSource, forEachChunk, toHex } from "../io/index.ts";

export type FileDigest = {
  readonly algorithm: "sha256" | "git";
  /** Lower-case hexadecimal: 64 digits of SHA-256, or 40 of git. */
  readonly hex: string;
};

/** The digest a text in hexadecimal is, by its length; undefined when it is none. */
export function parseDigest(hex: string): FileDigest | undefined {
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: "sha256", hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { algorithm: "git", hex } : undefined;
}

/** Whether the file has this digest. Reads it whole; throws what reading throws. */
export function hasDigest(path: string, digest: FileDigest): boolean {
  using source = new FileSource(path);
  return digestOf(source, digest.algorithm) === digest.hex;
}

/** Lower-case hexadecimal. */
export function digestOf(source: FileSource, algorithm: FileDigest["algorithm"]): string {
  const range = { byteOffset: 0, byteLength: source.byteLength };
  if (algorithm === "sha256") {
    const hash = createSha256();
    forEachChunk(source, range, (chunk) => void hash.update(chunk));
    return toHex(hash.digest());
  }
  const hash = gitHash(source.byteLength);
  forEachChunk(source, range, (chunk) => void hash.update(chunk));
  return hash.digest("hex");
}

/** The name git gives this content. */
export function gitBlobId(content: Uint8Array): string {
  return gitHash(content.byteLength).update(content).digest("hex");
}

function gitHash(byteLength: number): Bun.CryptoHasher {
  return new Bun.CryptoHasher("sha1").update(`blob ${byteLength}\0`);
}
