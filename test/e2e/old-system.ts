// The oldest Debian that can be had, and what is left of it without its C++ libraries: folders to be the root of a
// process. Made once by debootstrap into dist/.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { ROOT } from "../helper/source-tree.ts";

/** Oldest first. What a mirror no longer holds, or cannot be reached, is passed over. */
const SUITES = ["bullseye", "bookworm"];
const MIRROR = "http://deb.debian.org/debian";
const CACHE = join(ROOT, "dist/rootfs");
const MAKE_TIMEOUT_MS = 120_000;

export const canChangeRoot =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;

/** As Debian calls them. Files of arm64 need an emulator, which takes the folder for its root. */
export type Architecture = "amd64" | "arm64";

export type OldSystem = {
  readonly root: string;
  /** Debian's name for it. */
  readonly suite: string;
  /** Version of its glibc, "2.31". */
  readonly glibc: string;
};

/** Undefined where it cannot be made: without root, debootstrap or a mirror. */
export function oldSystem(architecture: Architecture = "amd64"): OldSystem | undefined {
  if (!canChangeRoot || process.arch !== "x64") return undefined;
  for (const suite of SUITES) {
    const root = join(CACHE, `${suite}-${architecture}`);
    if (existsSync(root) || makeSystem({ suite, architecture, root })) {
      return { root, suite, glibc: glibcOf(root) };
    }
  }
  return undefined;
}

/**
 * The first stage of debootstrap: it checks the archive's signature and unpacks what every Debian has, without
 * configuring it. Nothing that is tested needs more, and the second stage takes longer than all tests.
 */
function makeSystem(wanted: { suite: string; architecture: Architecture; root: string }): boolean {
  const { suite, architecture, root } = wanted;
  if (Bun.which("debootstrap") === null) return false;
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, ".making-"));
  const flags = ["--foreign", "--variant=minbase", `--arch=${architecture}`];
  const made = Bun.spawnSync(["debootstrap", ...flags, suite, draft, MIRROR], {
    timeout: MAKE_TIMEOUT_MS,
    stdout: "ignore",
    stderr: "ignore",
  });
  if (made.exitCode === 0) {
    // In some containers it is left as a link that leads to itself.
    rmSync(join(draft, "proc"), { recursive: true, force: true });
    mkdirSync(join(draft, "proc"));
    renameSync(draft, root);
  }
  rmSync(draft, { recursive: true, force: true });
  return made.exitCode === 0;
}

/** By the library's own words, which are also found without running it. */
function glibcOf(root: string): string {
  const [path = ""] = [
    ...new Bun.Glob("lib/*-linux-gnu/libc.so.6").scanSync({ cwd: root, onlyFiles: false }),
  ];
  const text = readFileSync(join(root, path)).toString("latin1");
  return /GNU C Library [^\n]*? version (\d+\.\d+)/.exec(text)?.[1] ?? "unknown";
}

/**
 * Copies glibc and its loader out of a system, and nothing else: what an image without a C++ runtime holds. `extra`
 * libraries come along.
 */
export function copyOnlyGlibc(from: string, to: string, extra: readonly string[] = []): void {
  const place = "lib/x86_64-linux-gnu";
  const glibc = ["libc", "libm", "libdl", "libpthread", "librt"];
  const names = readdirSync(join(from, place)).filter((name) =>
    [...glibc.map((library) => `${library}.so.`), ...extra].some((start) => name.startsWith(start)),
  );
  for (const folder of [place, "lib64", "proc"]) {
    mkdirSync(join(to, folder), { recursive: true });
  }
  const loader = "ld-linux-x86-64.so.2";
  const copies = names.map((name) => [join(place, name), join(place, name)] as const);
  for (const [source, copy] of [...copies, [join(place, loader), join("lib64", loader)] as const]) {
    // In Debian they are links to files with a version in their name.
    const copied = Bun.spawnSync(["cp", "-L", join(from, source), join(to, copy)]);
    if (copied.exitCode !== 0) throw new Error(`Cannot copy ${source}: ${copied.stderr}`);
  }
}

/** A command of which the first part is a path below `root`, as a command of this machine. */
export function inside(root: string, command: readonly string[]): string[] {
  const script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';
  return ["unshare", "-m", "sh", "-c", script, root, ...command];
}
