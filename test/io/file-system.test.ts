// Looking at, listing and reading files, with limits.
import { describe, expect, test } from "bun:test";
import { mkdirSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import {
  fileFacts,
  freeByteLength,
  isReadableByOthers,
  listFiles,
  listFolders,
  readFileBytes,
  readTextFile,
  realPath,
} from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { makePipe, makeSocket } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const LIMITS = { depthMax: 3, entriesMax: 100 };

describe("fileFacts()", () => {
  test("tells files, folders, devices, pipes and sockets apart and follows links", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "abc");
    symlinkSync("file", folder.join("link"));
    expect(fileFacts(folder.join("file"))).toMatchObject({ kind: "file", byteLength: 3 });
    expect(fileFacts(folder.join("link"))?.kind).toBe("file");
    expect(fileFacts(folder.path)?.kind).toBe("folder");
    expect(fileFacts("/dev/null")?.kind).toBe("device");
    makePipe(folder.join("pipe"));
    expect(fileFacts(folder.join("pipe"))?.kind).toBe("pipe");
    using _socket = makeSocket(folder.join("socket"));
    expect(fileFacts(folder.join("socket"))?.kind).toBe("socket");
  });

  test("is undefined where nothing is", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "abc");
    symlinkSync("none", folder.join("dangling"));
    for (const name of ["none", "file/below", "dangling"]) {
      expect(fileFacts(folder.join(name))).toBeUndefined();
    }
  });

  test("throws when the path cannot be looked at", () => {
    using folder = createTempDir();
    symlinkSync("circle", folder.join("circle"));
    expect(thrownBy(() => fileFacts(folder.join("circle"))).code).toBe("IO_READ_FAILED");
  });
});

describe("realPath()", () => {
  test("resolves links and throws IO_NOT_FOUND", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "abc");
    symlinkSync("file", folder.join("link"));
    expect(realPath(folder.join("link"))).toBe(realPath(folder.join("file")));
    expect(thrownBy(() => realPath(folder.join("none"))).code).toBe("IO_NOT_FOUND");
  });
});

describe("isReadableByOthers()", () => {
  test("looks at the last three bits, and says what is missing", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("open"), "", { mode: 0o644 });
    writeFileSync(folder.join("private"), "", { mode: 0o640 });
    expect(isReadableByOthers(folder.join("open"))).toBe(true);
    expect(isReadableByOthers(folder.join("private"))).toBe(false);
    expect(thrownBy(() => isReadableByOthers(folder.join("none"))).code).toBe("IO_NOT_FOUND");
  });
});

describe("readTextFile()", () => {
  test("refuses bytes that are not UTF-8, which would become other letters", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("latin"), Uint8Array.of(0x66, 0xfc, 0x72));
    expect(thrownBy(() => readTextFile(folder.join("latin"), 8)).code).toBe("IO_NOT_UTF8");
  });

  test("reads UTF-8 up to the limit and drops a byte order mark", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "\ufeffgrün");
    expect(readTextFile(folder.join("file"), 8)).toBe("grün");
    const error = thrownBy(() => readTextFile(folder.join("file"), 7));
    expect(error.code).toBe("IO_TOO_LARGE");
    expect(error.detail).toEqual({ found: 8, expected: 7 });
    expect(readFileBytes(folder.join("file"), 8)).toHaveLength(8);
  });

  test("does not wait for the writer of a pipe", () => {
    using folder = createTempDir();
    makePipe(folder.join("pipe"));
    expect(thrownBy(() => readTextFile(folder.join("pipe"), 7)).code).toBe("IO_NOT_A_FILE");
  });
});

describe("listFiles()", () => {
  test("lists files below the folder in order, links to files too, no links to folders", () => {
    using folder = createTempDir();
    mkdirSync(folder.join("b/deep/deeper/deepest"), { recursive: true });
    for (const name of ["z", "b/1", "b/deep/2", "b/deep/deeper/3", "b/deep/deeper/deepest/4"]) {
      writeFileSync(folder.join(name), "");
    }
    symlinkSync("z", folder.join("a"));
    symlinkSync(".", folder.join("circle"));
    symlinkSync("none", folder.join("dangling"));
    const all = ["a", "b/1", "b/deep/2", "b/deep/deeper/3", "z"];
    expect(listFiles(folder.path, LIMITS)).toEqual(all);
    expect(listFiles(folder.path, { ...LIMITS, depthMax: 0 })).toEqual(["a", "z"]);
  });

  test("throws IO_TOO_LARGE for more entries than the limit", () => {
    using folder = createTempDir();
    for (const name of ["a", "b", "c"]) writeFileSync(folder.join(name), "");
    expect(listFiles(folder.path, { ...LIMITS, entriesMax: 3 })).toHaveLength(3);
    const list = () => listFiles(folder.path, { ...LIMITS, entriesMax: 2 });
    expect(thrownBy(list).code).toBe("IO_TOO_LARGE");
  });

  test("throws IO_NOT_FOUND where no folder is", () => {
    using folder = createTempDir();
    expect(thrownBy(() => listFiles(folder.join("none"), LIMITS)).code).toBe("IO_NOT_FOUND");
  });
});

describe("listFolders()", () => {
  test("listFolders() names folders and links to them, in order, with a limit", () => {
    using folder = createTempDir();
    for (const name of ["b", "a"]) mkdirSync(folder.join(name));
    writeFileSync(folder.join("file"), "");
    symlinkSync("a", folder.join("c"));
    symlinkSync("nowhere", folder.join("d"));
    expect(listFolders(folder.path, 5)).toEqual(["a", "b", "c"]);
    expect(thrownBy(() => listFolders(folder.path, 4)).code).toBe("IO_TOO_LARGE");
    expect(thrownBy(() => listFolders(folder.join("none"), 4)).code).toBe("IO_NOT_FOUND");
  });
});

test("freeByteLength() tells the room for what is there, and for what is not yet", () => {
  using folder = createTempDir();
  const { bavail, bsize } = statfsSync(folder.path);
  for (const path of [folder.path, folder.join("a", "b")]) {
    const free = freeByteLength(path) ?? 0;
    // Other programs write meanwhile.
    expect(free).toBeWithin((bavail * bsize) / 2, bavail * bsize * 2 + 1);
  }
});

test("freeByteLength() is undefined where there is no room to tell of", () => {
  expect(freeByteLength("/proc/self")).toBeUndefined();
  expect(freeByteLength(`/${"x".repeat(300)}`)).toBeUndefined();
});
