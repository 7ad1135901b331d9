// Compiled builders that fetch the bases of other targets: from a server, offline afterwards, killed in the middle, and
// several at once.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { VERSION } from "../../src/about/index.ts";
import { appendKnownBases, baseAssetName, cachedBasePath } from "../../src/base/index.ts";
import { FileSource, sha256, toHex } from "../../src/io/index.ts";
import { hostTarget } from "../../src/target/index.ts";
import { writeFakeBase } from "../helper/fake-base.ts";
import { answerRange, printHead, type RawServer, startRawServer } from "../helper/raw-server.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, run, runWell } from "./executable.ts";

/** A builder fetches no base of its own system. */
const TARGET = hostTarget().name === "linux-arm64" ? "linux-x64" : "linux-arm64";
const ASSET = baseAssetName(VERSION, TARGET);

const folder = createTempDir();
const builder = folder.join("encoderfile");
const sums = folder.join("SHA256SUMS");
let model = "";
let asset: Uint8Array = new Uint8Array();
let baseDigest = "";

beforeAll(async () => {
  model = (await cachedDemoModels()).sentiment;
  const base = readFileSync(basePath(TARGET));
  baseDigest = toHex(sha256(base));
  asset = Bun.gzipSync(base, { level: 1 });
  writeFileSync(sums, `${toHex(sha256(asset))}  ${ASSET}\n`);
  using own = new FileSource(basePath());
  const released = appendKnownBases(own, {
    version: VERSION,
    bases: [
      {
        target: TARGET,
        asset: { byteLength: asset.length, sha256: toHex(sha256(asset)) },
        base: { byteLength: base.length, sha256: baseDigest },
      },
    ],
  });
  writeFileSync(builder, released.read(0, released.byteLength));
  chmodSync(builder, 0o755);
}, 120_000);
afterAll(() => folder[Symbol.dispose]());

function serve(): Promise<RawServer> {
  return startRawServer((request) => {
    if (request.path === `/v${VERSION}/${ASSET}`) answerRange(request, asset, '"v1"');
    else request.answer(404);
  });
}

let count = 0;
/** A cache of its own, and what the builder is told. */
function place(server: RawServer) {
  count++;
  const cache = folder.join(`cache${count}`);
  return {
    cache: join(cache, "encoderfile"),
    output: folder.join(`${count}.encoderfile`),
    env: { XDG_CACHE_HOME: cache, ENCODERFILE_BASE_URL: server.url, HOME: folder.path },
  };
}

const buildArgs = (output: string) => ["build", model, "--target", TARGET, "-o", output, "--json"];

describe("a released builder", () => {
  test("a released builder knows its release, is a builder, and is taken for no encoderfile", async () => {
    const env = { XDG_CACHE_HOME: folder.join("none"), HOME: folder.path };
    const { stdout } = await runWell([builder, "base", "list", "--json"], { env });
    const row = JSON.parse(stdout).bases.find((base: { target: string }) => base.target === TARGET);
    expect(row).toMatchObject({ state: "released", sha256: baseDigest });
    expect(row.origin).toBe(
      `https://github.com/encoderfile/encoderfile/releases/download/v${VERSION}/${ASSET}`,
    );
    expect((await runWell([builder, "--version"])).stdout).toContain(VERSION);
    const verified = await run([builder, "verify", builder]);
    expect([verified.exitCode, verified.stderr]).toEqual([
      4,
      expect.stringContaining("it carries no model"),
    ]);
    // What it builds for its own system holds its base alone.
    const output = folder.join("own.encoderfile");
    await runWell([builder, "build", model, "-o", output]);
    const bare = folder.join("bare.encoderfile");
    await runWell([basePath(), "build", model, "-o", bare]);
    expect(readFileSync(output).equals(readFileSync(bare))).toBe(true);
  });

  test("a released builder whose list is damaged or followed by something does not run", async () => {
    const bytes = readFileSync(builder);
    const damaged = folder.join("damaged");
    for (const change of ["flip", "more"] as const) {
      const copy = Buffer.concat([bytes, Buffer.from(change === "more" ? "junk" : "")]);
      if (change === "flip") copy[copy.length - 100] = (copy[copy.length - 100] ?? 0) ^ 1;
      writeFileSync(damaged, copy);
      chmodSync(damaged, 0o755);
      const { exitCode, stderr } = await run([damaged, "base", "list"]);
      expect([exitCode, stderr]).toEqual([4, expect.stringContaining("get ")]);
    }
  });

  test("build --target fetches the base once, and works offline afterwards", async () => {
    await using server = await serve();
    const { cache, output, env } = place(server);
    const first = await runWell([builder, ...buildArgs(output)], { env });
    expect(first.stderr).toBe(
      `Fetching the base for ${TARGET} from ${server.url}/v${VERSION}/${ASSET}\n`,
    );
    expect(JSON.parse(first.stdout)).toMatchObject({ target: TARGET });
    const second = await runWell([builder, ...buildArgs(output), "--force", "--offline"], { env });
    expect(second.stderr).toBe("");
    expect(JSON.parse(second.stdout).model_digest).toBe(JSON.parse(first.stdout).model_digest);
    expect(server.requests).toHaveLength(1);
    expect((await runWell([builder, "verify", output])).stdout).toContain("Intact");
    const cached = readFileSync(cachedBasePath(cache, VERSION, TARGET));
    expect(toHex(sha256(cached))).toBe(baseDigest);
  });

  test("a released builder passes over another base of its version, says so and fetches", async () => {
    await using server = await serve();
    const { cache, output, env } = place(server);
    const other = writeFakeBase(folder.join("another-base"), { machine: TARGET });
    await runWell([basePath(), "base", "add", other], { env });
    const refused = await run([builder, "base", "add", other], { env });
    expect(refused.stderr).toContain('or build with this one by "build --base FILE"');
    const { stdout } = await runWell([builder, "base", "list"], { env });
    expect(stdout).toMatch(new RegExp(` ${TARGET} +\\S+ +not the release's +${cache}/bases/`));
    const path = await run([builder, "base", "path", "--target", TARGET], { env });
    expect(path.stderr).toContain(`get it with "encoderfile base add --target ${TARGET}"`);
    expect(path.stderr).toStartWith("Not used: ");
    const built = await runWell([builder, ...buildArgs(output)], { env });
    const cached = cachedBasePath(cache, VERSION, TARGET);
    expect(built.stderr).toStartWith(
      `Not used: ${cached} is not the base for ${TARGET} of release ${VERSION} (its sha256 is `,
    );
    expect(toHex(sha256(readFileSync(cached)))).toBe(baseDigest);
    const add = [builder, "base", "add", "--target", TARGET, "--offline"];
    expect((await runWell(add, { env })).stdout).toContain(`Already here: ${TARGET}`);
    expect(server.requests).toHaveLength(1);
  });

  test("a builder that was not released fetches with --base-sums only", async () => {
    await using server = await serve();
    const { output, env } = place(server);
    // Alone in a folder, without bases beside it.
    const alone = folder.join("alone", "encoderfile");
    mkdirSync(folder.join("alone"));
    await runWell(["cp", basePath(), alone]);
    const refused = await run([alone, ...buildArgs(output)], { env });
    expect([refused.exitCode, JSON.parse(refused.stderr).error.code]).toEqual([
      5,
      "BASE_NOT_FOUND",
    ]);
    expect(server.requests).toHaveLength(0);
    const args = [...buildArgs(output), "--base-sums", sums];
    await runWell([alone, ...args], { env });
    expect((await runWell([alone, ...args, "--force", "--offline"], { env })).stderr).toBe("");
    expect(server.requests).toHaveLength(1);
  });

  test("a build that is killed in the middle of the download is gone on with", async () => {
    const half = Math.floor(asset.length / 2);
    const isHalf = Promise.withResolvers<void>();
    await using server = await startRawServer((request) => {
      if (request.index > 0) return answerRange(request, asset, '"v1"');
      request.socket.write(printHead(200, { "content-length": `${asset.length}`, etag: '"v1"' }));
      request.socket.write(asset.subarray(0, half), () => isHalf.resolve());
    });
    const { cache, output, env } = place(server);
    const child = Bun.spawn([builder, ...buildArgs(output)], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdout: "ignore",
      stderr: "ignore",
    });
    await isHalf.promise;
    const partial = join(cache, "bases", VERSION, `${ASSET}.partial`);
    // What was sent is on its way: some of it has arrived at last.
    while (!existsSync(partial) || Bun.file(partial).size < half / 2) await Bun.sleep(5);
    child.kill("SIGKILL");
    await child.exited;
    const { size } = Bun.file(partial);
    await runWell([builder, ...buildArgs(output)], { env });
    expect(server.requests[1]?.headers["range"]).toBe(`bytes=${size}-`);
    expect(readdirSync(join(cache, "bases", VERSION)).sort()).toEqual([
      `encoderfile-base-${TARGET}`,
      `encoderfile-base-${TARGET}.json`,
    ]);
  });

  test("builds that need the same base at once fetch it once", async () => {
    await using server = await serve();
    const { env } = place(server);
    const outputs = [1, 2, 3].map((number) => folder.join(`race${number}.encoderfile`));
    const results = await Promise.all(
      outputs.map((output) => runWell([builder, ...buildArgs(output)], { env })),
    );
    const digests = results.map(({ stdout }) => JSON.parse(stdout).model_digest);
    expect(new Set(digests).size).toBe(1);
    expect(server.requests).toHaveLength(1);
  });
});
