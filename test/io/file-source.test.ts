// Files as sources: what is no file, what vanishes, shrinks or changes.
import { describe, expect, spyOn, test } from "bun:test";
import * as fs from "node:fs";
import { rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { FileSource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { makePipe, makeSocket } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

describe("FileSource", () => {
  test("knows the path it was given and the real one", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "x");
    symlinkSync(folder.join("file"), folder.join("link"));
    using source = new FileSource(folder.join("link"));
    expect(source.name).toBe(folder.join("link"));
    expect(source.realPath).toEndWith("/file");
  });

  test("throws IO_NOT_FOUND where nothing is", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "x");
    for (const path of [folder.join("none"), folder.join("file/below")]) {
      expect(thrownBy(() => new FileSource(path)).code).toBe("IO_NOT_FOUND");
    }
  });

  test("throws IO_NOT_A_FILE at once for what is no regular file, and says what it is", () => {
    using folder = createTempDir();
    makePipe(folder.join("pipe"));
    symlinkSync("pipe", folder.join("link"));
    using _socket = makeSocket(folder.join("socket"));
    const cases = [
      { path: folder.path, found: "folder" },
      { path: "/dev/null", found: "device" },
      { path: folder.join("pipe"), found: "pipe" },
      { path: folder.join("link"), found: "pipe" },
      { path: folder.join("socket"), found: "socket" },
    ];
    for (const { path, found } of cases) {
      const error = thrownBy(() => new FileSource(path));
      expect(error.code).toBe("IO_NOT_A_FILE");
      expect(error.message).toContain(`"${path}" as a ${found} is there`);
    }
  });

  test("does not wait for a writer when a pipe takes the place of the file before it is opened", () => {
    using folder = createTempDir();
    const path = folder.join("file");
    writeFileSync(path, "x");
    const open = spyOn(fs, "openSync").mockImplementationOnce((name, ...rest) => {
      rmSync(path);
      makePipe(path);
      return fs.openSync(name, ...rest);
    });
    try {
      expect(thrownBy(() => new FileSource(path)).code).toBe("IO_NOT_A_FILE");
      expect(open).toHaveBeenCalled();
    } finally {
      open.mockRestore();
    }
  });

  test("throws IO_READ_FAILED when the file became shorter", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "0123456789");
    using source = new FileSource(folder.join("file"));
    truncateSync(folder.join("file"), 4);
    const error = thrownBy(() => source.read(2, 5));
    expect(error.code).toBe("IO_READ_FAILED");
    expect(error.detail).toEqual({ found: 4, expected: 10 });
  });

  test("throws IO_READ_FAILED when the system refuses", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "x");
    const source = new FileSource(folder.join("file"));
    source.close();
    source.close();
    expect(thrownBy(() => source.read(0, 1)).code).toBe("IO_READ_FAILED");
  });

  test("checkUnchanged() throws IO_CHANGED when length or time differ", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "x");
    using source = new FileSource(folder.join("file"));
    source.checkUnchanged();
    utimesSync(folder.join("file"), 1, 1);
    expect(thrownBy(() => source.checkUnchanged()).code).toBe("IO_CHANGED");
    writeFileSync(folder.join("file"), "longer");
    expect(thrownBy(() => source.checkUnchanged()).detail).toEqual({ found: 6, expected: 1 });
  });
});
