// What the files of a release are called that install.sh and people ask for; bases are named by src/base.

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

export function sbomName(version: string, target: string): string {
  return `${archiveFolder(version, target)}.cdx.json`;
}
