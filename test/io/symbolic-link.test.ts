// Symbolic links.
import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readLink, writeLink } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

test("writeLink() creates the folder and leads where it says", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("blob"), "content");
  const path = folder.join("a", "b", "name");
  writeLink(path, "../../blob");
  expect(readLink(path)).toBe("../../blob");
  expect(readFileSync(path, "utf8")).toBe("content");
});

test("writeLink() replaces files and links, without touching what these led to", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("old"), "old");
  symlinkSync("old", folder.join("link"));
  writeFileSync(folder.join("file"), "file");
  for (const name of ["link", "file"]) {
    writeLink(folder.join(name), "new");
    expect(readLink(folder.join(name))).toBe("new");
  }
  expect(readFileSync(folder.join("old"), "utf8")).toBe("old");
});

test("writeLink() refuses the place of a folder and leaves nothing behind", () => {
  using folder = createTempDir();
  mkdirSync(folder.join("folder"));
  expect(thrownBy(() => writeLink(folder.join("folder"), "x")).code).toStartWith("IO_");
  expect(readdirSync(folder.path)).toEqual(["folder"]);
  expect(existsSync(folder.join("folder"))).toBe(true);
});

test("readLink() takes files, folders and nothing for no link", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("file"), "");
  for (const name of ["file", ".", "missing", "file/below"]) {
    expect(readLink(`${folder.path}/${name}`)).toBeUndefined();
  }
});

test("readLink() tells what the system says", () => {
  expect(thrownBy(() => readLink(`/${"x".repeat(300)}`)).code).toBe("IO_READ_FAILED");
});
