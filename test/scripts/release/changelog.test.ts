// The section of a version in the changelog, and the date of a release.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { changelogSection } from "../../../scripts/release/changelog.ts";
import { releaseDate } from "../../../scripts/release/release-date.ts";
import { VERSION } from "../../../src/about/index.ts";
import { ROOT } from "../../helper/source-tree.ts";

const CHANGELOG = `# Changelog

## 0.10.0 (2026-03-01)

New.

### Fixed

- This.

## 0.1.0

Old.

## 0.0.9 - 2026-02-30

## 0.0.8 2026-02-30

x
`;

test.each([
  ["0.10.0", "New.\n\n### Fixed\n\n- This.", "2026-03-01T00:00:00.000Z"],
  ["0.1.0", "Old.", undefined],
])("changelogSection() finds the section of %s", (version, text, date) => {
  const section = changelogSection(CHANGELOG, version);
  expect(section.text).toBe(text);
  expect(section.date?.toISOString()).toBe(date);
});

test.each([
  ["0.1", "has no section for it"],
  ["0.0.9", "is empty"],
  ["0.0.8", "2026-02-30, which is no day"],
])("changelogSection() refuses version %s", (version, words) => {
  expect(() => changelogSection(CHANGELOG, version)).toThrow(words);
});

test("changelogSection() finds the version of this program in its changelog", () => {
  const changelog = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
  expect(changelogSection(changelog, VERSION).text.length).toBeGreaterThan(100);
});

test("releaseDate() takes the environment before the changelog before the commit", () => {
  const changelog = new Date(2000);
  const commit = new Date(3000);
  expect(releaseDate({ epoch: "1", changelog, commit }).getTime()).toBe(1000);
  expect(releaseDate({ epoch: undefined, changelog, commit }).getTime()).toBe(2000);
  expect(releaseDate({ epoch: undefined, changelog: undefined, commit }).getTime()).toBe(3000);
  const none = { changelog: undefined, commit: undefined };
  expect(() => releaseDate({ epoch: undefined, ...none })).toThrow("SOURCE_DATE_EPOCH");
  expect(() => releaseDate({ epoch: "today", ...none })).toThrow('"today"');
});
