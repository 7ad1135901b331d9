// Files that exist on disk for a moment.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPrivateFolder, readEmbeddedFile, removePrivateFolder } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

test("removePrivateFolder() takes a folder away with what is in it, and one that is gone", () => {
  const folder = createPrivateFolder("encoderfile-test-", { file: Uint8Array.of(1) });
  removePrivateFolder(folder);
  expect(existsSync(folder)).toBe(false);
  removePrivateFolder(folder);
  process.removeListener("exit", process.listeners("exit").at(-1)!);
});

describe("createPrivateFolder()", () => {
  test("is for this user alone and goes with the process", () => {
    const before = process.listeners("exit").length;
    const folder = createPrivateFolder("encoderfile-test-", { library: Uint8Array.of(1, 2) });
    expect([...readFileSync(join(folder, "library"))]).toEqual([1, 2]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const listeners = process.listeners("exit");
    expect(listeners).toHaveLength(before + 1);
    const remove = listeners.at(-1)!;
    remove(0);
    process.removeListener("exit", remove);
    expect(existsSync(folder)).toBe(false);
  });

  test("throws IO_WRITE_FAILED when a file cannot be written", () => {
    const error = thrownBy(() =>
      createPrivateFolder("encoderfile-test-", { "no/such": Uint8Array.of(1) }),
    );
    expect(error.code).toBe("IO_WRITE_FAILED");
    expect(error.message).toContain("TMPDIR");
    const remove = process.listeners("exit").at(-1)!;
    remove(0);
    process.removeListener("exit", remove);
  });
});

test("readEmbeddedFile() reads the whole file", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("x"), "abc");
  expect(new TextDecoder().decode(readEmbeddedFile(folder.join("x")))).toBe("abc");
  rmSync(folder.join("x"));
});
