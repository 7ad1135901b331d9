// Which base a build uses, of those that are on this machine.
import { join } from "node:path";
import { type BaseIdentity, baseIdentity, VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { FileSource, fileFacts, toHex } from "../io/index.ts";
import { baseFileName, findTarget, hostTarget } from "../target/index.ts";
import { type CachedBase, cachedBasePath, readCachedBase } from "./cache.ts";
import { checkIdentity, failBase, readBaseIdentity } from "./identity.ts";

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
};

export type FoundBase = {
  readonly source: FileSource;
  readonly identity: BaseIdentity;
  /** Why this one, for the list of decisions. */
  readonly reason: string;
  /** Lower-case hexadecimal SHA-256 the base had when it was put into the cache: it must still have it. */
  readonly sha256?: string;
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
    return { source, identity, reason, ...(sha256 === undefined ? {} : { sha256 }) };
  } catch (thrown) {
    source.close();
    throw thrown;
  }
}

/** Throws `BASE_DIFFERS` when a base of the cache is not what was put there. */
export function checkCopiedBase({ source, sha256: expected }: FoundBase, copied: Uint8Array): void {
  const found = toHex(copied);
  if (expected === undefined || expected === found) return;
  throw new CodedError(
    "BASE_DIFFERS",
    `Cannot use the base "${source.name}" as its sha256 must be ${expected}, as when it was put into the cache: ` +
      `found ${found}: remove it with "encoderfile base remove" and try again`,
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

type Located = {
  readonly path: string;
  readonly reason: string;
  /** What is known of it without reading it. */
  readonly identity?: BaseIdentity;
  readonly sha256?: string;
  /** Nobody named it: its version must be this program's. */
  readonly isFound: boolean;
};

type Location = { readonly target: string; readonly base: Located | undefined };

function locateBase({ base, target: wanted }: BaseRequest, places: BasePlaces): Location {
  const running = baseIdentity();
  const target = wanted?.value ?? running?.target ?? hostTarget().name;
  if (base !== undefined) {
    checkIsThere(base);
    return { target, base: { path: base.value, reason: base.source, isFound: false } };
  }
  if (running?.target === target) {
    const path = places.executable;
    const self = { path, reason: "this executable", identity: running, isFound: false };
    return { target, base: self };
  }
  const cached = readCachedBase(places.cacheFolder, VERSION, target);
  if (cached !== undefined) return { target, base: fromCache(cached) };
  const path = besidePaths(target, places).find((place) => fileFacts(place)?.kind === "file");
  const reason = `found at ${path}`;
  return { target, base: path === undefined ? undefined : { path, reason, isFound: true } };
}

function fromCache(cached: CachedBase): Located {
  const { path, version, target, onnxruntime, byteLength, sha256, origin } = cached;
  const identity = { version, target, onnxruntime, length: byteLength };
  return { path, reason: `in the cache, from ${origin}`, identity, sha256, isFound: true };
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
      `name one of version ${VERSION} with --base, or get it with "encoderfile base add"`,
    { detail: { target, candidates } },
  );
}
