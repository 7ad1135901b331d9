// Moving and removing files.
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { moveFile, removeFile } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

test("moveFile() replaces the file of the new name", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("a"), "a");
  writeFileSync(folder.join("b"), "b");
  moveFile(folder.join("a"), folder.join("b"));
  expect(readdirSync(folder.path)).toEqual(["b"]);
  expect(readFileSync(folder.join("b"), "utf8")).toBe("a");
  expect(thrownBy(() => moveFile(folder.join("a"), folder.join("c"))).code).toBe("IO_NOT_FOUND");
});

test("removeFile() removes files, takes missing ones as removed and refuses folders", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("a"), "a");
  mkdirSync(folder.join("folder"));
  removeFile(folder.join("a"));
  removeFile(folder.join("a"));
  expect(readdirSync(folder.path)).toEqual(["folder"]);
  expect(thrownBy(() => removeFile(folder.join("folder"))).code).toStartWith("IO_");
});
