// The files of a release, made of stand-ins for bases: names, digests, notes - and the same bytes from two runs.
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printArchiveReadme } from "../../../scripts/release/archive-readme.ts";
import { sha256 } from "../../../scripts/release/digest.ts";
import { printReleaseNotes } from "../../../scripts/release/release-notes.ts";
import { type ReleaseOptions, writeRelease } from "../../../scripts/release/write-release.ts";
import { knownBases } from "../../../src/base/index.ts";
import { MemorySource } from "../../../src/io/index.ts";
import {
  baseFileName,
  findTarget,
  hostTarget,
  TARGETS,
  type Target,
} from "../../../src/target/index.ts";
import { fakeBaseBytes } from "../../helper/fake-base.ts";
import { ROOT } from "../../helper/source-tree.ts";
import { createTempDir } from "../../helper/temp-dir.ts";

const target = hostTarget();
const VERSION = "1.2.3";

function options(output: string): ReleaseOptions {
  return {
    version: VERSION,
    targets: [target],
    date: new Date(1_700_000_000_000),
    changes: "- It is better.",
    output,
    makeBase: async (wanted, folder) => {
      const path = join(folder, baseFileName(wanted));
      writeFileSync(path, fakeBaseBytes({ machine: wanted.name }));
      return path;
    },
    say: () => {},
  };
}

test("writeRelease() gives the same bytes in two folders, and replaces an older run", async () => {
  using folder = createTempDir();
  const one = await writeRelease(options(folder.join("one")));
  mkdirSync(folder.join("a/b/v1.2.3"), { recursive: true });
  writeFileSync(folder.join("a/b/v1.2.3/old"), "old");
  const other = await writeRelease(options(folder.join("a/b")));
  const contents = (path: string) =>
    readdirSync(path)
      .sort()
      .map((name) => [name, sha256(readFileSync(join(path, name)))]);
  expect(contents(other)).toEqual(contents(one));
  expect(readdirSync(folder.join("one"))).toEqual(["v1.2.3"]);
});

test("writeRelease() writes every asset, and sums that sha256sum agrees with", async () => {
  using folder = createTempDir();
  const release = await writeRelease(options(folder.path));
  const name = `encoderfile-${VERSION}-${target.name}`;
  const assets = [
    "RELEASE-NOTES.md",
    `${name}.cdx.json`,
    `${name}.tar.gz`,
    `encoderfile-base-${VERSION}-${target.name}.gz`,
    "install.sh",
  ];
  expect(readdirSync(release).sort()).toEqual(["SHA256SUMS", ...assets].sort());
  const read = (asset: string) => readFileSync(join(release, asset));
  const sums = assets.map((asset) => `${sha256(read(asset))}  ${asset}\n`);
  expect(read("SHA256SUMS").toString()).toBe(sums.join(""));
  expect(read("install.sh").equals(readFileSync(join(ROOT, "install.sh")))).toBe(true);

  const base = Buffer.from(fakeBaseBytes({ machine: target.name }));
  const packed = new Uint8Array(read(`encoderfile-base-${VERSION}-${target.name}.gz`));
  expect(Buffer.from(Bun.gunzipSync(packed)).equals(base)).toBe(true);
  await Bun.$`tar -xzf ${join(release, `${name}.tar.gz`)} -C ${folder.path}`.quiet();
  const program = readFileSync(folder.join(name, `encoderfile${target.executableSuffix}`));
  expect(program.subarray(0, base.length).equals(base)).toBe(true);
  const facts = (bytes: Uint8Array) => ({ byteLength: bytes.length, sha256: sha256(bytes) });
  expect(knownBases(new MemorySource(program, name))).toEqual({
    version: VERSION,
    bases: [{ target: target.name, asset: facts(packed), base: facts(base) }],
  });
  const sbom = JSON.parse(read(`${name}.cdx.json`).toString());
  expect(sbom.metadata.component.hashes[0].content).toBe(sha256(base));
  const inside = JSON.parse(readFileSync(folder.join(name, "sbom.cdx.json"), "utf8"));
  expect(inside.metadata.component.hashes[0].content).toBe(sha256(program));
  expect(inside.components).toEqual(sbom.components);

  const notes = read("RELEASE-NOTES.md").toString();
  expect(notes).toContain("- It is better.");
  expect(notes).toContain(`| ${target.name} | `);
  expect(notes).toContain(sha256(read(`${name}.tar.gz`)));
  expect(notes).toContain(`/v${VERSION}/install.sh`);
});

test("printArchiveReadme() offers the systems of the release alone, in aligned lines", () => {
  const [host, arm] = [findTarget("linux-x64"), findTarget("linux-arm64")];
  const readme = (targets: readonly Target[]) => printArchiveReadme(VERSION, host, targets);
  const both = readme([host, arm]);
  expect(both).toContain("--target linux-arm64");
  expect(both).toContain("Of other systems it builds for linux-arm64: it fetches");
  expect(both).toContain("It knows no other bases.");
  const block = /```sh\n([^`]*)```/.exec(both)?.[1] ?? "";
  expect(
    new Set(
      block
        .trim()
        .split("\n")
        .map((line) => line.indexOf("  # ")),
    ).size,
  ).toBe(1);
  expect(readme(TARGETS)).toContain("--target darwin-arm64");
  expect(readme(TARGETS)).not.toContain("no other bases");
  const alone = readme([host]);
  expect(alone).not.toContain("--target");
  expect(alone).toContain("for others it builds with `--base FILE` only");
});

test("printReleaseNotes() says when not all systems were made", () => {
  const notes = (targets: readonly Target[]) =>
    printReleaseNotes({ version: VERSION, changes: "", targets, assets: [], url: "u" });
  const [host, arm] = [findTarget("linux-x64"), findTarget("linux-arm64")];
  expect(notes([host, arm])).toContain("made for linux-x64 and linux-arm64 only.");
  expect(notes([host, arm])).not.toContain("darwin");
  expect(notes([host])).not.toContain("build --target");
  expect(notes(TARGETS)).not.toContain(" only.");
  expect(notes(TARGETS)).toContain("`encoderfile build --target` fetches");
});

test("writeRelease() leaves what was there when a base cannot be made", async () => {
  using folder = createTempDir();
  mkdirSync(folder.join("v1.2.3"));
  writeFileSync(folder.join("v1.2.3/old"), "old");
  const failing = { ...options(folder.path), makeBase: () => Promise.reject(new Error("no")) };
  await expect(writeRelease(failing)).rejects.toThrow("no");
  expect(readdirSync(folder.path)).toEqual(["v1.2.3"]);
  expect(readdirSync(folder.join("v1.2.3"))).toEqual(["old"]);
});
