// Makes the files of a release: `bun run release [--target T...] [--output DIR] [--check] [--allow-dirty]`.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "../src/about/index.ts";
import { findTarget, TARGETS } from "../src/target/index.ts";
import { buildBase } from "./base.ts";
import { changelogSection } from "./release/changelog.ts";
import { releaseDate } from "./release/release-date.ts";
import { commitDate, whyUnfit } from "./release/repository.ts";
import { type ReleaseOptions, writeRelease } from "./release/write-release.ts";

const ROOT = resolve(import.meta.dir, "..");

/** Throws when the files of two releases are not the same to the byte. */
function compareReleases(one: string, other: string): void {
  const names = [...new Set([...readdirSync(one), ...readdirSync(other)])].sort();
  const read = (folder: string, name: string) =>
    readdirSync(folder).includes(name) ? readFileSync(join(folder, name)) : undefined;
  const differing = names.filter((name) => {
    const bytes = read(other, name);
    return bytes === undefined || read(one, name)?.equals(bytes) !== true;
  });
  if (differing.length > 0) {
    throw new Error(`Two runs did not give the same bytes: ${differing.join(", ")} differ`);
  }
}

const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true, default: [] },
    output: { type: "string", default: join(ROOT, "dist/release") },
    check: { type: "boolean", default: false },
    "allow-dirty": { type: "boolean", default: false },
  },
});
try {
  const reason = values["allow-dirty"] ? undefined : whyUnfit(VERSION);
  if (reason !== undefined) {
    throw new Error(`Cannot release ${VERSION} as ${reason} (--allow-dirty does it all the same)`);
  }
  const section = changelogSection(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"), VERSION);
  const chosen = values.target.map(findTarget);
  const options: ReleaseOptions = {
    version: VERSION,
    targets: TARGETS.filter((target) => chosen.length === 0 || chosen.includes(target)),
    date: releaseDate({
      epoch: process.env["SOURCE_DATE_EPOCH"],
      changelog: section.date,
      commit: commitDate(),
    }),
    changes: section.text,
    output: resolve(values.output),
    makeBase: buildBase,
    say: console.log,
  };
  const folder = await writeRelease(options);
  if (values.check) {
    const again = mkdtempSync(join(tmpdir(), "encoderfile-release-"));
    try {
      compareReleases(folder, await writeRelease({ ...options, output: again }));
      console.log("A second run in another folder gave the same bytes");
    } catch (thrown) {
      // What nobody can make again is not to be published.
      rmSync(folder, { recursive: true, force: true });
      throw thrown;
    } finally {
      rmSync(again, { recursive: true, force: true });
    }
  }
  console.log(readFileSync(join(folder, "SHA256SUMS"), "utf8").trimEnd());
  console.log(folder);
} catch (thrown) {
  console.error(`release: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  if (thrown instanceof AggregateError) for (const error of thrown.errors) console.error(error);
  process.exit(1);
}
