// A folder gets everything or nothing, and one that is there already stays the same folder.
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
import { hasFolder, writeFolderAtomically } from "../../src/io/index.ts";
import { rejectedBy, thrownBy } from "../helper/coded.ts";
import { makePipe } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

/** A file and one in a folder, as every fill here makes them. */
async function fill(folder: string): Promise<number> {
  mkdirSync(`${folder}/inner`);
  writeFileSync(`${folder}/file`, "x");
  writeFileSync(`${folder}/inner/file`, "y");
  return 7;
}

const FILLED = ["file", "inner", "inner/file"];
const contentOf = (path: string) => readdirSync(path, { recursive: true }).sort();

describe("writeFolderAtomically()", () => {
  test("shows a new folder only when it is complete", async () => {
    using folder = createTempDir();
    const target = folder.join("new/out");
    const result = await writeFolderAtomically(target, (hidden) => {
      expect(existsSync(target)).toBe(false);
      return fill(hidden);
    });
    expect(result).toBe(7);
    expect(contentOf(target)).toEqual(FILLED);
    expect(statSync(target).mode & 0o777).toBe(0o755);
    expect(readdirSync(folder.join("new"))).toEqual(["out"]);
  });

  test("fills an empty folder in its place, through a link too, all at once", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("empty"), { mode: 0o700 });
    symlinkSync("empty", folder.join("link"));
    const before = statSync(folder.join("empty"));
    await writeFolderAtomically(folder.join("link"), (hidden) => {
      expect(readdirSync(folder.join("empty"))).toHaveLength(1);
      return fill(hidden);
    });
    expect(contentOf(folder.join("empty"))).toEqual(FILLED);
    const { ino, mode } = statSync(folder.join("empty"));
    expect({ ino, mode }).toEqual({ ino: before.ino, mode: before.mode });
    expect(lstatSync(folder.join("link")).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder.path).sort()).toEqual(["empty", "link"]);
  });

  test("touches nothing around an empty folder", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("outer/empty"), { recursive: true });
    const outer = statSync(folder.join("outer"), { bigint: true });
    await writeFolderAtomically(folder.join("outer/empty"), fill);
    // So that a mount point can be filled, and a folder in one that is not writable.
    expect(statSync(folder.join("outer"), { bigint: true }).mtimeNs).toBe(outer.mtimeNs);
  });

  test("refuses a folder that is not empty, the root too", async () => {
    using folder = createTempDir();
    writeFileSync(folder.join("mine"), "mine");
    for (const path of [folder.path, "/"]) {
      const error = await rejectedBy(writeFolderAtomically(path, expect.unreachable));
      expect(error.code).toBe("IO_ALREADY_EXISTS");
      expect(error.message).toContain(`"${path}" as the folder is not empty`);
    }
    expect(readdirSync(folder.path)).toEqual(["mine"]);
  });

  test("leaves nothing behind when the work fails, in a new folder and in an empty one", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("empty"));
    const failure = new CodedError("IO_NO_SPACE", "Cannot write as planted");
    for (const name of ["new", "empty"]) {
      const write = writeFolderAtomically(folder.join(name), async (hidden) => {
        await fill(hidden);
        throw failure;
      });
      expect(await rejectedBy(write)).toBe(failure);
    }
    expect(contentOf(folder.path)).toEqual(["empty"]);
  });

  test("keeps what another program puts into the folder during the work", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("empty"));
    for (const name of ["empty", "new"]) {
      const write = writeFolderAtomically(folder.join(name), async (hidden) => {
        mkdirSync(folder.join(name), { recursive: true });
        writeFileSync(folder.join(name, "file"), "theirs");
        return fill(hidden);
      });
      expect((await rejectedBy(write)).code).toBe("IO_ALREADY_EXISTS");
      expect(readdirSync(folder.join(name))).toEqual(["file"]);
      expect(readFileSync(folder.join(name, "file"), "utf8")).toBe("theirs");
    }
  });

  test("takes back what was moved when the rest cannot be", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("empty"));
    let calls = 0;
    const move = spyOn(fs, "renameSync").mockImplementation((from, to) => {
      if (calls++ > 0) throw Object.assign(new Error("planted"), { code: "EIO" });
      fs.cpSync(String(from), String(to), { recursive: true });
    });
    try {
      const error = await rejectedBy(writeFolderAtomically(folder.join("empty"), fill));
      expect(error.message).toStartWith(
        `Cannot write "${folder.join("empty")}" as the device failed`,
      );
    } finally {
      move.mockRestore();
    }
    expect(calls).toBe(2);
    expect(readdirSync(folder.join("empty"))).toEqual([]);
  });

  test("tells the system's reason where it may not write, before any work", async () => {
    using folder = createTempDir();
    const readOnly = process.getuid?.() === 0 ? "/sys/encoderfile-test" : "/encoderfile-test";
    const cases = [
      { path: readOnly, code: "IO_PERMISSION_DENIED" },
      { path: folder.join("x".repeat(256)), code: "IO_WRITE_FAILED" },
      { path: `${folder.path}/${"x/".repeat(2500)}x`, code: "IO_WRITE_FAILED" },
    ] as const;
    for (const { path, code } of cases) {
      const error = await rejectedBy(writeFolderAtomically(path, expect.unreachable));
      expect(error.code).toBe(code);
      expect(error.message).toContain(`Cannot write "${path}"`);
      expect(error.message).not.toContain(".tmp");
    }
  });
});

describe("hasFolder()", () => {
  test("is true of folders and links to them, and false where nothing is", () => {
    using folder = createTempDir();
    symlinkSync(".", folder.join("link"));
    expect(hasFolder(folder.path)).toBe(true);
    expect(hasFolder(folder.join("link"))).toBe(true);
    expect(hasFolder(folder.join("none"))).toBe(false);
  });

  test("throws IO_NOT_A_FOLDER and says what is there", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("file"), "");
    makePipe(folder.join("pipe"));
    symlinkSync("none", folder.join("dangling"));
    const cases = [
      { name: "file", found: "a file" },
      { name: "pipe", found: "a pipe" },
      { name: "dangling", found: "a symbolic link to nothing" },
    ];
    for (const { name, found } of cases) {
      const error = thrownBy(() => hasFolder(folder.join(name)));
      expect(error.code).toBe("IO_NOT_A_FOLDER");
      expect(error.message).toContain(`as ${found} is there, not a folder`);
    }
  });
});
