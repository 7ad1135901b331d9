// Which base a build uses, of those that are on this machine.
import { join } from "node:path";
import { type BaseIdentity, baseIdentity, VERSION } from "../about/index.ts";
import { CodedError, isCodedError } from "../error/index.ts";
import { canonicalBase } from "../executable/index.ts";
import { FileSource, fileFacts, sha256Source, toHex } from "../io/index.ts";
import { baseFileName, findTarget, hostTarget } from "../target/index.ts";
import { type CachedBase, cachedBasePath, readCachedBase } from "./cache.ts";
import { withoutDigest } from "./fetch-base.ts";
import { checkIdentity, failBase, readBaseIdentity } from "./identity.ts";
import { type KnownBases, knownBaseOf } from "./known-base.ts";

/** What was said of the base: a value with the place it was given in, such as "--base". */
export type BaseRequest = {
  readonly base?: { readonly value: string; readonly source: string };
  readonly target?: { readonly value: string; readonly source: string };
};

/** Where bases are looked for when none is named, first come first served. */
export type BasePlaces = {
  /** This process's executable. */
  readonly executable: string;
  /** Holds the bases that were fetched or added. */
  readonly cacheFolder: string;
  /** Folders that may hold `encoderfile-<target>`, of Windows with its suffix. */
  readonly folders: readonly string[];
  /** What a base of the cache or of the folders must be, for targets it lists; undefined where nothing tells. */
  readonly known?: KnownBases | undefined;
  /** Whether a list of digests is at hand, so that what is missing can be fetched. */
  readonly canFetch?: boolean;
  /** The cache folder as the user named it; undefined for the usual one. */
  readonly cacheDir?: string | undefined;
};

/** A base that lies where bases are looked for, and is not the one that was released. */
export type RejectedBase = { readonly path: string; readonly sha256: string | undefined };

export type FoundBase = {
  readonly source: FileSource;
  readonly identity: BaseIdentity;
  /** Why this one, for the list of decisions. */
  readonly reason: string;
  /** Lower-case hexadecimal SHA-256 the base had when it was put into the cache or compared: it must still have it. */
  readonly sha256?: string;
  /** What helps when it has another one. */
  readonly remedy: string;
};

/**
 * Opens the base. Throws `BASE_NOT_FOUND` with the places that were looked at, `BASE_INVALID` with what is wrong. Of a
 * base of the cache its note is believed: whoever copies it compares the digest.
 */
export function findBase(request: BaseRequest, places: BasePlaces): FoundBase {
  const location = locateBase(request, places);
  const { base } = location;
  if (base === undefined) throw notFound(location.target, places);
  const source = new FileSource(base.path);
  try {
    const identity = base.identity ?? readBaseIdentity(source);
    checkTarget(request, base.path, identity);
    if (base.isFound) checkIdentity(base.path, identity, location.target);
    const { reason, sha256 } = base;
    const remove = baseCommand("remove", identity.target, places);
    const remedy = base.isCached === true ? `remove it with "${remove}"` : "get it anew";
    return { source, identity, reason, remedy, ...(sha256 === undefined ? {} : { sha256 }) };
  } catch (thrown) {
    source.close();
    throw thrown;
  }
}

/** Throws `BASE_DIFFERS` when a base that was found is not what it was then, or not what was put into the cache. */
export function checkCopiedBase(base: FoundBase, copied: Uint8Array): void {
  const { source, sha256: expected, remedy } = base;
  const found = toHex(copied);
  if (expected === undefined || expected === found) return;
  throw new CodedError(
    "BASE_DIFFERS",
    `Cannot use the base "${source.name}" as its sha256 must be ${expected}, as when it was put there: ` +
      `found ${found}: ${remedy} and try again`,
    { detail: { expected, found } },
  );
}

/** The target whose base must be fetched before `findBase` finds one; undefined when there is one, or one was named. */
export function missingBase(request: BaseRequest, places: BasePlaces): string | undefined {
  if (request.base !== undefined) return undefined;
  const { target, base } = locateBase(request, places);
  return base === undefined ? target : undefined;
}

/** Path of the base that would be used for a target; undefined when there is none on this machine. */
export function basePathOf(target: string, places: BasePlaces): string | undefined {
  const request = { target: { value: target, source: "--target" } };
  return locateBase(request, places).base?.path;
}

/** The bases for a target that are passed over, as this program knows what was released and they are not that. */
export function rejectedBases(target: string, places: BasePlaces): readonly RejectedBase[] {
  return locateBase({ target: { value: target, source: "--target" } }, places).rejected;
}

/** The command line for a target's base in this cache, to be shown. */
export function baseCommand(action: string, target: string, { cacheDir }: BasePlaces): string {
  const command = `encoderfile base ${action} --target ${target}`;
  if (cacheDir === undefined) return command;
  const isPlain = /^[\w./+-]+$/.test(cacheDir);
  return `${command} --cache-dir ${isPlain ? cacheDir : `'${cacheDir.replaceAll("'", "'\\''")}'`}`;
}

/** How to get the base of a target that is not on this machine. */
export function howToGet(target: string, places: BasePlaces): string {
  return places.canFetch === true || knownBaseOf(target, places.known) !== undefined
    ? `get it with "${baseCommand("add", target, places)}"`
    : withoutDigest();
}

type Located = {
  readonly path: string;
  readonly reason: string;
  /** What is known of it without reading it. */
  readonly identity?: BaseIdentity;
  readonly sha256?: string;
  /** Nobody named it: its version must be this program's. */
  readonly isFound: boolean;
  readonly isCached?: boolean;
};

type Location = {
  readonly target: string;
  readonly base: Located | undefined;
  readonly rejected: readonly RejectedBase[];
};

function locateBase({ base, target: wanted }: BaseRequest, places: BasePlaces): Location {
  const running = baseIdentity();
  const target = wanted?.value ?? running?.target ?? hostTarget().name;
  if (base !== undefined) {
    checkIsThere(base);
    const named = { path: base.value, reason: base.source, isFound: false };
    return { target, base: named, rejected: [] };
  }
  if (running?.target === target) {
    const path = places.executable;
    const self = { path, reason: "this executable", identity: running, isFound: false };
    return { target, base: self, rejected: [] };
  }
  return search(target, places);
}

/** In the cache, then in the folders. What is known not to be the release's is passed over. */
function search(target: string, places: BasePlaces): Location {
  const expected = knownBaseOf(target, places.known)?.base.sha256;
  const rejected: RejectedBase[] = [];
  const cached = readCachedBase(places.cacheFolder, VERSION, target);
  if (cached !== undefined) {
    const isRight = expected === undefined || expected === cached.sha256;
    if (isRight) return { target, base: fromCache(cached), rejected };
    rejected.push({ path: cached.path, sha256: cached.sha256 });
  }
  for (const path of besidePaths(target, places)) {
    if (fileFacts(path)?.kind !== "file") continue;
    const located = { path, reason: `found at ${path}`, isFound: true };
    if (expected === undefined) return { target, base: located, rejected };
    const sha256 = digestOfBase(path);
    if (sha256 === expected) return { target, base: { ...located, sha256 }, rejected };
    rejected.push({ path, sha256 });
  }
  return { target, base: undefined, rejected };
}

/** Of the base alone; undefined for what is none. */
function digestOfBase(path: string): string | undefined {
  using source = new FileSource(path);
  try {
    return toHex(sha256Source(canonicalBase(source, readBaseIdentity(source).length)));
  } catch (thrown) {
    if (isCodedError(thrown, "BASE_INVALID")) return undefined;
    throw thrown;
  }
}

function fromCache(cached: CachedBase): Located {
  const { path, version, target, onnxruntime, byteLength, sha256, origin } = cached;
  const identity = { version, target, onnxruntime, length: byteLength };
  const reason = `in the cache, from ${origin}`;
  return { path, reason, identity, sha256, isFound: true, isCached: true };
}

function besidePaths(target: string, { folders }: BasePlaces): readonly string[] {
  return folders.map((folder) => join(folder, baseFileName(findTarget(target))));
}

function checkIsThere({ value, source }: NonNullable<BaseRequest["base"]>): void {
  if (fileFacts(value)?.kind === "file") return;
  throw new CodedError(
    "BASE_NOT_FOUND",
    `Cannot use the base "${value}" (${source}) as there is no such file`,
  );
}

function checkTarget({ target }: BaseRequest, path: string, identity: BaseIdentity): void {
  if (target === undefined || target.value === identity.target) return;
  failBase(
    path,
    `it must be for ${target.value} (${target.source}): found one for ${identity.target}`,
    "choose another --base or --target",
  );
}

function notFound(target: string, places: BasePlaces): CodedError {
  const cached = cachedBasePath(places.cacheFolder, VERSION, target);
  const candidates = [cached, ...besidePaths(target, places)];
  return new CodedError(
    "BASE_NOT_FOUND",
    `Cannot find a base for ${target}: looked for ${candidates.map((path) => `"${path}"`).join(", ")}: ` +
      `name one of version ${VERSION} with --base FILE, or ${howToGet(target, places)}`,
    { detail: { target, candidates } },
  );
}
