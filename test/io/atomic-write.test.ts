// A file appears complete or not at all, and two writers that may not overwrite cannot both succeed.
import { describe, expect, spyOn, test } from "bun:test";
import * as fs from "node:fs";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { CodedError } from "../../src/error/index.ts";
import { writeFileAtomically, writeFileAtomicallyAsync } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { makePipe, makeSocket } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const unreached = (): never => expect.unreachable();
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

  test("never replaces what is no regular file, and says what it is", () => {
    using folder = createTempDir();
    makePipe(folder.join("pipe"));
    symlinkSync("pipe", folder.join("link"));
    mkdirSync(folder.join("folder"));
    using _socket = makeSocket(folder.join("socket"));
    const cases = [
      { path: "/dev/null", found: "device" },
      { path: "/dev/stdin", found: "" },
      { path: folder.join("pipe"), found: "pipe" },
      { path: folder.join("link"), found: "pipe" },
      { path: folder.join("folder"), found: "folder" },
      { path: folder.join("socket"), found: "socket" },
    ];
    for (const { path, found } of cases) {
      for (const options of [NEW, FORCE]) {
        const error = thrownBy(() => writeFileAtomically(path, options, unreached));
        expect(error.code).toBe("IO_NOT_A_FILE");
        expect(error.message).toContain(`"${path}" as a ${found}`);
      }
    }
    expect(lstatSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(lstatSync(folder.join("pipe")).isFIFO()).toBe(true);
  });

  test("does not replace a pipe that appeared during the work", () => {
    using folder = createTempDir();
    const write = () =>
      writeFileAtomically(folder.join("x"), FORCE, () => makePipe(folder.join("x")));
    expect(thrownBy(write).code).toBe("IO_NOT_A_FILE");
    expect(lstatSync(folder.join("x")).isFIFO()).toBe(true);
  });

  test("replaces a dangling link with force", () => {
    using folder = createTempDir();
    symlinkSync(folder.join("nowhere"), folder.join("link"));
    writeFileAtomically(folder.join("link"), FORCE, (sink) => sink.write(bytes("new"), 0));
    expect(lstatSync(folder.join("link")).isFile()).toBe(true);
    expect(readdirSync(folder.path)).toEqual(["link"]);
  });

  test("takes names up to the longest the system knows, and refuses longer ones before any work", () => {
    using folder = createTempDir();
    for (const name of ["x".repeat(255), "模".repeat(85)]) {
      for (const options of [NEW, FORCE]) {
        writeFileAtomically(folder.join(name), options, (sink) => sink.write(bytes("x"), 0));
      }
      expect(readFileSync(folder.join(name), "utf8")).toBe("x");
    }
    const path = folder.join("x".repeat(256));
    const error = thrownBy(() => writeFileAtomically(path, NEW, unreached));
    expect(error.message).toContain("the name is too long");
  });

  test("calls the file what the caller calls it", () => {
    using folder = createTempDir();
    const options = { ...NEW, shownAs: "out/file" };
    const write = () =>
      writeFileAtomically(folder.join("file"), options, () => {
        throw Object.assign(new Error("full"), { code: "ENOSPC" });
      });
    expect(thrownBy(write).message).toStartWith('Cannot write "out/file" as the device is full');
  });

  test("writes into a folder that can be written but not read", () => {
    using folder = createTempDir();
    const fsync = spyOn(fs, "fsyncSync").mockImplementation((descriptor) => {
      // What a folder that cannot be read, or a file system that cannot sync folders, comes to.
      if (fs.fstatSync(descriptor).isDirectory()) throw new Error("EINVAL");
    });
    try {
      writeFileAtomically(folder.join("file"), NEW, (sink) => sink.write(bytes("x"), 0));
    } finally {
      fsync.mockRestore();
    }
    expect(readFileSync(folder.join("file"), "utf8")).toBe("x");
  });

  test("throws IO_PERMISSION_DENIED where it may not write", () => {
    // /sys refuses new files even to root.
    const path = process.getuid?.() === 0 ? "/sys/encoderfile-test" : "/encoderfile-test";
    const error = thrownBy(() => writeFileAtomically(path, NEW, () => 0));
    expect(error.code).toBe("IO_PERMISSION_DENIED");
    expect(error.message).toContain(`Cannot write "${path}"`);
  });
});

describe("writeFileAtomicallyAsync()", () => {
  test("shows the file when the work is done, and returns what it gives", async () => {
    using folder = createTempDir();
    const path = folder.join("a/file");
    const result = await writeFileAtomicallyAsync(path, NEW, async (sink) => {
      sink.write(bytes("new"), 0);
      await Promise.resolve();
      expect(existsSync(path)).toBe(false);
      return 7;
    });
    expect(result).toBe(7);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  test("keeps the old file and leaves nothing behind when the work fails", async () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "old");
    const failure = new CodedError("IO_NO_SPACE", "Cannot write as planted");
    const write = writeFileAtomicallyAsync(folder.join("file"), FORCE, async (sink) => {
      sink.write(bytes("half"), 0);
      throw failure;
    });
    expect(write).rejects.toBe(failure);
    await write.catch(() => undefined);
    expect(readFileSync(folder.join("file"), "utf8")).toBe("old");
    expect(readdirSync(folder.path)).toEqual(["file"]);
  });
});
