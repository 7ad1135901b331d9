// What git says of the tree a release is made from.
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");

/** Why no release may be made from this tree; undefined when one may. */
export function whyUnfit(version: string, root = ROOT): string | undefined {
  const changed = git(root, "status", "--porcelain");
  if (changed === undefined) return "this is no git checkout";
  if (changed !== "") return `files differ from the last commit:\n${changed}`;
  const tag = `v${version}`;
  const tagged = git(root, "rev-list", "-n", "1", tag);
  if (tagged !== undefined && tagged !== git(root, "rev-parse", "HEAD")) {
    return `${tag} is the tag of another commit: raise the version in package.json`;
  }
  return undefined;
}

/** When the last commit was made; undefined outside of a checkout. */
export function commitDate(root = ROOT): Date | undefined {
  const seconds = git(root, "log", "-1", "--format=%ct");
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
}

function git(root: string, ...args: readonly string[]): string | undefined {
  const { exitCode, stdout } = Bun.spawnSync(["git", ...args], { cwd: root, stderr: "ignore" });
  return exitCode === 0 ? stdout.toString().trimEnd() : undefined;
}
