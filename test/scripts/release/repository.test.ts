// Which trees a release may be made from.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { commitDate, whyUnfit } from "../../../scripts/release/repository.ts";
import { createTempDir } from "../../helper/temp-dir.ts";

function git(cwd: string, ...args: readonly string[]): void {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  const env = { ...process.env, GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z" };
  const { exitCode, stderr } = Bun.spawnSync(["git", ...identity, ...args], { cwd, env });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

test.skipIf(Bun.which("git") === null)(
  "whyUnfit() names what differs from the last commit, and a tag elsewhere (needs git)",
  () => {
    using folder = createTempDir();
    expect(whyUnfit("1.0.0", folder.path)).toContain("no git checkout");
    expect(commitDate(folder.path)).toBeUndefined();
    git(folder.path, "init", "-q");
    writeFileSync(folder.join("a.txt"), "a");
    expect(whyUnfit("1.0.0", folder.path)).toContain("a.txt");
    git(folder.path, "add", "a.txt");
    git(folder.path, "commit", "-q", "-m", "a");
    expect(whyUnfit("1.0.0", folder.path)).toBeUndefined();
    expect(commitDate(folder.path)?.toISOString()).toBe("2026-01-02T03:04:05.000Z");
    git(folder.path, "tag", "v1.0.0");
    expect(whyUnfit("1.0.0", folder.path)).toBeUndefined();
    git(folder.path, "commit", "-q", "--allow-empty", "-m", "b");
    expect(whyUnfit("1.0.0", folder.path)).toContain("raise the version");
    expect(whyUnfit("1.0.1", folder.path)).toBeUndefined();
  },
);
