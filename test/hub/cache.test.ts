// The cache of a repository, where others put links and folders in its way.
import { expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { RepositoryCache } from "../../src/hub/cache.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const NAME = "onnx/model.onnx";
const DIGEST = {
  algorithm: "sha256",
  hex: new Bun.CryptoHasher("sha256").update("graph").digest("hex"),
} as const;

/** A cache with one blob. */
function openCache(folder: TempDir): RepositoryCache {
  const cache = new RepositoryCache(folder.path, { repository: "org/x" });
  mkdirSync(dirname(cache.blob(DIGEST)), { recursive: true });
  writeFileSync(cache.blob(DIGEST), "graph");
  return cache;
}

test.each(["snapshots", `snapshots/${COMMIT}`, `snapshots/${COMMIT}/onnx`])(
  "link() replaces a link at %s, wherever it leads",
  (place) => {
    for (const target of ["nowhere", "elsewhere"]) {
      using folder = createTempDir();
      const cache = openCache(folder);
      mkdirSync(folder.join("elsewhere"));
      const path = folder.join("models--org--x", place);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(folder.join(target), path);
      cache.link(COMMIT, NAME, DIGEST);
      expect(cache.check(COMMIT, NAME, DIGEST)).toBe("whole");
      expect(lstatSync(path).isDirectory()).toBe(true);
      expect(readdirSync(folder.join("elsewhere"))).toEqual([]);
    }
  },
);

test("link() names what is in its way: IO_NOT_A_FILE, IO_NOT_A_FOLDER", () => {
  using folder = createTempDir();
  const cache = openCache(folder);
  const path = `${cache.snapshot(COMMIT)}/${NAME}`;
  mkdirSync(path, { recursive: true });
  const error = thrownBy(() => cache.link(COMMIT, NAME, DIGEST));
  expect(error.code).toBe("IO_NOT_A_FILE");
  expect(error.message).toContain(`"${path}" must be a file: found a folder: remove it`);
  const file = `${cache.snapshot(COMMIT)}/file`;
  writeFileSync(file, "");
  const other = thrownBy(() => cache.link(COMMIT, "file/a", DIGEST));
  expect(other.code).toBe("IO_NOT_A_FOLDER");
  expect(other.message).toContain(`"${file}" must be a folder: found a file: remove it`);
});

test("link() replaces a link to another blob", () => {
  using folder = createTempDir();
  const cache = openCache(folder);
  mkdirSync(cache.snapshot(COMMIT), { recursive: true });
  symlinkSync("nowhere", `${cache.snapshot(COMMIT)}/a`);
  cache.link(COMMIT, "a", DIGEST);
  expect(readFileSync(`${cache.snapshot(COMMIT)}/a`, "utf8")).toBe("graph");
});

test("writeRef() writes through no link", () => {
  using folder = createTempDir();
  const cache = openCache(folder);
  mkdirSync(folder.join("elsewhere"));
  symlinkSync(folder.join("elsewhere"), folder.join("models--org--x", "refs"));
  cache.writeRef("refs/pr/1", COMMIT);
  expect(readdirSync(folder.join("elsewhere"))).toEqual([]);
  const path = folder.join("models--org--x", "refs", "refs", "pr", "1");
  expect(readFileSync(path, "utf8")).toBe(COMMIT);
  mkdirSync(folder.join("models--org--x", "refs", "main"));
  expect(thrownBy(() => cache.writeRef("main", COMMIT)).code).toBe("IO_NOT_A_FILE");
});
