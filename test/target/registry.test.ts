// The files of targets/ and the names they are found by.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isCodedError } from "../../src/error/index.ts";
import { findTarget, TARGETS } from "../../src/target/index.ts";
import { checkTarget } from "../../src/target/registry.ts";

const root = join(import.meta.dir, "../..");

describe("registry", () => {
  test("TARGETS is every file of targets/", () => {
    const files = readdirSync(join(root, "targets")).filter((name) => name.endsWith(".json"));
    expect(TARGETS.map((target) => `${target.name}.json`)).toEqual(files.sort());
  });

  test("TARGETS name native files that exist in installed packages", () => {
    for (const { onnxruntime } of TARGETS) {
      const folder = join(root, "node_modules", onnxruntime.package);
      if (!existsSync(folder)) continue;
      expect(existsSync(join(folder, onnxruntime.library))).toBe(true);
      expect(existsSync(join(folder, onnxruntime.addon))).toBe(true);
      expect(require(join(folder, "package.json")).version).toBe(onnxruntime.version);
    }
  });

  test.each([
    ["linux-x64", "linux-x64"],
    ["x86_64-unknown-linux-gnu", "linux-x64"],
    ["aarch64-unknown-linux-gnu", "linux-arm64"],
    ["x86_64-apple-darwin", "darwin-x64"],
    ["aarch64-apple-darwin", "darwin-arm64"],
    [" Linux-ARM64 ", "linux-arm64"],
  ])("findTarget(%j) finds %s", (name, expected) => {
    expect(findTarget(name).name).toBe(expected);
  });

  test.each([
    ["", 'Cannot use target "": expected darwin-arm64, darwin-x64, linux-arm64, linux-x64'],
    ["x86_64-unknown-linux-musl", "no library for musl"],
    ["x86_64-pc-windows-msvc", "Windows is not supported"],
    ["bun-linux-x64", "expected darwin-arm64"],
  ])("findTarget(%j) throws TARGET_UNKNOWN", (name, message) => {
    try {
      findTarget(name);
      expect.unreachable();
    } catch (error) {
      expect(isCodedError(error, "TARGET_UNKNOWN")).toBe(true);
      expect((error as Error).message).toContain(message);
    }
  });

  const good = findTarget("linux-x64");
  test.each([
    [{ ...good, os: "plan9" }, "os of target"],
    [{ ...good, arch: "mips" }, "arch of target"],
    [{ ...good, name: "other" }, "named after"],
    [{ ...good, bunTarget: "linux-x64" }, "bunTarget"],
    [{ ...good, pageSize: 131_072 }, "pageSize"],
    [{ ...good, pageSize: 5000 }, "pageSize"],
    [{ ...good, onnxruntime: { ...good.onnxruntime, version: "latest" } }, "pins onnxruntime"],
  ])("checkTarget() refuses defect %#", (target, message) => {
    expect(() => checkTarget(target)).toThrow(message);
  });
});
