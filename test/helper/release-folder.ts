// A folder of a release with fake bases, as a server or a file address gives it.
import { mkdirSync, writeFileSync } from "node:fs";
import { VERSION } from "../../src/about/index.ts";
import { baseAssetName, type KnownBases, SUMS_NAME } from "../../src/base/index.ts";
import { sha256, toHex } from "../../src/io/index.ts";
import { fakeBaseBytes } from "./fake-base.ts";
import type { TempDir } from "./temp-dir.ts";

export type ReleaseFolder = {
  /** The root of all releases. */
  readonly path: string;
  /** Compressed bases by file name. */
  readonly assets: ReadonlyMap<string, Uint8Array>;
  readonly known: KnownBases;
  readonly sumsPath: string;
};

/** A fake base, longer than a piece of a download. */
export function releasedBase(target: string): Uint8Array {
  return fakeBaseBytes({ machine: target, byteOffset: 100_000 });
}

export function makeRelease(
  folder: TempDir,
  targets = ["linux-arm64", "darwin-arm64"],
): ReleaseFolder {
  const path = folder.join("releases");
  const version = folder.join("releases", `v${VERSION}`);
  mkdirSync(version, { recursive: true });
  const assets = new Map<string, Uint8Array>();
  const bases = targets.map((target) => {
    const base = releasedBase(target);
    // Stored, not compressed: long enough to be cut in the middle.
    const asset = Bun.gzipSync(Uint8Array.from(base), { level: 0 });
    const name = baseAssetName(VERSION, target);
    assets.set(name, asset);
    writeFileSync(`${version}/${name}`, asset);
    return { target, asset: factsOf(asset), base: factsOf(base) };
  });
  const sumsPath = `${version}/${SUMS_NAME}`;
  const lines = [...assets].map(([name, bytes]) => `${factsOf(bytes).sha256}  ${name}\n`);
  writeFileSync(sumsPath, lines.join(""));
  return { path, assets, known: { version: VERSION, bases }, sumsPath };
}

function factsOf(bytes: Uint8Array): { readonly byteLength: number; readonly sha256: string } {
  return { byteLength: bytes.length, sha256: toHex(sha256(bytes)) };
}
