// Temporary files of both kinds: without a name where the system can, with one elsewhere.
import { describe, expect, test } from "bun:test";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename } from "node:path";
import { linkDescriptor } from "../../src/io/link-descriptor.ts";
import { createTemporaryFile, type Links, temporaryName } from "../../src/io/temporary-file.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const refusal = (code: string): Error => Object.assign(new Error(code), { code });
const refuse = (): never => {
  throw refusal("EPERM");
};

const KINDS: readonly { kind: string; links: Links }[] = [
  { kind: "without a name", links: { ofDescriptor: linkDescriptor, ofPath: refuse } },
  { kind: "with a name", links: { ofDescriptor: () => false, ofPath: linkSync } },
  { kind: "without hard links", links: { ofDescriptor: () => false, ofPath: refuse } },
];

/** Writes and publishes. */
function write(path: string, options: { links: Links; force: boolean; text?: string }): void {
  using file = createTemporaryFile(path, options.links);
  writeSync(file.descriptor, options.text ?? "new");
  file.publish({ force: options.force });
}

describe("createTemporaryFile()", () => {
  for (const { kind, links } of KINDS) {
    test(`${kind} gets its name in one step`, () => {
      using folder = createTempDir();
      write(folder.join("file"), { links, force: false });
      expect(readFileSync(folder.join("file"), "utf8")).toBe("new");
      expect(statSync(folder.join("file")).nlink).toBe(1);
      expect(readdirSync(folder.path)).toEqual(["file"]);
    });

    test(`${kind} replaces with force only`, () => {
      using folder = createTempDir();
      const path = folder.join("file");
      writeFileSync(path, "old");
      const error = thrownBy(() => write(path, { links, force: false }));
      expect(error.code).toBe("IO_ALREADY_EXISTS");
      expect(error.message).toContain(`"${path}"`);
      expect(readFileSync(path, "utf8")).toBe("old");
      write(path, { links, force: true });
      expect(readFileSync(path, "utf8")).toBe("new");
      expect(readdirSync(folder.path)).toEqual(["file"]);
    });

    test(`${kind} leaves nothing when it is not published`, () => {
      using folder = createTempDir();
      createTemporaryFile(folder.join("file"), links)[Symbol.dispose]();
      expect(readdirSync(folder.path)).toEqual([]);
    });

    test(`${kind} says why the system refuses a name, and leaves nothing`, () => {
      using folder = createTempDir();
      mkdirSync(folder.join("file"));
      for (const force of [false, true]) {
        expect(() => write(folder.join("file"), { links, force })).toThrow();
        mkdirSync(folder.join("gone"));
        using file = createTemporaryFile(folder.join("gone/file"), links);
        rmSync(folder.join("gone"), { recursive: true });
        expect(() => file.publish({ force })).toThrow("ENOENT");
      }
      expect(readdirSync(folder.path)).toEqual(["file"]);
    });
  }

  test("has no name until it is published, where the system can", () => {
    using folder = createTempDir();
    using file = createTemporaryFile(folder.join("file"));
    writeSync(file.descriptor, "new");
    // Only Linux has such files.
    const count = process.platform === "linux" ? 0 : 1;
    expect(readdirSync(folder.path)).toHaveLength(count);
  });

  test("leaves nothing when a name is refused without a reason", () => {
    using folder = createTempDir();
    let calls = 0;
    const ofDescriptor = (descriptor: number, path: string) =>
      calls++ === 0 && linkDescriptor(descriptor, path);
    const links = { ofDescriptor, ofPath: linkSync };
    for (const force of [false, true]) {
      calls = 0;
      const error = thrownBy(() => write(folder.join("file"), { links, force }));
      expect(error.code).toBe("IO_WRITE_FAILED");
      expect(error.message).toContain("could not be named");
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("lets one of two writers win", () => {
    using folder = createTempDir();
    for (const { links } of KINDS) {
      const path = folder.join("file");
      using first = createTemporaryFile(path, links);
      using second = createTemporaryFile(path, links);
      writeSync(second.descriptor, "second");
      second.publish({ force: false });
      expect(thrownBy(() => first.publish({ force: false })).code).toBe("IO_ALREADY_EXISTS");
      expect(readFileSync(path, "utf8")).toBe("second");
      rmSync(path);
    }
  });
});

describe("temporaryName()", () => {
  test("fits into any folder, whatever the name of the file, and differs each time", () => {
    for (const name of ["x", "x".repeat(255), "模".repeat(85), "🙂".repeat(60)]) {
      const made = basename(temporaryName(`/folder/${name}`));
      expect(Buffer.byteLength(made)).toBeLessThanOrEqual(143);
      expect(made).toStartWith(`.${[...name][0]}`);
      expect(temporaryName(name)).not.toBe(temporaryName(name));
    }
  });
});
