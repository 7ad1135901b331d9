// The program of an archive: a base that knows the digests of the bases of its release, and so may download them.
import { appendKnownBases, type KnownBase } from "../../src/base/index.ts";
import { FileSource } from "../../src/io/index.ts";

export type BuilderOptions = {
  readonly version: string;
  /** Of every target of the release. */
  readonly bases: readonly KnownBase[];
};

/** The bytes of the builder that is made of the base at `basePath`. */
export function makeBuilder(basePath: string, known: BuilderOptions): Uint8Array {
  using base = new FileSource(basePath);
  const builder = appendKnownBases(base, known);
  return builder.read(0, builder.byteLength);
}
