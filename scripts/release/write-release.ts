// Puts the assets of a release into a folder: bases first, since every builder knows the digests of all of them.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { baseAssetName, type KnownBase, RELEASE_URL } from "../../src/base/index.ts";
import type { Target } from "../../src/target/index.ts";
import { gzip, packArchive } from "./archive.ts";
import { printArchiveReadme } from "./archive-readme.ts";
import { archiveFolder, archiveName, releaseName, sbomName } from "./asset-name.ts";
import { makeBuilder } from "./builder.ts";
import type { Component } from "./component.ts";
import { sha256 } from "./digest.ts";
import { printNotices } from "./notices.ts";
import { bundledPackages } from "./npm-component.ts";
import { foreignParts } from "./program-licences.ts";
import { printReleaseNotes, type ReleaseAsset } from "./release-notes.ts";
import { printSbom, WEBSITE } from "./sbom.ts";

const ROOT = resolve(import.meta.dir, "../..");

export type ReleaseOptions = {
  readonly version: string;
  readonly targets: readonly Target[];
  /** What every file in an archive is dated. */
  readonly date: Date;
  /** The section of the changelog. */
  readonly changes: string;
  /** Where the folder of the release is made; an older one of the same version is replaced. */
  readonly output: string;
  /** Compiles the base of a target into a folder and returns its path. */
  readonly makeBase: (target: Target, folder: string) => Promise<string>;
  readonly say: (line: string) => void;
};

/** Writes all assets, in one step at the end, and returns their folder. The same options give the same bytes. */
export async function writeRelease(options: ReleaseOptions): Promise<string> {
  const { output, version } = options;
  mkdirSync(output, { recursive: true });
  const work = mkdtempSync(join(output, ".release-"));
  try {
    const draft = join(work, releaseName(version));
    mkdirSync(draft);
    const bases = await writeBases(options, { work, draft });
    const packages = await bundledPackages();
    for (const target of options.targets) {
      await writeArchive(options, { work, draft, target, packages, bases });
    }
    copyFileSync(join(ROOT, "install.sh"), join(draft, "install.sh"));
    const { targets, changes } = options;
    const assets = listAssets(draft);
    const notes = printReleaseNotes({ version, changes, targets, assets, url: RELEASE_URL });
    writeFileSync(join(draft, "RELEASE-NOTES.md"), notes);
    const sums = listAssets(draft).map((asset) => `${asset.sha256}  ${asset.name}\n`);
    writeFileSync(join(draft, "SHA256SUMS"), sums.join(""));
    const final = join(output, releaseName(version));
    rmSync(final, { recursive: true, force: true });
    renameSync(draft, final);
    return final;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type Places = {
  /** Where bases are compiled; not part of the release. */
  readonly work: string;
  /** The release before it has its name. */
  readonly draft: string;
};

async function writeBases(
  { targets, version, makeBase, say }: ReleaseOptions,
  { work, draft }: Places,
): Promise<KnownBase[]> {
  const bases: KnownBase[] = [];
  for (const target of targets) {
    say(`Compiling the base of ${target.name}`);
    const path = await makeBase(target, work);
    renameSync(path, join(work, target.name));
    const base = readFileSync(join(work, target.name));
    const asset = gzip(base);
    writeFileSync(join(draft, baseAssetName(version, target.name)), asset);
    bases.push({ target: target.name, asset: facts(asset), base: facts(base) });
  }
  return bases;
}

function facts(bytes: Uint8Array): KnownBase["base"] {
  return { byteLength: bytes.length, sha256: sha256(bytes) };
}

type ArchiveParts = Places & {
  readonly target: Target;
  readonly packages: readonly Component[];
  readonly bases: readonly KnownBase[];
};

async function writeArchive(
  { version, targets, date, say }: ReleaseOptions,
  { work, draft, target, packages, bases }: ArchiveParts,
): Promise<void> {
  say(`Packing the archive of ${target.name}`);
  const path = join(work, target.name);
  const parts = foreignParts(target, packages);
  const unknown = parts.find(({ hash }) => hash === undefined);
  if (unknown !== undefined) throw new Error(`Cannot tell the digest of ${unknown.name}`);
  const builder = makeBuilder(path, { version, bases });
  // Each bill states the digest of the file it comes with: the builder in the archive, the base beside it.
  const sbomOf = (program: Uint8Array) =>
    printSbom({ target: target.name, base: baseComponent(version, sha256(program), parts) });
  const entry = (name: string, text: string) => ({ path: name, bytes: Buffer.from(text) });
  const archive = await packArchive(
    [
      {
        path: `encoderfile${target.executableSuffix}`,
        bytes: builder,
        executable: true,
      },
      entry("LICENSE", readFileSync(join(ROOT, "LICENSE"), "utf8")),
      entry("THIRD-PARTY-NOTICES.txt", printNotices(parts)),
      entry("README.md", printArchiveReadme(version, target, targets)),
      entry("sbom.cdx.json", sbomOf(builder)),
    ],
    { folder: archiveFolder(version, target.name), date },
  );
  writeFileSync(join(draft, archiveName(version, target.name)), archive);
  writeFileSync(join(draft, sbomName(version, target.name)), sbomOf(readFileSync(path)));
}

function baseComponent(version: string, hex: string, parts: readonly Component[]): Component {
  return {
    ref: `pkg:github/encoderfile/encoderfile@${releaseName(version)}`,
    kind: "application",
    name: "encoderfile",
    version,
    purl: `pkg:github/encoderfile/encoderfile@${releaseName(version)}`,
    licence: "Apache-2.0",
    website: WEBSITE,
    hash: { algorithm: "SHA-256", hex },
    notices: [],
    parts,
  };
}

function listAssets(folder: string): ReleaseAsset[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({
      name,
      byteLength: statSync(join(folder, name)).size,
      sha256: sha256(readFileSync(join(folder, name))),
    }));
}
