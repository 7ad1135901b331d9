// The section of a version in CHANGELOG.md: "## 0.1.0" or "## 0.1.0 (2026-01-31)", up to the next of its kind.

export type ChangelogSection = {
  /** What stands below the heading. */
  readonly text: string;
  /** Midnight (UTC) of the day in the heading. */
  readonly date?: Date;
};

/** Throws when the version has no section, an empty one, or a day that does not exist. */
export function changelogSection(changelog: string, version: string): ChangelogSection {
  const lines = changelog.split("\n");
  const start = lines.findIndex((line) => /^## /.test(line) && line.split(/[ (]+/)[1] === version);
  if (start < 0) throw new Error(`Cannot release ${version}: CHANGELOG.md has no section for it`);
  const length = lines.slice(start + 1).findIndex((line) => /^## /.test(line));
  const end = length < 0 ? lines.length : start + 1 + length;
  const text = lines
    .slice(start + 1, end)
    .join("\n")
    .trim();
  if (text === "")
    throw new Error(`Cannot release ${version}: its section of CHANGELOG.md is empty`);
  const day = /\d{4}-\d{2}-\d{2}/.exec(lines[start] ?? "")?.[0];
  if (day === undefined) return { text };
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day) {
    throw new Error(`Cannot release ${version}: CHANGELOG.md dates it ${day}, which is no day`);
  }
  return { text, date };
}
