// The program of an archive: a base that knows the digests of the bases it may download.
import { readFileSync } from "node:fs";

/** One base that is part of a release. */
export type ReleasedBase = {
  readonly target: string;
  /** Its asset. */
  readonly name: string;
  readonly byteLength: number;
  readonly sha256: string;
};

export function makeBuilder(basePath: string, _bases: readonly ReleasedBase[]): Uint8Array {
  return readFileSync(basePath);
}
