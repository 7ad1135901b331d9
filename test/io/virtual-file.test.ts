// Files that the kernel makes up.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { readVirtualFile } from "../../src/io/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";

test.skipIf(process.platform !== "linux")("readVirtualFile() reads what says it is empty", () => {
  expect(readVirtualFile("/proc/self/status")).toMatch(/^Name:/);
});

test("readVirtualFile() reads no more than 64 KiB", () => {
  using folder = createTempDir();
  const path = folder.join("long");
  writeFileSync(path, "a".repeat(64 * 1024 + 1));
  expect(readVirtualFile(path)).toHaveLength(64 * 1024);
});

test("readVirtualFile() gives nothing for what cannot be read", () => {
  using folder = createTempDir();
  expect(readVirtualFile(folder.join("missing"))).toBeUndefined();
  expect(readVirtualFile(folder.join(""))).toBeUndefined();
});
