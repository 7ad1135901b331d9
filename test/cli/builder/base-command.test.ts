// The command `base`, and `build` that fetches one, run in this process against a release of fake bases.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFixture } from "../../../scripts/fixture/make-model.ts";
import { VERSION } from "../../../src/about/index.ts";
import { baseAssetName, cachedBasePath } from "../../../src/base/index.ts";
import { runBuilder } from "../../../src/cli/builder/index.ts";
import { CodedError } from "../../../src/error/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { makeRelease, type ReleaseFolder } from "../../helper/release-folder.ts";
import { createTempDir, type TempDir } from "../../helper/temp-dir.ts";

const TARGET = "linux-arm64";
const VARIABLES = [
  "XDG_CACHE_HOME",
  "ENCODERFILE_BASE_URL",
  "ENCODERFILE_BASE_SUMS",
  "ENCODERFILE_OFFLINE",
];

let folder: TempDir;
let release: ReleaseFolder;
let before: Record<string, string | undefined>;

beforeEach(() => {
  folder = createTempDir();
  release = makeRelease(folder);
  before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));
  for (const name of VARIABLES) delete process.env[name];
  process.env["XDG_CACHE_HOME"] = folder.join("xdg");
  process.env["ENCODERFILE_BASE_URL"] = pathToFileURL(release.path).href;
});

afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  folder[Symbol.dispose]();
});

async function run(...args: string[]) {
  const output = capturedOutput();
  const exitCode = await runBuilder(args, output);
  return { exitCode, stdout: output.stdout(), stderr: output.stderr() };
}

async function failure(...args: string[]): Promise<CodedError> {
  const thrown = await runBuilder(args, capturedOutput()).catch((error: unknown) => error);
  if (thrown instanceof CodedError) return thrown;
  throw new Error(`Nothing was thrown: ${thrown}`);
}

const cached = () => cachedBasePath(folder.join("xdg", "encoderfile"), VERSION, TARGET);

describe("base", () => {
  test("base add fetches, base list and base path show, base remove removes", async () => {
    const add = ["base", "add", "--target", "aarch64-unknown-linux-gnu", "--base-sums"];
    const added = await run(...add, release.sumsPath);
    expect(added.stdout).toBe(`Added ${TARGET} ${VERSION}: ${cached()}\n`);
    expect(added.stderr).toBe(
      `Fetching the base for ${TARGET} from ${pathToFileURL(release.path).href}/v${VERSION}/` +
        `${baseAssetName(VERSION, TARGET)}\n`,
    );
    const listed = await run("base", "list");
    expect(listed.stdout).toMatch(
      new RegExp(`  ${TARGET} +${VERSION} +in the cache +${cached()}\\n`),
    );
    expect(listed.stdout).toMatch(/ {2}darwin-x64 +[\d.]+ +not here\n/);
    expect((await run("base", "path", "--target", TARGET)).stdout).toBe(`${cached()}\n`);
    const removed = await run("base", "remove", "--target", TARGET);
    expect(removed.stdout).toBe(`Removed ${cached()}\n`);
    expect(existsSync(cached())).toBe(false);
    expect((await failure("base", "remove", "--target", TARGET)).code).toBe("BASE_NOT_FOUND");
    const missing = await failure("base", "path", "--target", TARGET);
    expect(missing.message).toContain("none is on this machine: name the list of digests");
    process.env["ENCODERFILE_BASE_SUMS"] = release.sumsPath;
    const fetchable = await failure("base", "path", "--target", TARGET);
    expect(fetchable.message).toContain(`get it with "encoderfile base add --target ${TARGET}"`);
  });

  test("base add says when it is here already, and base remove what was left of downloads", async () => {
    const add = ["base", "add", "--target", TARGET, "--base-sums", release.sumsPath];
    await run(...add);
    const again = await run(...add);
    expect(again.stdout).toBe(`Already here: ${TARGET} ${VERSION}: ${cached()}\n`);
    expect(again.stderr).toBe("");
    await run("base", "remove", "--target", TARGET);
    const asset = join(cached(), "..", baseAssetName(VERSION, TARGET));
    for (const end of ["", ".partial"]) writeFileSync(`${asset}${end}`, "left");
    const removed = await run("base", "remove", "--target", TARGET);
    expect(removed.stdout).toBe(`Removed ${asset}\nRemoved ${asset}.partial\n`);
  });

  test("base add takes a file, and --cache-dir another place", async () => {
    const file = join(release.path, `v${VERSION}`, baseAssetName(VERSION, TARGET));
    const place = ["--cache-dir", folder.join("other")];
    const added = JSON.parse((await run("base", "add", file, "--json", ...place)).stdout);
    expect(added).toMatchObject({ target: TARGET, version: VERSION, origin: file });
    expect(added.path).toBe(cachedBasePath(folder.join("other"), VERSION, TARGET));
    const { bases } = JSON.parse((await run("base", "list", "--json", ...place)).stdout);
    const row = bases.find((base: { target: string }) => base.target === TARGET);
    expect(row).toMatchObject({ state: "in the cache", sha256: added.sha256, path: added.path });
    const path = await run("base", "path", "--target", TARGET, "--json", ...place);
    expect(JSON.parse(path.stdout)).toEqual({ target: TARGET, path: added.path });
    const removed = await run("base", "remove", "--all", "--json", ...place);
    expect(JSON.parse(removed.stdout).removed).toHaveLength(1);
    expect((await run("base", "remove", "--all", ...place)).stdout).toBe("Nothing to remove\n");
  });

  test.each([
    [["fetch"], "the action must be list, add, remove or path"],
    [["constructor"], "the action must be list, add, remove or path"],
    [["list", "linux-x64"], '"base list" takes no "linux-x64"'],
    [["remove"], "name it with --target, or all with --all"],
    [["path"], '"base path" must know for which system'],
    [["add"], "either a file or a --target"],
    [["add", "file", "--target", TARGET], "either a file or a --target"],
  ])("base refuses %j", async (args, message) => {
    const error = await failure("base", ...args);
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(message);
  });

  test("base add says what is missing: a digest, a network, a target", async () => {
    expect((await failure("base", "add", "--target", TARGET)).code).toBe("BASE_UNVERIFIED");
    expect((await failure("base", "add", "--target", "amiga")).code).toBe("TARGET_UNKNOWN");
    process.env["ENCODERFILE_OFFLINE"] = "1";
    process.env["ENCODERFILE_BASE_SUMS"] = release.sumsPath;
    const offline = await failure("base", "add", "--target", TARGET);
    expect(offline.code).toBe("BASE_OFFLINE");
    expect(offline.message).toContain("as --offline (or ENCODERFILE_OFFLINE) forbids it");
    process.env["ENCODERFILE_OFFLINE"] = "0";
    expect((await run("base", "add", "--target", TARGET)).exitCode).toBe(0);
  });
});

describe("build --target", () => {
  test("build fetches the base it misses, and none when it has it", async () => {
    const model = await makeFixture({ head: "sequence-classification" });
    const output = folder.join("x.encoderfile");
    const build = ["build", model, "--target", TARGET, "-o", output, "--force"];
    process.env["ENCODERFILE_BASE_SUMS"] = release.sumsPath;
    const first = await run(...build);
    expect(first.stderr).toContain(`Fetching the base for ${TARGET} from file:///`);
    expect(first.stdout).toMatch(/ {2}base +linux-arm64 [\d.]+ +\(in the cache, from file:\/\/\//);
    const second = await run(...build, "--offline");
    expect(second.stderr).toBe("");
    const digest = (text: string) => /model digest (\w+)/.exec(text)?.[1];
    expect(digest(second.stdout)).toBe(digest(first.stdout) ?? "");
  });

  test("build fetches nothing for a model that is wrong, or when it must not", async () => {
    process.env["ENCODERFILE_BASE_SUMS"] = release.sumsPath;
    const build = ["build", "--target", TARGET, "-o", folder.join("x")];
    expect((await failure(...build, folder.join("none"))).code).toBe("IO_NOT_FOUND");
    expect(existsSync(cached())).toBe(false);
    const model = await makeFixture({ head: "sequence-classification" });
    expect((await failure(...build, model, "--offline")).code).toBe("BASE_OFFLINE");
    delete process.env["ENCODERFILE_BASE_SUMS"];
    expect((await failure(...build, model)).code).toBe("BASE_NOT_FOUND");
  });

  test("build refuses a cached base that changed, and writes nothing (BASE_DIFFERS)", async () => {
    process.env["ENCODERFILE_BASE_SUMS"] = release.sumsPath;
    await run("base", "add", "--target", TARGET);
    const bytes = Buffer.from(await Bun.file(cached()).bytes());
    bytes[bytes.length - 1] = 0x5a;
    writeFileSync(cached(), bytes);
    const model = await makeFixture({ head: "sequence-classification" });
    const output = folder.join("x.encoderfile");
    const error = await failure("build", model, "--target", TARGET, "-o", output);
    expect(error.code).toBe("BASE_DIFFERS");
    expect(existsSync(output)).toBe(false);
  });
});
