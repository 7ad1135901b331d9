// Bases as the command line sees them: which variables and flags say where they lie and come from, and how fetching one
// is shown.
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { baseIdentity, VERSION } from "../../about/index.ts";
import {
  type BasePlaces,
  type BaseRelease,
  type BaseRequest,
  type CachedBase,
  cacheFolderOf,
  fetchBase,
  type KnownBases,
  knownBases,
  missingBase,
  RELEASE_URL,
  type RejectedBase,
  rejectedBases,
} from "../../base/index.ts";
import { printable } from "../../error/index.ts";
import { FileSource } from "../../io/index.ts";
import type { CommandInput, OptionSpec } from "../command.ts";
import type { Output } from "../output.ts";
import { createProgressBar } from "../progress-bar.ts";

/** Flags of every command that may fetch a base. */
export const BASE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--offline",
    description: "fetch nothing: use what was fetched before",
    env: "ENCODERFILE_OFFLINE",
  },
  {
    flags: "--base-sums <file>",
    description:
      "file or URL of the SHA256SUMS that a fetched base is compared with (default: the digests in this program)",
    env: "ENCODERFILE_BASE_SUMS",
  },
];

/** Replaces the address of the releases, for mirrors: `http:`, `https:` or `file:`. */
const RELEASE_VARIABLE = "ENCODERFILE_BASE_URL";

/** In `cacheDir`, else in the user's cache; beside this executable, or in dist/ when the program runs from source. */
export function basePlaces(input: CommandInput, cacheDir: string | undefined): BasePlaces {
  const place = { home: homedir(), system: process.platform };
  const beside =
    baseIdentity() === undefined
      ? resolve(dirname(Bun.main), "../dist")
      : dirname(process.execPath);
  const userFolder = cacheFolderOf(process.env, place);
  const own = ownKnownBases();
  const sums = input.text("baseSums");
  return {
    executable: process.execPath,
    cacheFolder: cacheDir ?? userFolder,
    folders: [...(cacheDir === undefined ? [] : [cacheDir]), beside, userFolder],
    // A list the user names counts in place of the program's own, and is one of compressed bases.
    known: sums === undefined ? own : undefined,
    canFetch: own !== undefined || sums !== undefined,
    cacheDir,
  };
}

/** Where bases are fetched from, as variables, flags and this executable say. */
export function baseRelease(input: CommandInput, { cacheFolder }: BasePlaces): BaseRelease {
  return {
    cacheFolder,
    releaseUrl: process.env[RELEASE_VARIABLE] || RELEASE_URL,
    known: ownKnownBases(),
    sums: input.text("baseSums"),
    offline: input.flag("offline") ? "--offline (or ENCODERFILE_OFFLINE)" : undefined,
  };
}

/** What this executable knows of the bases of its release; undefined when it was not released. */
function ownKnownBases(): KnownBases | undefined {
  if (baseIdentity() === undefined) return undefined;
  using source = new FileSource(process.execPath);
  return knownBases(source);
}

/** Fetches a base, with a bar on a terminal and a line before and after elsewhere. */
export async function fetchShown(
  target: string,
  release: BaseRelease,
  output: Output,
): Promise<CachedBase> {
  const draw = createProgressBar(output);
  try {
    return await fetchBase(target, release, {
      onProgress: (done, total) => draw(`Fetching base ${target}`, done, total),
      onNote: (sentence) => output.note(sentence),
    });
  } finally {
    output.progress("");
  }
}

/** Why a base that is there is not used. */
export function describeRejected({ path, sha256 }: RejectedBase, target: string): string {
  const found = sha256 === undefined ? "it is no base" : `its sha256 is ${sha256}`;
  return `Not used: ${printable(path)} is not the base for ${target} of release ${VERSION} (${found})`;
}

/** Fetches the base a build misses; false when it misses none that could be fetched. */
export async function provideBase(
  request: BaseRequest,
  places: BasePlaces,
  input: CommandInput,
): Promise<boolean> {
  const target = missingBase(request, places);
  if (target === undefined) return false;
  for (const rejected of rejectedBases(target, places)) {
    input.output.note(describeRejected(rejected, target));
  }
  const release = baseRelease(input, places);
  // Nothing could vouch for what would be fetched: the build says where it looked, and what to do.
  if (release.known === undefined && release.sums === undefined) return false;
  await fetchShown(target, release, input.output);
  return true;
}
