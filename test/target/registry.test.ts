// The files of targets/ and the names they are found by.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isCodedError } from "../../src/error/index.ts";
import { checkTarget } from "../../src/target/check-target.ts";
import { baseFileName, findTarget, printRequirements, TARGETS } from "../../src/target/index.ts";
import { targetFiles } from "../../src/target/target-files.ts";

const root = join(import.meta.dir, "../..");
const names = TARGETS.map(({ name }) => name).join(", ");

describe("registry", () => {
  test("TARGETS is every file of targets/", () => {
    const files = readdirSync(join(root, "targets")).filter((name) => name.endsWith(".json"));
    expect(TARGETS.map((target) => `${target.name}.json`)).toEqual(files.sort());
    expect<unknown>(TARGETS).toEqual(targetFiles());
  });

  test("targets/README.md explains every field", () => {
    const page = readFileSync(join(root, "targets/README.md"), "utf8");
    const fields = (value: object, prefix = ""): string[] =>
      Object.entries(value).flatMap(([name, inner]) => {
        const path = `${prefix}${name}`;
        const isTable = typeof inner === "object" && !Array.isArray(inner) && name !== "libraries";
        return isTable ? fields(inner, `${path}.`) : [path];
      });
    for (const target of TARGETS) {
      for (const field of fields(target)) expect(page).toContain(`\`${field}\``);
    }
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

  test("TARGETS are the table of docs/targets.md", () => {
    const page = readFileSync(join(root, "docs/targets.md"), "utf8");
    for (const target of TARGETS) {
      const { name, aliases, onnxruntime } = target;
      const facts = [aliases.join("`, `"), onnxruntime.version, printRequirements(target)] as const;
      expect(page).toContain(`| \`${name}\` | \`${facts[0]}\` | ${facts[1]} | ${facts[2]} |`);
    }
  });

  test.each([
    ["linux-x64", "linux-x64"],
    ["x86_64-unknown-linux-gnu", "linux-x64"],
    ["aarch64-unknown-linux-gnu", "linux-arm64"],
    ["x86_64-apple-darwin", "darwin-x64"],
    ["aarch64-apple-darwin", "darwin-arm64"],
    [" Linux-ARM64 ", "linux-arm64"],
    ["x86_64-pc-windows-msvc", "windows-x64"],
  ])("findTarget(%j) finds %s", (name, expected) => {
    expect(findTarget(name).name).toBe(expected);
  });

  test.each([
    ["", `Cannot use target "": expected ${names}`],
    ["x86_64-unknown-linux-musl", "no library for musl"],
    ["aarch64-unknown-linux-musl", "no library for musl"],
    ["x86_64-pc-windows-gnu", "only x64 is known, with MSVC"],
    ["aarch64-pc-windows-msvc", "only x64 is known, with MSVC"],
    ["win32-arm64", "only x64 is known, with MSVC"],
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
  const { onnxruntime, requires } = good;
  test.each([
    ["linux-x64", "is an object"],
    [{ ...good, name: 7 }, "has a name"],
    [{ ...good, glibc: "2.28" }, "fields of target linux-x64 are known: glibc"],
    [{ ...good, os: "plan9" }, "os of target"],
    [{ ...good, arch: "mips" }, "arch of target"],
    [{ ...good, name: "other" }, "named after"],
    [{ ...good, bunTarget: "linux-x64" }, "bunTarget"],
    [{ ...good, executableSuffix: ".exe" }, "executableSuffix"],
    [{ ...good, aliases: [7] }, "aliases"],
    [{ ...good, experimental: "no" }, "experimental"],
    [{ ...good, pageSize: 131_072 }, "pageSize of target linux-x64 divides"],
    [{ ...good, pageSize: 5000 }, "pageSize of target linux-x64 is a power"],
    [{ ...good, alignment: "64 KiB" }, "alignment"],
    [{ ...good, onnxruntime: null }, "onnxruntime of target"],
    [{ ...good, onnxruntime: { ...onnxruntime, version: "latest" } }, "is pinned"],
    [{ ...good, onnxruntime: { ...onnxruntime, addon: "" } }, "onnxruntime.addon"],
    [{ ...good, requires: "glibc 2.28" }, "requires of target"],
    [{ ...good, requires: { ...requires, system: "musl" } }, "requires.system"],
    [{ ...good, requires: { ...requires, version: 2.28 } }, "requires.version"],
    [{ ...good, requires: { ...requires, version: "new" } }, "requires.version"],
    [{ ...good, requires: { ...requires, libraries: [] } }, "requires.libraries"],
    [{ ...good, requires: { ...requires, libraries: { libm: "1" } } }, "versions of libm"],
  ])("checkTarget() refuses defect %#", (target, message) => {
    expect(() => checkTarget(target)).toThrow(message);
  });

  test("printRequirements() names system, libraries and their versions", () => {
    expect(printRequirements(good)).toBe(
      "glibc 2.28 or newer, libgcc_s.so.1 (GCC_4.3.0), libstdc++.so.6 (CXXABI_1.3.11, GLIBCXX_3.4.22)",
    );
    expect(printRequirements(findTarget("darwin-x64"))).toBe("macOS 13.4 or newer");
    expect(printRequirements(findTarget("windows-x64"))).toStartWith(
      "Windows 10.0.17763 or newer, MSVCP140.dll, ",
    );
  });

  test("baseFileName() ends as executables of the system do", () => {
    expect(baseFileName(good)).toBe("encoderfile-linux-x64");
    expect(baseFileName(findTarget("windows-x64"))).toBe("encoderfile-windows-x64.exe");
  });
});
