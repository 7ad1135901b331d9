// Files for macOS, built here and looked at by a checker of its own: no Mac is needed to see that the system would take
// them. The control is what the compiler makes when nobody touches it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { machOFaults } from "../helper/mach-o-check.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, run, runWell } from "./executable.ts";

const DARWIN = ["darwin-arm64", "darwin-x64"] as const;
const folder = createTempDir();
let modelDir: string;

beforeAll(async () => {
  const { sentiment } = await cachedDemoModels();
  modelDir = sentiment;
});
afterAll(() => folder[Symbol.dispose]());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function build(target: string, path: string): Promise<Uint8Array> {
  const base = ["--base", basePath(target), "--target", target];
  await runWell([basePath(), "build", modelDir, ...base, "-o", path]);
  return readFileSync(path);
}

/** What the compiler makes of a program for the target. */
async function compiled(target: string): Promise<Uint8Array> {
  writeFileSync(folder.join("hello.ts"), "console.log('hello');");
  const outfile = folder.join(`hello-${target}`);
  const result = await Bun.build({
    entrypoints: [folder.join("hello.ts")],
    compile: { target: `bun-${target}` as Bun.Build.CompileTarget, outfile },
  });
  expect(result.success).toBe(true);
  return readFileSync(outfile);
}

describe.each(DARWIN)("%s", (target) => {
  test(`a base and a file for ${target} are executables the system takes`, async () => {
    const base = readFileSync(basePath(target));
    expect(machOFaults(base)).toEqual([]);
    const file = await build(target, folder.join(`${target}.encoderfile`));
    expect(machOFaults(file)).toEqual([]);
    // The checker sees a change of any page, of the signature and of the load commands.
    for (const place of [5000, file.length >> 1, file.length - 1]) {
      file[place]! ^= 1;
      expect(machOFaults(file)).toEqual(["1 pages have other digests"]);
      file[place]! ^= 1;
    }
    expect(machOFaults(file.subarray(0, -1))).not.toEqual([]);
  });

  test(`a file for ${target} names its base by the digest of the file it was built from`, async () => {
    const path = folder.join(`${target}.encoderfile`);
    const { stdout } = await runWell([basePath(), "inspect", path, "--json"]);
    expect(JSON.parse(stdout).base.sha256).toBe(sha256(readFileSync(basePath(target))));
  });

  test(`a file for ${target} has the same bytes when it is built again in another place`, async () => {
    const again = await build(target, folder.join(`elsewhere/${target}`));
    expect(sha256(again)).toBe(sha256(readFileSync(folder.join(`${target}.encoderfile`))));
  });

  test(`verify accounts for every byte of a file for ${target} and names what is damaged`, async () => {
    const path = folder.join(`${target}.encoderfile`);
    const { stdout } = await runWell([basePath(), "verify", path, "--json"]);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ ok: true, complete: true });
    const places = [
      ["base", 2000],
      ["code_signature", report.byte_length - 40],
    ] as const;
    for (const [part, place] of places) {
      const bytes = readFileSync(path);
      bytes[place]! ^= 1;
      writeFileSync(folder.join("damaged"), bytes);
      const { exitCode, stdout: text } = await run([
        ...[basePath(), "verify", folder.join("damaged"), "--json"],
      ]);
      expect(exitCode).toBe(4);
      const damaged = JSON.parse(text).parts.filter(
        ({ status }: { status: string }) => status === "damaged",
      );
      expect(damaged.map((one: { part: string }) => one.part)).toEqual([part]);
    }
  });

  test(`extract gives the originals of a file for ${target} back`, async () => {
    const output = folder.join(`${target}-extracted`);
    const path = folder.join(`${target}.encoderfile`);
    await runWell([basePath(), "extract", path, "-o", output]);
    for (const name of ["model.onnx", "tokenizer.json", "config.json"]) {
      const original = readFileSync(join(modelDir, name));
      expect(Buffer.compare(readFileSync(join(output, name)), original)).toBe(0);
    }
  });
});

describe("the compiler's own output", () => {
  test("the checker finds nothing wrong with what the compiler signs itself", async () => {
    expect(machOFaults(await compiled("darwin-arm64"))).toEqual([]);
  });

  test("what the compiler does not sign anew has pages its signature does not know", async () => {
    // For this target the signature is that of the compiler's own release, before a program was put into it.
    const faults = machOFaults(await compiled("darwin-x64"));
    expect(faults.join()).toMatch(/\d+ pages have other digests/);
  });
});
