// Finds the base executable and reads what it says of itself, whether or not this machine could run it.
import { join } from "node:path";
import { BASE_MARKER, type BaseIdentity, baseIdentity, VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { hasPayload } from "../format/index.ts";
import { type ByteSource, FileSource, fileFacts, forEachChunk } from "../io/index.ts";
import { hostTarget, TARGETS } from "../target/index.ts";
import type { Settings } from "./config.ts";

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
  const candidates = [...cache, ...places.folders].map((folder) =>
    join(folder, `encoderfile-${target}`),
  );
  const found = candidates.find((candidate) => fileFacts(candidate)?.kind === "file");
  if (found !== undefined) return { path: found, reason: `found at ${found}`, isSelf: false };
  throw new CodedError(
    "BUILD_BASE_NOT_FOUND",
    `Cannot find a base for ${target}: looked for ${candidates.map((path) => `"${path}"`).join(", ")}: ` +
      `name one with --base, or put encoderfile-${target} of version ${VERSION} there`,
    { detail: { target, candidates } },
  );
}

/** The identity and its marker are below 200 bytes; this also bounds what a hostile file makes us look at. */
const STAMP_LENGTH_MAX = 512;
/** A file with more false markers than this is not a base someone compiled. */
const MARKERS_MAX = 1000;

/**
 * What an executable says of itself: system and processor from its header, the rest from the stamp in its bytes.
 * Throws `BUILD_BASE_INVALID` when it is no base.
 */
export function readBaseIdentity(source: ByteSource): BaseIdentity {
  const machine = readMachine(source);
  if (machine === undefined) {
    failBase(source, "it must be an executable for Linux or macOS: found none", "name a base");
  }
  if (hasPayload(source)) {
    failBase(source, "it must hold no model: found one", "name the executable it was built from");
  }
  const identity = findStamp(source);
  if (identity === undefined) {
    failBase(source, "it must carry the stamp of a base: found none", "name a released base");
  }
  if (identity.target !== machine || !TARGETS.some(({ name }) => name === machine)) {
    failBase(
      source,
      `its header and its stamp must agree: found ${machine} and ${identity.target}`,
      "get the base anew",
    );
  }
  return identity;
}

/** Bytes of the header that are looked at. */
const HEADER_LENGTH = 20;
const ELF_64_LITTLE = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
const MACH_O_64 = [0xcf, 0xfa, 0xed, 0xfe];
/** e_machine of ELF, cputype of Mach-O. */
const ELF_ARCH: ReadonlyMap<number, string> = new Map([
  [62, "x64"],
  [183, "arm64"],
]);
const MACH_O_ARCH: ReadonlyMap<number, string> = new Map([
  [0x01000007, "x64"],
  [0x0100000c, "arm64"],
]);

/** System and processor an executable is for, such as "linux-x64"; undefined for anything else. */
function readMachine(source: ByteSource): string | undefined {
  if (source.byteLength < HEADER_LENGTH) return undefined;
  const header = source.read(0, HEADER_LENGTH);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const begins = (magic: readonly number[]) => magic.every((byte, index) => header[index] === byte);
  if (begins(ELF_64_LITTLE)) return named("linux", ELF_ARCH.get(view.getUint16(18, true)));
  if (begins(MACH_O_64)) return named("darwin", MACH_O_ARCH.get(view.getUint32(4, true)));
  return undefined;
}

function named(os: string, arch: string | undefined): string | undefined {
  return arch === undefined ? undefined : `${os}-${arch}`;
}

/** Searches the whole file, since where a compiler puts its strings is its own affair. */
function findStamp(source: ByteSource): BaseIdentity | undefined {
  const marker = new TextEncoder().encode(BASE_MARKER);
  let tail = new Uint8Array(0);
  let found: BaseIdentity | undefined;
  let seen = 0;
  const range = { byteOffset: 0, byteLength: source.byteLength };
  forEachChunk(source, range, (chunk, byteOffset) => {
    if (found !== undefined || seen > MARKERS_MAX) return;
    const isLast = byteOffset + chunk.length === source.byteLength;
    // What may be cut at the end of a chunk is looked at again together with the next one.
    const bytes = Buffer.concat([tail, chunk]);
    const end = isLast ? bytes.length : bytes.length - STAMP_LENGTH_MAX;
    for (let at = bytes.indexOf(marker); at >= 0 && at < end; at = bytes.indexOf(marker, at + 1)) {
      seen++;
      found ??= parseStamp(bytes.subarray(at + marker.length, at + STAMP_LENGTH_MAX));
    }
    tail = Uint8Array.from(bytes.subarray(Math.max(0, end)));
  });
  return found;
}

/** The marker also stands in the program that looks for it: only JSON with the three fields behind it counts. */
function parseStamp(bytes: Uint8Array): BaseIdentity | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  // Inside a compiled program the quotes may be escaped.
  const json = text.slice(0, text.indexOf("}") + 1).replaceAll("\\", "");
  const match =
    /^\{"version":"([\w.+-]{1,64})","target":"([\w-]{1,64})","onnxruntime":"([\w.+-]{1,64})"\}$/.exec(
      json,
    );
  if (match === null) return undefined;
  const [, version = "", target = "", onnxruntime = ""] = match;
  return { version, target, onnxruntime };
}

function failBase(source: ByteSource, expected: string, remedy: string): never {
  throw new CodedError(
    "BUILD_BASE_INVALID",
    `Cannot use "${source.name}" as a base as ${expected}: ${remedy}`,
    { detail: { expected } },
  );
}
