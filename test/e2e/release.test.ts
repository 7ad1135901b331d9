// A release as users meet it: made twice with the same bytes, installed by install.sh, and building for other systems
// from its own folder, with digests it brought along.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { sha256 } from "../../scripts/release/digest.ts";
import { writeRelease } from "../../scripts/release/write-release.ts";
import { VERSION } from "../../src/about/index.ts";
import { knownBases } from "../../src/base/index.ts";
import { canonicalBase } from "../../src/executable/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { baseFileName, findTarget, hostTarget } from "../../src/target/index.ts";
import { machOFaults } from "../helper/mach-o-check.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, run, runWell } from "./executable.ts";

const canInstall = ["curl", "tar", "gzip"].every((name) => Bun.which(name) !== null);
const host = hostTarget();
/** Two, so that a builder has another to ask for; darwin, since there the list lies before the signature. */
const targets = [host, findTarget(host.name === "darwin-arm64" ? "darwin-x64" : "darwin-arm64")];
const [, other = host] = targets;
/** Compiling twice and compressing some 300 MB takes half a minute on two idle cores. */
const RELEASE_TIMEOUT_MS = 240_000;

const folder = createTempDir();
const releases = folder.join("releases");
const bin = folder.join("bin");
const builder = join(bin, "encoderfile");
let model: string;

beforeAll(async () => {
  model = (await cachedDemoModels()).sentiment;
  await writeRelease({
    version: VERSION,
    targets,
    date: new Date(0),
    changes: "- Tested.",
    output: releases,
    makeBase: async (target, work) => {
      const path = join(work, baseFileName(target));
      copyFileSync(basePath(target.name), path);
      return path;
    },
    say: () => {},
  });
}, RELEASE_TIMEOUT_MS);
afterAll(() => folder[Symbol.dispose]());

/** The environment of a user with an empty cache of their own. */
function userEnv(name: string): Record<string, string> {
  const home = folder.join(`home-${name}`);
  mkdirSync(home, { recursive: true });
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    ENCODERFILE_BASE_URL: `file://${releases}`,
  };
}

const digest = (path: string) => sha256(readFileSync(path));

describe.skipIf(!canInstall)("an installed release (needs curl, tar and gzip)", () => {
  beforeAll(async () => {
    const args = ["--version", VERSION, "--dir", bin];
    await runWell(["sh", join(releases, `v${VERSION}`, "install.sh"), ...args], {
      env: userEnv("installer"),
    });
  });

  test("says its version", async () => {
    const { stdout } = await runWell([builder, "--version"]);
    expect(stdout).toContain(VERSION);
    expect(readdirSync(bin)).toEqual(["encoderfile"]);
  });

  test("builds for this machine what the bare base builds", async () => {
    const output = folder.join("host.encoderfile");
    await runWell([builder, "build", model, "-o", output]);
    const expected = await buildFile(folder.join("host.expected"), model);
    expect(digest(output)).toBe(digest(expected));
    await runWell([output, "verify"]);
  });

  test(`builds for ${other.name} with a base it fetches, checks and keeps`, async () => {
    const env = userEnv("other");
    const output = folder.join("other.encoderfile");
    const command = [builder, "build", model, "--target", other.name, "-o", output, "--force"];
    await runWell(command, { env });
    const flags = ["--target", other.name, "--base", basePath(other.name)];
    const expected = await buildFile(folder.join("other.expected"), model, ...flags);
    expect(digest(output)).toBe(digest(expected));
    // The second time it needs no release.
    rmSync(output);
    await runWell(command, { env: { ...env, ENCODERFILE_BASE_URL: "file:///nonexistent" } });
    expect(digest(output)).toBe(digest(expected));
  });

  test("takes no base but the one it was released with", async () => {
    const lying = folder.join("lying");
    mkdirSync(lying);
    await runWell(["cp", "-r", join(releases, `v${VERSION}`), lying]);
    const asset = `encoderfile-base-${VERSION}-${other.name}.gz`;
    appendFileSync(join(lying, `v${VERSION}`, asset), "x");
    const output = folder.join("lied.encoderfile");
    const env = { ...userEnv("lied"), ENCODERFILE_BASE_URL: `file://${lying}` };
    const command = [builder, "build", model, "--target", other.name, "-o", output];
    const { exitCode, stderr } = await run(command, { env });
    expect(exitCode).toBeGreaterThan(1);
    expect(stderr).toContain(asset);
    expect(existsSync(output)).toBe(false);
  });
});

test("the builder for macOS is signed around its list, and holds its base", async () => {
  const name = `encoderfile-${VERSION}-${other.name}`;
  const archive = join(releases, `v${VERSION}`, `${name}.tar.gz`);
  await runWell(["tar", "-xzf", archive, "-C", folder.path]);
  const path = folder.join(name, "encoderfile");
  expect(machOFaults(readFileSync(path))).toEqual([]);
  using source = new FileSource(path);
  const known = knownBases(source);
  expect(known?.bases.map(({ target }) => target)).toEqual(targets.map(({ name }) => name));
  const base = canonicalBase(source);
  const found = sha256(base.read(0, base.byteLength));
  expect(found).toBe(known?.bases.find(({ target }) => target === other.name)?.base.sha256 ?? "");
  expect(found).toBe(digest(basePath(other.name)));
});

describe("bun run release", () => {
  const script = ["scripts/release.ts", "--target", host.name];

  test("refuses a version without a section in the changelog, and a tree that differs", async () => {
    const checkout = folder.join("checkout");
    mkdirSync(checkout);
    for (const name of ["scripts", "src", "targets", "package.json", "tsconfig.json"]) {
      await runWell(["cp", "-r", join(ROOT, name), checkout]);
    }
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
    writeFileSync(join(checkout, "CHANGELOG.md"), "# Changelog\n\n## 0.0.1\n\nOld.\n");
    const command = [process.execPath, ...script, "--output", folder.join("refused")];
    const differing = await run(command, { cwd: checkout });
    expect([differing.exitCode, differing.stderr]).toEqual([
      1,
      `release: Cannot release ${VERSION} as this is no git checkout (--allow-dirty does it all the same)\n`,
    ]);
    const unwritten = await run([...command, "--allow-dirty"], { cwd: checkout });
    expect([unwritten.exitCode, unwritten.stderr]).toEqual([
      1,
      `release: Cannot release ${VERSION}: CHANGELOG.md has no section for it\n`,
    ]);
    expect(existsSync(folder.join("refused"))).toBe(false);
  });

  test(
    "compiles and packs the same bytes twice",
    async () => {
      const output = folder.join("checked");
      const flags = ["--output", output, "--check", "--allow-dirty"];
      const child = Bun.spawn([process.execPath, ...script, ...flags], {
        cwd: ROOT,
        env: { ...process.env, SOURCE_DATE_EPOCH: "1700000000" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      expect([await child.exited, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("A second run in another folder gave the same bytes");
      expect(readdirSync(output)).toEqual([`v${VERSION}`]);
    },
    RELEASE_TIMEOUT_MS,
  );
});
