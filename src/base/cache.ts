// Where fetched bases are kept, and what is noted beside each: `bases/<version>/encoderfile-base-<target>` in the cache
// folder, with a note of its digest. A base without a note that fits is as good as none.
import { dirname, join } from "node:path";
import { CodedError, isCodedError } from "../error/index.ts";
import {
  fileFacts,
  listFolders,
  PartialFile,
  partialPath,
  readLink,
  readTextFile,
  removeFile,
  writeFileAtomically,
} from "../io/index.ts";
import { baseAssetName } from "./asset-name.ts";
import { isDigest } from "./known-base.ts";

/** What is known of a base in the cache since it was put there. */
export type BaseNote = {
  readonly version: string;
  readonly target: string;
  /** Version of the inference library inside. */
  readonly onnxruntime: string;
  readonly byteLength: number;
  /** Lower-case hexadecimal SHA-256 of the base. */
  readonly sha256: string;
  /** The address or file it came from. */
  readonly origin: string;
};

export type CachedBase = BaseNote & { readonly path: string };

/** A note takes some 400 bytes, and an address may be long. */
const NOTE_BYTES_MAX = 16 * 1024;
/** More versions than anybody keeps. */
const VERSIONS_MAX = 1000;
const NAME_START = "encoderfile-base-";

/** This program's folder among the caches of the user. */
export function cacheFolderOf(
  variables: Readonly<Record<string, string | undefined>>,
  { home, system }: { readonly home: string; readonly system: string },
): string {
  // As the specification of the variable says: a relative path is no place.
  const stated = variables["XDG_CACHE_HOME"];
  if (stated?.startsWith("/") === true) return join(stated, "encoderfile");
  return join(home, system === "darwin" ? "Library/Caches" : ".cache", "encoderfile");
}

/** Where the base of a version and target lies, if it is there. */
export function cachedBasePath(cacheFolder: string, version: string, target: string): string {
  return join(cacheFolder, "bases", version, `${NAME_START}${target}`);
}

/** Where what is known of the base at `path` is noted. */
function notePath(path: string): string {
  return `${path}.json`;
}

/** Undefined when it is not there, or not as it was put there as far as its note and its length tell. */
export function readCachedBase(
  cacheFolder: string,
  version: string,
  target: string,
): CachedBase | undefined {
  const path = cachedBasePath(cacheFolder, version, target);
  const facts = fileFacts(path);
  if (facts?.kind !== "file") return undefined;
  const note = readNote(notePath(path));
  const isRight =
    note?.version === version && note.target === target && note.byteLength === facts.byteLength;
  return isRight ? { ...note, path } : undefined;
}

/** To be written before the base gets its place: then there is no base without a note. */
export function writeNote(path: string, note: BaseNote): void {
  const { version, target, onnxruntime, byteLength, sha256, origin } = note;
  const fields = { version, target, onnxruntime, byteLength, sha256, origin };
  writeFileAtomically(notePath(path), { force: true, mode: 0o644 }, (sink) =>
    sink.write(new TextEncoder().encode(`${JSON.stringify(fields, undefined, 2)}\n`), 0),
  );
}

/** Throws `IO_NOT_A_FILE` where something lies at a base's place that it cannot replace. */
export function checkBasePlace(path: string): void {
  const kind = readLink(path) === undefined ? fileFacts(path)?.kind : undefined;
  if (kind === undefined || kind === "file") return;
  throw new CodedError(
    "IO_NOT_A_FILE",
    `Cannot keep a base at "${path}" as a ${kind} is there, not a file: remove it`,
  );
}

/** Every base of the cache, by version and target. */
export function listCachedBases(
  cacheFolder: string,
  targets: readonly string[],
): readonly CachedBase[] {
  return cachedVersions(cacheFolder).flatMap((version) =>
    targets.flatMap((target) => readCachedBase(cacheFolder, version, target) ?? []),
  );
}

/** A base that was in the cache, or what was left of its download. */
export type RemovedBase = Pick<BaseNote, "version" | "target"> & { readonly path: string };

/**
 * Removes the bases of these targets, of one version or of all, with their notes and with what was left of downloads,
 * unless one goes on. Gives what was there.
 */
export function removeCachedBases(
  cacheFolder: string,
  { targets, version }: { readonly targets: readonly string[]; readonly version?: string },
): readonly RemovedBase[] {
  const versions = version === undefined ? cachedVersions(cacheFolder) : [version];
  return versions.flatMap((name) =>
    targets.flatMap((target) => {
      const path = cachedBasePath(cacheFolder, name, target);
      const isThere = fileFacts(path) !== undefined;
      // The base first: a note alone is nothing.
      removeFile(path);
      removeFile(notePath(path));
      const asset = join(dirname(path), baseAssetName(name, target));
      const removed = [
        ...(isThere ? [path] : []),
        ...removeLeftover(asset),
        ...removeLeftover(path),
      ];
      return removed.map((gone) => ({ version: name, target, path: gone }));
    }),
  );
}

/** Of a download to this place that ended before its time. Gives the paths that were there, without those of notes. */
function removeLeftover(path: string): readonly string[] {
  const partialThere = partialPath(path);
  const there = [path, partialThere].filter((name) => fileFacts(name) !== undefined);
  if (there.includes(partialThere)) {
    const partial = PartialFile.open(path);
    // Somebody is at it.
    if (partial === undefined) return [];
    partial.remove();
  }
  for (const left of [path, `${partialThere}.json`]) removeFile(left);
  return there;
}

function cachedVersions(cacheFolder: string): readonly string[] {
  const folder = join(cacheFolder, "bases");
  return fileFacts(folder)?.kind === "folder" ? listFolders(folder, VERSIONS_MAX) : [];
}

function readNote(path: string): BaseNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readTextFile(path, NOTE_BYTES_MAX));
  } catch (thrown) {
    if (isCodedError(thrown) || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { version, target, onnxruntime, byteLength, sha256, origin } = value as Record<
    string,
    unknown
  >;
  const texts = [version, target, onnxruntime, sha256, origin];
  if (!texts.every((text) => typeof text === "string") || typeof byteLength !== "number") {
    return undefined;
  }
  const note = { version, target, onnxruntime, byteLength, sha256, origin } as BaseNote;
  return isDigest(note.sha256) ? note : undefined;
}
