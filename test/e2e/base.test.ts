// The base by itself: light where it must be, deaf to the folder it starts in, at home where nothing can be written.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { TARGETS } from "../../src/target/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, run, runWell } from "./executable.ts";

const folder = createTempDir();
const has = (tool: string) => Bun.which(tool) !== null;
const isRoot = process.getuid?.() === 0;
const canMount =
  isRoot && has("unshare") && Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;
let file: string;

/** Runs a command under strace and returns the system calls of the given names, of all its threads. */
async function watch(names: string, command: readonly string[]) {
  const log = folder.join("calls.log");
  const strace = ["strace", "-f", "-qq", "-e", `trace=${names}`, "-o", log];
  const { exitCode } = await run([...strace, ...command]);
  return { exitCode, calls: readFileSync(log, "utf8") };
}

beforeAll(async () => {
  const { sentiment } = await cachedDemoModels();
  file = await buildFile(folder.join("sentiment.encoderfile"), sentiment);
});
afterAll(() => folder[Symbol.dispose]());

test("every target has a base", () => {
  expect(TARGETS.map(({ name }) => basePath(name))).toHaveLength(TARGETS.length);
});

describe("what stays light", () => {
  const LIGHT = [
    ["--help", () => [basePath(), "--help"]],
    ["--version", () => [basePath(), "--version"]],
    ["inspect", () => [basePath(), "inspect", file]],
    ["inspect of itself", () => [file, "inspect"]],
    ["help of a file", () => [file, "--help"]],
  ] as const;

  test.skipIf(!has("strace")).each(LIGHT)(
    "%s does not load ONNX Runtime (needs strace)",
    async (_, command) => {
      const { exitCode, calls } = await watch("memfd_create,execve", command());
      expect(exitCode).toBe(0);
      expect(calls).toContain("execve");
      expect(calls).not.toContain("libonnxruntime");
    },
  );

  test.skipIf(!has("strace"))(
    "infer does load it, so the watch sees it (needs strace)",
    async () => {
      const { calls } = await watch("memfd_create", [file, "infer", "a"]);
      expect(calls).toContain("libonnxruntime");
    },
  );
});

describe("a hostile working directory", () => {
  test("its .env and bunfig.toml have no effect", async () => {
    const cwd = folder.join("hostile");
    mkdirSync(cwd);
    writeFileSync(`${cwd}/.env`, "ENCODERFILE_PORT=not-a-port\nNO_COLOR=1\n");
    writeFileSync(`${cwd}/bunfig.toml`, 'preload = ["./evil.ts"]\n');
    writeFileSync(
      `${cwd}/evil.ts`,
      'require("node:fs").writeFileSync(import.meta.dir + "/ran", ""); process.exit(66);',
    );
    writeFileSync(`${cwd}/package.json`, '{"name": "evil", "type": "commonjs"}');
    writeFileSync(`${cwd}/tsconfig.json`, "{broken");
    for (const command of [
      [basePath(), "--help"],
      [file, "infer", "fine"],
      [file, "serve", "--help"],
    ]) {
      const { exitCode } = await run(command, { cwd });
      expect(exitCode).toBe(0);
    }
    expect(await Bun.file(`${cwd}/ran`).exists()).toBe(false);
    // The port of .env would be refused; the one of the real environment is.
    const refused = await run([file], { cwd, env: { ENCODERFILE_PORT: "not-a-port" } });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("not-a-port");
  });
});

describe("where nothing can be written", () => {
  test.skipIf(!canMount)(
    "it answers with a read-only root, no temporary folder and noexec mounts (needs root and unshare)",
    async () => {
      // Everything but the file's own mount is noexec, and nothing is writable.
      const script = `
        set -e
        for place in /tmp /var/tmp /dev/shm /run /root; do
          mountpoint -q "$place" || [ -d "$place" ] || continue
          mkdir -p /mnt/empty && mount -t tmpfs -o ro,noexec,nosuid tmpfs "$place" 2>/dev/null || true
        done
        mount -o remount,bind,ro / 2>/dev/null || mount -o remount,ro /
        if touch /touched 2>/dev/null; then echo "the root can be written" >&2; exit 9; fi
        if touch /tmp/touched 2>/dev/null; then echo "/tmp can be written" >&2; exit 9; fi
        exec "$0" infer "a wonderful day"`;
      const open = "/opt/encoderfile-test";
      mkdirSync(open, { recursive: true });
      const copy = `${open}/sentiment-${process.pid}`;
      await runWell(["cp", file, copy]);
      try {
        const command = ["unshare", "-m", "sh", "-c", script, copy];
        const env = { TMPDIR: "/nonexistent", HOME: "/nonexistent" };
        const { stdout, stderr, exitCode } = await run(command, { env });
        expect(stderr).toBe("");
        expect(exitCode).toBe(0);
        expect(JSON.parse(stdout).results[0].predicted_label).toBe("positive");
      } finally {
        await runWell(["rm", "-f", copy]);
      }
    },
  );

  test.skipIf(!has("strace"))("it opens no file for writing (needs strace)", async () => {
    const opening = "openat,open,creat,mkdir,rename";
    const { exitCode, calls } = await watch(opening, [file, "infer", "a wonderful day"]);
    expect(exitCode).toBe(0);
    const writes = calls
      .split("\n")
      .filter((line) => /O_(WRONLY|RDWR|CREAT)|creat\(|mkdir\(|rename\(/.test(line))
      .filter((line) => !/"\/dev\/|"\/proc\/self\//.test(line));
    expect(writes).toEqual([]);
  });
});

test.skipIf(!has("strace"))("a file that answers opens no connection (needs strace)", async () => {
  const { exitCode, calls } = await watch("socket,connect,execve", [
    file,
    "infer",
    "a wonderful day",
  ]);
  expect(exitCode).toBe(0);
  expect(calls).toContain("execve");
  expect(calls.split("\n").filter((line) => /socket\(|connect\(/.test(line))).toEqual([]);
});
