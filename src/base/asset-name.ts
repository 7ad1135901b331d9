// What the files of a release are called and where they lie.

/** Where releases lie, one folder for each version. */
export const RELEASE_URL = "https://github.com/encoderfile/encoderfile/releases/download";

/** The name of the list of digests of a release, one line for each of its files. */
export const SUMS_NAME = "SHA256SUMS";

/** The base of a target alone, compressed. */
export function baseAssetName(version: string, target: string): string {
  return `encoderfile-base-${version}-${target}.gz`;
}

/** `releaseUrl` is `RELEASE_URL` or what stands in for it, with or without a slash at its end. */
export function baseAssetUrl(releaseUrl: string, version: string, target: string): string {
  const root = releaseUrl.replace(/\/+$/, "");
  return `${root}/v${version}/${baseAssetName(version, target)}`;
}
