// RELEASE-NOTES.md: what changed, which file is for whom, and how to check it.
import { baseAssetName } from "../../src/base/index.ts";
import { printRequirements, TARGETS, type Target } from "../../src/target/index.ts";
import { archiveName, releaseName } from "./asset-name.ts";

/** What users of macOS must know of programs that no developer certificate vouches for. */
export const QUARANTINE =
  "Programs for macOS are signed, but not by a registered developer. What a browser downloaded starts only after\n" +
  "`xattr -d com.apple.quarantine encoderfile`; what curl or `install.sh` downloaded starts at once.";

export type ReleaseAsset = {
  readonly name: string;
  readonly byteLength: number;
  readonly sha256: string;
};

export type ReleaseNotesOptions = {
  readonly version: string;
  /** The section of the changelog. */
  readonly changes: string;
  readonly targets: readonly Target[];
  /** Everything but the notes and SHA256SUMS, which has the digest of the notes. */
  readonly assets: readonly ReleaseAsset[];
  /** Where releases lie; the folder of this one is below it. */
  readonly url: string;
};

/** Whether the release leaves out systems there are. */
export function isPartial(targets: readonly Target[]): boolean {
  return TARGETS.some(({ name }) => !targets.some((target) => target.name === name));
}

/** "linux-x64 and darwin-arm64". */
export function listTargets(targets: readonly Target[]): string {
  const names = targets.map(({ name }) => name);
  const last = names.pop() ?? "";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}

export function printReleaseNotes(options: ReleaseNotesOptions): string {
  const { version, changes, targets, assets, url } = options;
  const [sample] = targets;
  const archive = archiveName(version, sample?.name ?? "");
  return `# encoderfile ${version}

${changes}

## Install

\`\`\`sh
curl -fsSLO ${url}/${releaseName(version)}/install.sh
sh install.sh --version ${version}
\`\`\`

Or unpack the archive of your system: everything the program needs is in the one file \`encoderfile\`.
${crossBuild(version, targets)}
## Systems

${partialNote(targets)}| system | needs | ONNX Runtime |
|---|---|---|
${targets.map(targetRow).join("\n")}
${targets.some(({ os }) => os === "darwin") ? `\n${QUARANTINE}\n` : ""}
## Files

| file | bytes | sha256 |
|---|---|---|
${assets.map(({ name, byteLength, sha256 }) => `| ${name} | ${byteLength} | ${sha256} |`).join("\n")}

## Verify

\`\`\`sh
curl -fsSLO ${url}/${releaseName(version)}/${archive}
curl -fsSLO ${url}/${releaseName(version)}/SHA256SUMS
sha256sum --check --ignore-missing SHA256SUMS    # macOS: shasum -a 256 --check --ignore-missing SHA256SUMS
\`\`\`

\`bun run release\` on this commit makes the same bytes. What a program is made of is in its \`.cdx.json\` (CycloneDX).
`;
}

function partialNote(targets: readonly Target[]): string {
  return isPartial(targets) ? `This release was made for ${listTargets(targets)} only.\n\n` : "";
}

function crossBuild(version: string, targets: readonly Target[]): string {
  if (targets.length < 2) return "";
  return `It builds for the other systems below, too: \`encoderfile build --target\` fetches
\`${baseAssetName(version, "TARGET")}\` and knows its digest.
`;
}

function targetRow(target: Target): string {
  const untested = target.experimental ? " (experimental: nobody ran it yet)" : "";
  return `| ${target.name}${untested} | ${printRequirements(target)} | ${target.onnxruntime.version} |`;
}
