// install.sh against a local server, in every POSIX shell of this machine: what it installs, and what it refuses.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Header, pack } from "tar-stream";
import { packArchive } from "../../scripts/release/archive.ts";
import { RELEASE_URL } from "../../src/base/index.ts";
import { findTarget } from "../../src/target/index.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const SCRIPT = join(ROOT, "install.sh");
const SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"]].filter(
  ([name = ""]) => Bun.which(name) !== null,
);
const TOOLS = ["curl", "tar", "gzip"];
const can = TOOLS.every((name) => Bun.which(name) !== null) && SHELLS.length > 0;
const VERSION = "1.2.3";
const PROGRAM = '#!/bin/sh\n[ "$1" = --version ] && echo "encoderfile 1.2.3"\n';

const folder = createTempDir();
const place = folder.join("server");
/** Programs that answer for another machine, found before the real ones. */
const stubs = folder.join("stubs");
let server: Server;
let url: string;
let count = 0;

type Run = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };
type Settings = {
  readonly shell?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
};

/** Runs the script with its own home and temporary folder; the latter must be empty afterwards. */
async function install(args: readonly string[], settings: Settings = {}): Promise<Run> {
  const home = settings.env?.["HOME"] ?? folder.join(`home ${count++}`);
  const temporary = folder.join(`tmp ${count++}`);
  mkdirSync(home, { recursive: true });
  mkdirSync(temporary);
  const child = Bun.spawn([...(settings.shell ?? ["sh"]), SCRIPT, ...args], {
    env: {
      PATH: `${stubs}:${process.env["PATH"]}`,
      HOME: home,
      TMPDIR: temporary,
      ENCODERFILE_BASE_URL: `${url}/releases/download`,
      ...settings.env,
    },
    cwd: settings.cwd ?? folder.path,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const exitCode = await child.exited;
  expect(readdirSync(temporary)).toEqual([]);
  return { exitCode, stdout, stderr };
}

function stub(name: string, body: string, into = stubs): void {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(into, name), 0o755);
}

async function publish(version: string, target: string, program = PROGRAM): Promise<Uint8Array> {
  const name = `encoderfile-${version}-${target}`;
  const archive = await packArchive(
    [{ path: "encoderfile", bytes: Buffer.from(program), executable: true }],
    { folder: name, date: new Date(0) },
  );
  publishArchive(version, target, archive);
  return archive;
}

function publishArchive(version: string, target: string, archive: Uint8Array): void {
  const name = `encoderfile-${version}-${target}`;
  const at = join(place, `releases/download/v${version}`);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, `${name}.tar.gz`), archive);
  const sum = createHash("sha256").update(archive).digest("hex");
  const sums = join(at, "SHA256SUMS");
  const before = existsSync(sums) ? readFileSync(sums, "utf8") : "";
  writeFileSync(sums, `${before}${sum}  ${name}.tar.gz\n`);
}

/** An archive whose program is something else, or there more than once. */
async function publishOddly(version: string, entries: readonly Partial<Header>[]): Promise<void> {
  const archive = pack();
  const name = `encoderfile-${version}-linux-x64/encoderfile`;
  for (const entry of entries) {
    archive.entry({ name, mode: 0o755, ...entry }, entry.type === "file" ? PROGRAM : "");
  }
  archive.finalize();
  publishArchive(version, "linux-x64", Bun.gzipSync(new Uint8Array(await buffer(archive))));
}

beforeAll(async () => {
  stub(
    "uname",
    `case "$1" in -s) echo "\${SYSTEM:-Linux}" ;; *) echo "\${MACHINE:-x86_64}" ;; esac`,
  );
  stub("getconf", `echo "\${LIBC:-glibc 2.36}"`);
  stub("sysctl", `echo "\${TRANSLATED:-0}"`);
  stub("sw_vers", `echo "\${MACOS:-15.1}"`);
  for (const target of ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"]) {
    await publish(VERSION, target);
  }
  await publish("1.2.4", "linux-x64");
  await publish("2.0.0", "linux-x64", "#!/bin/sh\necho 'no such library' >&2; exit 127\n");
  await publish("3.0.0", "linux-x64");
  const sums = join(place, "releases/download/v3.0.0/SHA256SUMS");
  writeFileSync(
    sums,
    readFileSync(sums, "utf8").replace(/^./, (c) => (c === "0" ? "1" : "0")),
  );
  const link = { type: "symlink", linkname: "/bin/true" } as const;
  await publishOddly("4.0.0", [link]);
  await publishOddly("4.0.1", [{ type: "fifo" }]);
  await publishOddly("4.0.2", [{ type: "link", linkname: "/bin/true" }]);
  await publishOddly("4.0.3", [{ type: "file" }, link]);
  await publishOddly("4.0.4", [{ type: "directory" }]);
  await publishOddly("4.0.5", [{ type: "file", name: "encoderfile" }]);
  publishArchive("4.0.6", "linux-x64", Bun.gzipSync(new Uint8Array(5000)));
  publishArchive("4.0.7", "linux-x64", Buffer.from("nothing of the kind"));
  const twice = join(place, "releases/download/v4.0.8/SHA256SUMS");
  await publish("4.0.8", "linux-x64");
  writeFileSync(twice, readFileSync(twice, "utf8").repeat(2));
  server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/releases/latest") {
      response.writeHead(302, { location: `/releases/tag/v${VERSION}` }).end();
    } else if (path.startsWith("/releases/tag/")) {
      response.end("a page");
    } else if (path.includes("/v6.6.6/")) {
      // Announces more than it sends, and hangs up.
      response.writeHead(200, { "content-length": 1000 });
      response.write("cut");
      response.socket?.end();
    } else if (path.includes("/v7.7.7/")) {
      // Announces more than a release has.
      response.writeHead(200, { "content-length": 2 ** 30 + 1 });
      response.write("much");
    } else if (existsSync(join(place, path))) {
      response.end(readFileSync(join(place, path)));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  folder[Symbol.dispose]();
});

const names = SHELLS.map((shell) => [shell.join(" "), shell] as const);

describe.skipIf(!can).each(names)("install.sh in %s (needs curl)", (_, shell) => {
  test("installs the latest release into ~/.local/bin, twice, and says that PATH lacks it", async () => {
    const home = folder.join(`a home of ${shell[0]}`);
    const env = { HOME: home };
    for (const round of ["first", "again"]) {
      const { exitCode, stdout, stderr } = await install([], { shell, env });
      expect([round, exitCode, stderr]).toEqual([round, 0, ""]);
      expect(stdout).toContain(`Installing encoderfile ${VERSION} for linux-x64`);
      expect(stdout).toContain(`export PATH="${home}/.local/bin":"$PATH"`);
    }
    const bin = join(home, ".local/bin");
    expect(readdirSync(bin)).toEqual(["encoderfile"]);
    expect(statSync(join(bin, "encoderfile")).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(bin, "encoderfile"), "utf8")).toBe(PROGRAM);
  });

  test("takes a version, with or without v, and a folder, relative too", async () => {
    const cwd = folder.join(`cwd-${shell[0]}`);
    mkdirSync(cwd);
    const env = { PATH: `${stubs}:${process.env["PATH"]}:${cwd}/-bin dir` };
    const args = ["--version", "v1.2.4", "--dir=-bin dir"];
    const { exitCode, stdout, stderr } = await install(args, { shell, cwd, env });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("1.2.4");
    expect(stdout).not.toContain("export PATH");
    expect(existsSync(join(cwd, "-bin dir/encoderfile"))).toBe(true);
  });

  const WRONG_USAGE: readonly (readonly [string, readonly string[]])[] = [
    ["--verbose", ["--verbose"]],
    ["a word", ["1.2.3"]],
    ["--version without a value", ["--version"]],
    ["--dir= without a value", ["--dir="]],
    ["--dir with an empty value", ["--dir", ""]],
    ["--version ../..", ["--version", "../.."]],
    ["--version 1/2", ["--version", "1/2"]],
    ["--version v", ["--version", "v"]],
  ];
  test.each(WRONG_USAGE)("refuses %s with exit code 2", async (_what, args) => {
    const { exitCode, stdout, stderr } = await install(args, { shell });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toStartWith("install.sh: Cannot use ");
  });

  test("prints its usage", async () => {
    const { exitCode, stdout, stderr } = await install(["--help"], { shell });
    expect([exitCode, stderr]).toEqual([0, ""]);
    for (const word of ["--version", "--dir", "ENCODERFILE_BASE_URL", "--version is required"]) {
      expect(stdout).toContain(word);
    }
  });

  test("installs nothing whose checksum is another, and leaves an older program as it was", async () => {
    const dir = folder.join(`kept-${shell[0]}`);
    mkdirSync(dir);
    writeFileSync(join(dir, "encoderfile"), "older");
    const { exitCode, stderr } = await install(["--version", "3.0.0", "--dir", dir], { shell });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/its sha256 must be [0-9a-f]{64}: found [0-9a-f]{64}/);
    expect(readdirSync(dir)).toEqual(["encoderfile"]);
    expect(readFileSync(join(dir, "encoderfile"), "utf8")).toBe("older");
  });

  const REFUSED: readonly (readonly [string, readonly string[], Record<string, string>, string])[] =
    [
      ["a version that does not exist", ["--version", "9.9.9"], {}, "is there a version 9.9.9?"],
      ["a download that is cut short", ["--version", "6.6.6"], {}, "Cannot download"],
      [
        "a target the release lacks",
        ["--version", "1.2.4"],
        { MACHINE: "aarch64" },
        "does version 1.2.4 exist for linux-arm64?",
      ],
      ["a program that does not start", ["--version", "2.0.0"], {}, "no such library"],
      ["a link as the program", ["--version", "4.0.0"], {}, "must be one regular file"],
      ["a pipe as the program", ["--version", "4.0.1"], {}, "must be one regular file"],
      ["a hard link as the program", ["--version", "4.0.2"], {}, "must be one regular file"],
      ["a program and a link", ["--version", "4.0.3"], {}, "must be one regular file"],
      ["a folder as the program", ["--version", "4.0.4"], {}, "must be one regular file"],
      ["an archive without the program", ["--version", "4.0.5"], {}, "is no tar archive with"],
      [
        "a compressed file that is none",
        ["--version", "4.0.6"],
        {},
        "Cannot use encoderfile-4.0.6",
      ],
      ["an archive that is none", ["--version", "4.0.7"], {}, "is no tar archive with"],
      ["sums that list the archive twice", ["--version", "4.0.8"], {}, "lists it twice"],
      ["a download of more than 1 GiB", ["--version", "7.7.7"], {}, "Maximum file size exceeded"],
      ["a folder it cannot write to", ["--dir", "/proc/bin"], {}, "choose another with --dir"],
      ["an address of another kind", [], { ENCODERFILE_BASE_URL: "ftp://x" }, "ftp://x"],
      [
        "a mirror without a latest release",
        [],
        { ENCODERFILE_BASE_URL: "http://127.0.0.1:9" },
        "--version",
      ],
      [
        "a mirror that cannot tell the latest release",
        [],
        { ENCODERFILE_BASE_URL: "file:///srv/encoderfile" },
        "of a mirror, file:///srv/encoderfile: --version is required, as in --version 0.1.0",
      ],
      ["musl", [], { LIBC: "musl libc (x86_64)" }, "musl"],
      ["an old glibc", [], { LIBC: "glibc 2.27" }, "glibc 2.27: 2.28 or newer"],
      ["another system", [], { SYSTEM: "FreeBSD" }, '"FreeBSD"'],
      ["Windows", [], { SYSTEM: "MINGW64_NT-10.0" }, "Windows"],
      ["another processor", [], { MACHINE: "riscv64" }, '"riscv64"'],
      ["an old macOS", [], { SYSTEM: "Darwin", MACHINE: "arm64", MACOS: "13.7.1" }, "macOS 13.7.1"],
    ];
  test.each(REFUSED)("refuses %s", async (_what, args, env, words) => {
    const { exitCode, stderr } = await install(args, { shell, env });
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain("install.sh: Cannot ");
    expect(stderr).toContain(words);
  });

  test("downloads nothing for a folder it cannot make", async () => {
    const env = { ENCODERFILE_BASE_URL: "http://127.0.0.1:9" };
    for (const dir of [
      "/proc/bin",
      join(folder.path, "server/releases/download/v1.2.3/SHA256SUMS/x"),
    ]) {
      const args = ["--version", VERSION, "--dir", dir];
      const { stdout, stderr } = await install(args, { shell, env });
      expect([stdout, stderr]).toEqual([
        "",
        `install.sh: Cannot make the folder ${dir}: choose another with --dir\n`,
      ]);
    }
  });

  test("quotes the folder in what it tells to type", async () => {
    const dir = folder.join(`it's "$(exit 9)" \`x\` ! ${shell[0]}`);
    const { exitCode, stdout, stderr } = await install(["--dir", dir], { shell });
    expect([exitCode, stderr]).toEqual([0, ""]);
    const hint = stdout.slice(stdout.indexOf("export PATH="));
    const typed = Bun.spawnSync([...shell, "-c", `PATH=/bin\n${hint}printf %s "$PATH"`]);
    expect([typed.exitCode, typed.stdout.toString()]).toEqual([0, `${dir}:/bin`]);
  });

  const MACHINES: readonly (readonly [string, Record<string, string>])[] = [
    ["linux-x64", { LIBC: "ldd (Debian GLIBC 2.36-9+deb12u9) 2.36" }],
    ["linux-arm64", { MACHINE: "aarch64", LIBC: "glibc 2.28" }],
    ["darwin-x64", { SYSTEM: "Darwin", MACOS: "13.4" }],
    ["darwin-arm64", { SYSTEM: "Darwin", MACHINE: "arm64", MACOS: "14.0" }],
    // Under Rosetta.
    ["darwin-arm64", { SYSTEM: "Darwin", TRANSLATED: "1" }],
  ];
  test.each(MACHINES)("recognises %s by %j", async (target, env) => {
    const { exitCode, stdout, stderr } = await install([], { shell, env });
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`for ${target}\n`);
  });

  test("says which program is missing", async () => {
    const few = folder.join(`few-${shell[0]}`);
    const kept = ["sh", "cat", "sed", "head", "mktemp", "rm", "tar", "gzip", ...shell.slice(0, 1)];
    stub("uname", "echo Linux", few);
    for (const name of kept) symlinkSync(Bun.which(name) ?? "", join(few, name));
    const { exitCode, stderr } = await install([], { shell, env: { PATH: few } });
    expect([exitCode, stderr]).toEqual([
      1,
      'install.sh: Cannot find the program "curl": install it first\n',
    ]);
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGPIPE", 141],
  ] as const)("cleans up when it is interrupted by %s", async (signal, expected) => {
    const temporary = folder.join(`interrupted-${signal}-${shell[0]}`);
    const bin = folder.join(`slow-${signal}-${shell[0]}`);
    mkdirSync(temporary);
    // Stands for a long download: says that it runs, and ends with the shell's signal.
    stub("curl", 'touch "$TMPDIR/running"; while :; do :; done', bin);
    const child = Bun.spawn([...shell, SCRIPT, "--version", "1.2.3"], {
      env: {
        PATH: `${bin}:${stubs}:${process.env["PATH"]}`,
        HOME: folder.path,
        TMPDIR: temporary,
      },
      detached: true,
      stdio: ["ignore", "ignore", "ignore"],
    });
    while (!existsSync(join(temporary, "running"))) await Bun.sleep(5);
    process.kill(-child.pid, signal);
    expect(await child.exited).toBe(expected);
    expect(readdirSync(temporary)).toEqual(["running"]);
  });

  test("runs nothing when it was cut short", () => {
    const whole = readFileSync(SCRIPT, "utf8");
    expect(whole.trimEnd().split("\n").at(-1)).toBe('main "$@"');
    const cut = whole.slice(0, whole.lastIndexOf("\nmain "));
    for (const script of [cut, cut.slice(0, cut.length / 2), cut.slice(0, cut.indexOf("trap"))]) {
      const { stdout } = Bun.spawnSync([...shell, "-c", script, "sh", "--help"]);
      expect(stdout.toString()).toBe("");
    }
  });
});

test("install.sh asks of machines what targets/*.json require", () => {
  const script = readFileSync(SCRIPT, "utf8");
  const value = (name: string) => new RegExp(`^${name}="([\\d.]+)"$`, "m").exec(script)?.[1];
  const asked = (target: string) => findTarget(target).requires.version;
  expect(asked("linux-x64")).toBe(value("GLIBC_MIN") ?? "");
  expect(asked("linux-arm64")).toBe(value("GLIBC_MIN") ?? "");
  expect(asked("darwin-arm64")).toBe(value("MACOS_MIN_ARM64") ?? "");
  expect(asked("darwin-x64")).toBe(value("MACOS_MIN_X64") ?? "");
});

test("install.sh looks where the builder looks", () => {
  expect(readFileSync(SCRIPT, "utf8")).toContain(`\nDEFAULT_URL="${RELEASE_URL}"\n`);
});

test.skipIf(Bun.which("shellcheck") === null)(
  "install.sh has nothing shellcheck objects to (needs shellcheck)",
  () => {
    const { stdout, exitCode } = Bun.spawnSync(["shellcheck", "--shell", "sh", SCRIPT]);
    expect([exitCode, stdout.toString()]).toEqual([0, ""]);
  },
);
