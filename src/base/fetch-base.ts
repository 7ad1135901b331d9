// Gets a base of a release into the cache, compared with a digest that was known beforehand. One process at a time
// fetches the base of a target; the others wait and take it.
import { dirname, join } from "node:path";
import { VERSION } from "../about/index.ts";
import { downloadFile, type Policy, parseUrl, shownUrl } from "../download/index.ts";
import { CodedError } from "../error/index.ts";
import { FileSource, PartialFile, removeFile, sha256Source, toHex } from "../io/index.ts";
import { baseAssetName, baseAssetUrl, SUMS_NAME } from "./asset-name.ts";
import { type CachedBase, cachedBasePath, checkBasePlace, readCachedBase } from "./cache.ts";
import { cacheFailure } from "./cache-failure.ts";
import { gunzip } from "./gunzip.ts";
import { checkIdentity } from "./identity.ts";
import { type KnownBase, type KnownBases, knownBaseOf } from "./known-base.ts";
import { BASE_BYTES_MAX, POLL_MS, storeBase } from "./store-base.ts";
import { readSums } from "./sums.ts";

/** Where bases come from, and where to. */
export type BaseRelease = {
  readonly cacheFolder: string;
  /** `RELEASE_URL`, or what stands in for it: `http:`, `https:` or `file:`. */
  readonly releaseUrl: string;
  /** Digests this program carries; undefined when it was not released. */
  readonly known: KnownBases | undefined;
  /** File or address of a list of digests, which then counts instead of `known`. */
  readonly sums: string | undefined;
  /** What forbids to use the network, such as "--offline"; undefined when it may be used. */
  readonly offline: string | undefined;
};

export type FetchWatch = {
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Told in a sentence when something begins, or takes longer. */
  readonly onNote?: (sentence: string) => void;
  /** How patient the download is. */
  readonly policy?: Partial<Policy>;
};

/**
 * The base of the target in the cache, if its bytes are those that were put there and, where this program knows what
 * was released and no other list was named, the released ones.
 */
export function intactBase(
  target: string,
  { cacheFolder, known, sums }: Pick<BaseRelease, "cacheFolder" | "known" | "sums">,
): CachedBase | undefined {
  const cached = readCachedBase(cacheFolder, VERSION, target);
  if (cached === undefined) return undefined;
  const expected = sums === undefined ? knownBaseOf(target, known)?.base.sha256 : undefined;
  if (expected !== undefined && expected !== cached.sha256) return undefined;
  using source = new FileSource(cached.path);
  return toHex(sha256Source(source)) === cached.sha256 ? cached : undefined;
}

/**
 * The base of the target for this version, from the cache or else from the release. Throws `BASE_OFFLINE`,
 * `BASE_UNVERIFIED`, `BASE_SUMS_INVALID`, `BASE_INVALID`, `BASE_DIFFERS`, `DOWNLOAD_*` and `IO_*`.
 */
export async function fetchBase(
  target: string,
  release: BaseRelease,
  watch: FetchWatch = {},
): Promise<CachedBase> {
  const before = intactBase(target, release);
  if (before !== undefined) return before;
  try {
    return await fetchMissing(target, release, watch);
  } catch (thrown) {
    throw cacheFailure(thrown, release.cacheFolder);
  }
}

async function fetchMissing(
  target: string,
  release: BaseRelease,
  watch: FetchWatch,
): Promise<CachedBase> {
  const { cacheFolder } = release;
  const url = releasedBaseUrl(target, release);
  if (release.offline !== undefined) throw offline(target, url, release.offline);
  const expected = await expectedOf(target, release, watch);
  const path = cachedBasePath(cacheFolder, VERSION, target);
  checkBasePlace(path);
  const { partial } = await PartialFile.wait(path, {
    pollMs: POLL_MS,
    onWait: () => watch.onNote?.(`Waiting for another process that fetches the base for ${target}`),
  });
  using _held = partial;
  const meanwhile = intactBase(target, release);
  if (meanwhile !== undefined) {
    partial.remove();
    return meanwhile;
  }
  // Nothing of a base that was not finished is used: the compressed file is what is gone on with.
  partial.clear();
  watch.onNote?.(`Fetching the base for ${target} from ${shownUrl(parseUrl(url))}`);
  const assetPath = join(dirname(path), baseAssetName(VERSION, target));
  await downloadFile({
    url,
    path: assetPath,
    // Compressed it is smaller.
    byteLengthMax: BASE_BYTES_MAX,
    ...expected.asset,
    ...watch,
  });
  try {
    return await unpack(assetPath, partial, { target, url, release, expected });
  } finally {
    // Also when it failed: what takes space on a full device must not stay there unseen.
    removeFile(assetPath);
  }
}

/** Address of the base a release has for the target. */
export function releasedBaseUrl(target: string, { releaseUrl }: BaseRelease): string {
  return baseAssetUrl(releaseUrl, VERSION, target);
}

/** What a download must be. */
type Expected = {
  readonly asset: { readonly byteLength?: number; readonly sha256: string };
  readonly base?: KnownBase["base"];
};

async function expectedOf(
  target: string,
  release: BaseRelease,
  { onNote }: FetchWatch,
): Promise<Expected> {
  const name = baseAssetName(VERSION, target);
  if (release.sums !== undefined) {
    const { origin, digests } = await readSums(release.sums, onNote);
    const sha256 = digests.get(name);
    if (sha256 !== undefined) return { asset: { sha256 } };
    throw new CodedError(
      "BASE_SUMS_INVALID",
      `Cannot use "${origin}" as a list of digests as it must name "${name}": found ${digests.size} other names: ` +
        `name the ${SUMS_NAME} of version ${VERSION}`,
      { detail: { expected: name } },
    );
  }
  const known = knownBaseOf(target, release.known);
  if (known !== undefined) return known;
  const shown = shownUrl(parseUrl(releasedBaseUrl(target, release)));
  const why = release.known === undefined ? ", which is no released one" : ` for ${target}`;
  throw new CodedError(
    "BASE_UNVERIFIED",
    `Cannot fetch the base for ${target} from "${shown}" as its digest must be known ` +
      `beforehand: found none in this program${why}: ${withoutDigest()}`,
    { detail: { target } },
  );
}

async function unpack(
  assetPath: string,
  partial: PartialFile,
  context: {
    readonly target: string;
    readonly url: string;
    readonly release: BaseRelease;
    readonly expected: Expected;
  },
): Promise<CachedBase> {
  const { target, url, release, expected } = context;
  const origin = shownUrl(parseUrl(url));
  using asset = new FileSource(assetPath);
  return await storeBase(partial, release.cacheFolder, {
    pieces: gunzip(asset, expected.base?.byteLength ?? BASE_BYTES_MAX),
    origin,
    check: (identity) => {
      checkIdentity(origin, identity, target);
      return expected.base;
    },
  });
}

/** How a builder that knows no digest of a base gets one into the cache. */
export function withoutDigest(): string {
  return (
    `name the list of digests of release ${VERSION} with --base-sums ${SUMS_NAME} to fetch it, add one with ` +
    '"encoderfile base add FILE", or compile them all from source with "bun run base --all"'
  );
}

function offline(target: string, url: string, reason: string): CodedError {
  return new CodedError(
    "BASE_OFFLINE",
    `Cannot fetch the base for ${target} as ${reason} forbids it: it would come from ` +
      `"${shownUrl(parseUrl(url))}": fetch it where there is a network and add it here with "encoderfile base add ` +
      `${baseAssetName(VERSION, target)}"`,
    { detail: { target, url: shownUrl(parseUrl(url)) } },
  );
}
