// The cache of bases, where something else lies at a base's place.
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { VERSION } from "../../src/about/index.ts";
import { addBase, cachedBasePath, fetchBase } from "../../src/base/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import { writeFakeBase } from "../helper/fake-base.ts";
import { makeRelease } from "../helper/release-folder.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const TARGET = "linux-arm64";

test("addBase() and fetchBase() name the folder at a base's place, and leave nothing", async () => {
  using folder = createTempDir();
  const cacheFolder = folder.join("cache");
  const path = cachedBasePath(cacheFolder, VERSION, TARGET);
  mkdirSync(path, { recursive: true });
  const base = writeFakeBase(folder.join("base"), { machine: TARGET });
  const { known, path: release } = makeRelease(folder);
  const releaseUrl = pathToFileURL(release).href;
  for (const attempt of [
    () => addBase(base, { cacheFolder, known: undefined }),
    () =>
      fetchBase(TARGET, { cacheFolder, known, releaseUrl, sums: undefined, offline: undefined }),
  ]) {
    const { code, message } = await rejectedBy(attempt());
    expect(code).toBe("IO_NOT_A_FILE");
    expect(message).toContain(`"${path}" as a folder is there, not a file: remove it`);
    expect(readdirSync(dirname(path))).toEqual([`encoderfile-base-${TARGET}`]);
  }
});

test("addBase() replaces a link at a base's place, and writes through none", async () => {
  using folder = createTempDir();
  const cacheFolder = folder.join("cache");
  const path = cachedBasePath(cacheFolder, VERSION, TARGET);
  const base = writeFakeBase(folder.join("base"), { machine: TARGET });
  mkdirSync(folder.join("elsewhere"));
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(folder.join("elsewhere"), path);
  expect((await addBase(base, { cacheFolder, known: undefined })).path).toBe(path);
  rmSync(path);
  const partial = `${dirname(path)}/added.partial`;
  symlinkSync(folder.join("elsewhere", "a"), partial);
  const { code, message } = await rejectedBy(addBase(base, { cacheFolder, known: undefined }));
  expect(code).toBe("IO_NOT_A_FILE");
  expect(message).toContain(`"${partial}" as a symbolic link is there`);
  expect(readdirSync(folder.join("elsewhere"))).toEqual([]);
});
