// A file appears complete or not at all, and two writers that may not overwrite cannot both succeed.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { CodedError } from "../../src/error/index.ts";
import { publish } from "../../src/io/atomic-write.ts";
import { writeFileAtomically } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEW = { force: false, mode: 0o755 };
const FORCE = { force: true, mode: 0o755 };

describe("writeFileAtomically()", () => {
  test("creates the folder and the file with its mode, and returns what fill returns", () => {
    using folder = createTempDir();
    const path = folder.join("a/b/file");
    const result = writeFileAtomically(path, { force: false, mode: 0o640 }, (sink) => {
      sink.write(bytes("later"), 2);
      return 7;
    });
    expect(result).toBe(7);
    expect(readFileSync(path, "utf8")).toBe("\0\0later");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder.join("a/b"))).toEqual(["file"]);
  });

  test("does not show the file under its name before it is complete", () => {
    using folder = createTempDir();
    writeFileAtomically(folder.join("file"), NEW, () => {
      expect(existsSync(folder.join("file"))).toBe(false);
      expect(readdirSync(folder.path)).toHaveLength(1);
    });
  });

  test("refuses an existing file before any work, a dangling link too", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "old");
    symlinkSync(folder.join("nowhere"), folder.join("link"));
    for (const name of ["file", "link"]) {
      const fill = () => expect.unreachable();
      const error = thrownBy(() => writeFileAtomically(folder.join(name), NEW, fill));
      expect(error.code).toBe("IO_ALREADY_EXISTS");
      expect(error.message).toContain("--force");
    }
    expect(readFileSync(folder.join("file"), "utf8")).toBe("old");
  });

  test("refuses a file that appeared during the work and keeps it", () => {
    using folder = createTempDir();
    const path = folder.join("file");
    const write = () => writeFileAtomically(path, NEW, () => writeFileSync(path, "other"));
    expect(thrownBy(write).code).toBe("IO_ALREADY_EXISTS");
    expect(readFileSync(path, "utf8")).toBe("other");
    expect(readdirSync(folder.path)).toEqual(["file"]);
  });

  test("replaces an existing file with force, a link instead of its target", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("target"), "old");
    symlinkSync(folder.join("target"), folder.join("link"));
    writeFileAtomically(folder.join("link"), FORCE, (sink) => sink.write(bytes("new"), 0));
    expect(readFileSync(folder.join("link"), "utf8")).toBe("new");
    expect(readFileSync(folder.join("target"), "utf8")).toBe("old");
  });

  test("keeps the old file and leaves nothing behind when the work fails", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "old");
    const failure = new CodedError("IO_NO_SPACE", "Cannot write as planted");
    const write = () =>
      writeFileAtomically(folder.join("file"), FORCE, (sink) => {
        sink.write(bytes("half"), 0);
        throw failure;
      });
    expect(thrownBy(write)).toBe(failure);
    expect(readFileSync(folder.join("file"), "utf8")).toBe("old");
    expect(readdirSync(folder.path)).toEqual(["file"]);
  });

  test("names the path when the folder cannot be made or the name is a folder", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "x");
    const below = thrownBy(() => writeFileAtomically(folder.join("file/below"), NEW, () => 0));
    expect(["IO_NOT_FOUND", "IO_ALREADY_EXISTS"]).toContain(below.code);
    expect(below.message).toContain("file/below");
    mkdirSync(folder.join("folder"));
    const onFolder = thrownBy(() => writeFileAtomically(folder.join("folder"), FORCE, () => 0));
    expect(onFolder.code).toBe("IO_NOT_A_FILE");
    expect(readdirSync(folder.path).sort()).toEqual(["file", "folder"]);
  });

  test("throws IO_PERMISSION_DENIED where it may not write", () => {
    // /sys refuses new files even to root.
    const path = process.getuid?.() === 0 ? "/sys/encoderfile-test" : "/encoderfile-test";
    const error = thrownBy(() => writeFileAtomically(path, NEW, () => 0));
    expect(error.code).toBe("IO_PERMISSION_DENIED");
    expect(error.message).toContain(`Cannot write "${path}"`);
  });
});

describe("publish()", () => {
  const withoutLinks = () => {
    throw Object.assign(new Error("no links here"), { code: "EPERM" });
  };

  test("works where the file system knows no hard links", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("temporary"), "new");
    const options = { force: false, link: withoutLinks };
    publish(folder.join("temporary"), folder.join("file"), options);
    expect(readFileSync(folder.join("file"), "utf8")).toBe("new");
    expect(readdirSync(folder.path)).toEqual(["file"]);
  });

  test("keeps an existing file where the file system knows no hard links", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("temporary"), "new");
    writeFileSync(folder.join("file"), "old");
    const options = { force: false, link: withoutLinks };
    const error = thrownBy(() => publish(folder.join("temporary"), folder.join("file"), options));
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(readFileSync(folder.join("file"), "utf8")).toBe("old");
  });

  test("passes on what else the system refuses", () => {
    using folder = createTempDir();
    const from = folder.join("none");
    expect(() => publish(from, folder.join("file"), { force: false })).toThrow("ENOENT");
    const options = { force: false, link: withoutLinks };
    expect(() => publish(from, folder.join("none/file"), options)).toThrow("ENOENT");
  });

  test("lets one of two writers win", () => {
    using folder = createTempDir();
    for (const name of ["one", "two"]) writeFileSync(folder.join(name), name);
    publish(folder.join("one"), folder.join("file"), { force: false, link: linkSync });
    const second = () => publish(folder.join("two"), folder.join("file"), { force: false });
    expect(thrownBy(second).code).toBe("IO_ALREADY_EXISTS");
    expect(readFileSync(folder.join("file"), "utf8")).toBe("one");
    chmodSync(folder.join("file"), 0o600);
  });
});
