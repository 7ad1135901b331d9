// What a build never reads from or writes to: files that links lead to elsewhere, and its own inputs.
import { describe, expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { leadsOutside } from "../../src/builder/outside.ts";
import { openFile } from "../../src/format/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { build, buildProblems, decisionsOf } from "../helper/build-model.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

async function copyOf(folder: TempDir, externalData = false): Promise<string> {
  const dir = folder.join("model");
  cpSync(await makeFixture({ head: "sentence-embedding", externalData }), dir, { recursive: true });
  return dir;
}

function assetNames(path: string): string[] {
  using source = new FileSource(path);
  return openFile(source).assets.map(({ name }) => name);
}

describe("links", () => {
  test("a licence that is a link out of the directory is left out, and that is said", async () => {
    using folder = createTempDir();
    const dir = await copyOf(folder);
    writeFileSync(folder.join("secret"), "secret");
    symlinkSync(folder.join("secret"), `${dir}/LICENSE`);
    writeFileSync(`${dir}/NOTICE`, "a notice");
    const result = build(folder, dir);
    expect(assetNames(result.path)).toContain("NOTICE");
    expect(assetNames(result.path)).not.toContain("LICENSE");
    expect(decisionsOf(result)["left out"]).toContain("LICENSE");
  });

  test("external data that is a link out of the directory is refused", async () => {
    using folder = createTempDir();
    const dir = await copyOf(folder, true);
    const data = readdirSync(dir).find((name) => name.includes("data"));
    renameSync(`${dir}/${data}`, folder.join("elsewhere"));
    symlinkSync(folder.join("elsewhere"), `${dir}/${data}`);
    expect(buildProblems(folder, dir)).toEqual([
      `model.onnx: external data "${data}": expected a file beside the graph: found a link: copy the file there`,
    ]);
  });

  test("leadsOutside() takes the hub's cache for one place", () => {
    using folder = createTempDir();
    const repository = folder.join("models--owner--name");
    const snapshot = `${repository}/snapshots/${"a".repeat(40)}`;
    mkdirSync(`${repository}/blobs`, { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(`${repository}/blobs/b`, "");
    writeFileSync(folder.join("other"), "");
    symlinkSync("../../blobs/b", `${snapshot}/README.md`);
    symlinkSync(folder.join("other"), `${snapshot}/LICENSE`);
    expect(leadsOutside(`${snapshot}/README.md`, snapshot)).toBe(false);
    expect(leadsOutside(`${snapshot}/LICENSE`, snapshot)).toBe(true);
    // Where newer clients keep what several repositories have.
    mkdirSync(folder.join("blobs", "ab"), { recursive: true });
    writeFileSync(folder.join("blobs", "ab", "ab01"), "");
    symlinkSync("../../blobs/ab/ab01", `${repository}/blobs/c`);
    symlinkSync("../../blobs/c", `${snapshot}/NOTICE`);
    expect(leadsOutside(`${snapshot}/NOTICE`, snapshot)).toBe(false);
    expect(leadsOutside(folder.join("other"), folder.path)).toBe(false);
  });
});

test.each(["tokenizer.json", "config.json", "model.onnx", "README.md", "modules.json"])(
  "a build never replaces its own %s",
  async (name) => {
    using folder = createTempDir();
    const dir = await copyOf(folder);
    writeFileSync(`${dir}/README.md`, "# A model");
    const before = readFileSync(`${dir}/${name}`);
    const error = thrownBy(() => build(folder, dir, { output: `${dir}/${name}` }));
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(readFileSync(`${dir}/${name}`).equals(before)).toBe(true);
  },
);
