// Finds the base executable and reads what it says of itself, whether or not this machine could run it.
import { join } from "node:path";
import { type BaseIdentity, baseIdentity, VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { findStamp, hasBaseLength, readMachine } from "../executable/index.ts";
import { hasPayload } from "../format/index.ts";
import { type ByteSource, FileSource, fileFacts } from "../io/index.ts";
import { baseFileName, findTarget, hostTarget, TARGETS } from "../target/index.ts";
import type { Settings } from "./settings.ts";

/** Where bases are looked for when none is named. */
export type BasePlaces = {
  /** This process's executable. */
  readonly executable: string;
  /** Folders that may hold `encoderfile-<target>`, first come first served. */
  readonly folders: readonly string[];
};

export type FoundBase = {
  readonly source: FileSource;
  readonly identity: BaseIdentity;
  /** Why this one, for the list of decisions. */
  readonly reason: string;
};

/** Throws `BUILD_BASE_NOT_FOUND` with the places it looked at, `BUILD_BASE_INVALID` with what is wrong. */
export function findBase(settings: Settings, places: BasePlaces): FoundBase {
  const { path, reason, isSelf } = basePath(settings, places);
  const source = new FileSource(path);
  try {
    const running = isSelf ? baseIdentity() : undefined;
    const identity = running ?? readBaseIdentity(source);
    const wanted = settings.target;
    if (wanted !== undefined && wanted.value !== identity.target) {
      failBase(
        source,
        `it must be for ${wanted.value} (${wanted.source}): found one for ${identity.target}`,
        "choose another --base or --target",
      );
    }
    return { source, identity, reason };
  } catch (thrown) {
    source.close();
    throw thrown;
  }
}

type BasePath = { readonly path: string; readonly reason: string; readonly isSelf: boolean };

function basePath(settings: Settings, places: BasePlaces): BasePath {
  const { base } = settings;
  if (base !== undefined) {
    if (fileFacts(base.value)?.kind === "file") {
      return { path: base.value, reason: base.source, isSelf: false };
    }
    throw new CodedError(
      "BUILD_BASE_NOT_FOUND",
      `Cannot use the base "${base.value}" (${base.source}) as there is no such file`,
    );
  }
  const running = baseIdentity();
  const target = settings.target?.value ?? running?.target ?? hostTarget().name;
  if (running?.target === target) {
    return { path: places.executable, reason: "this executable", isSelf: true };
  }
  const cache = settings.cacheDir === undefined ? [] : [settings.cacheDir.value];
  const fileName = baseFileName(findTarget(target));
  const candidates = [...cache, ...places.folders].map((folder) => join(folder, fileName));
  const found = candidates.find((candidate) => fileFacts(candidate)?.kind === "file");
  if (found !== undefined) return { path: found, reason: `found at ${found}`, isSelf: false };
  throw new CodedError(
    "BUILD_BASE_NOT_FOUND",
    `Cannot find a base for ${target}: looked for ${candidates.map((path) => `"${path}"`).join(", ")}: ` +
      `name one with --base, or put ${fileName} of version ${VERSION} there`,
    { detail: { target, candidates } },
  );
}

/**
 * What an executable says of itself: system and processor from its header, the rest from the stamp in its bytes.
 * Throws `BUILD_BASE_INVALID` when it is no base.
 */
export function readBaseIdentity(source: ByteSource): BaseIdentity {
  const machine = readMachine(source);
  if (machine === undefined) {
    failBase(
      source,
      "it must be an executable for Linux, macOS or Windows: found none",
      "name a base",
    );
  }
  if (hasPayload(source)) {
    failBase(source, "it must hold no model: found one", "name the executable it was built from");
  }
  const identity = findStamp(source);
  if (identity === undefined) {
    const remedy = "name a released base, or get it anew if it was cut short";
    failBase(source, "it must carry the stamp of a base: found none", remedy);
  }
  if (identity.target !== machine || !TARGETS.some(({ name }) => name === machine)) {
    failBase(
      source,
      `its header and its stamp must agree: found ${machine} and ${identity.target}`,
      "get the base anew",
    );
  }
  if (!hasBaseLength(identity, source)) {
    const found = `found ${source.byteLength}`;
    failBase(source, `it must have ${identity.length} bytes: ${found}`, "is it complete?");
  }
  return identity;
}

function failBase(source: ByteSource, expected: string, remedy: string): never {
  throw new CodedError(
    "BUILD_BASE_INVALID",
    `Cannot use "${source.name}" as a base as ${expected}: ${remedy}`,
    { detail: { expected } },
  );
}
