// What the files of a release are called. The builder asks for bases, and install.sh for archives, by these names.

/** Folder of a release, and its tag. */
export function releaseName(version: string): string {
  return `v${version}`;
}

/** The folder inside an archive, and the archive without its ending. */
export function archiveFolder(version: string, target: string): string {
  return `encoderfile-${version}-${target}`;
}

export function archiveName(version: string, target: string): string {
  return `${archiveFolder(version, target)}.tar.gz`;
}

/** The base alone, compressed: what `build --target` downloads. */
export function baseAssetName(version: string, target: string): string {
  return `encoderfile-base-${version}-${target}.gz`;
}

export function sbomName(version: string, target: string): string {
  return `${archiveFolder(version, target)}.cdx.json`;
}
