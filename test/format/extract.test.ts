// Getting the originals back: bit for bit, complete or not at all, and never outside the folder.
import { describe, expect, spyOn, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { damagedAsset, extractAssets, openFile } from "../../src/format/index.ts";
import { MemorySource, sha256, toHex } from "../../src/io/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const PATH = join(import.meta.dir, "../fixture/file/good/sealed.bin");
const sealed = (): Uint8Array => new Uint8Array(readFileSync(PATH));
const open = (bytes: Uint8Array) => openFile(new MemorySource(bytes, "x"));

const CONTENTS: Readonly<Record<string, string>> = {
  "onnx/model.onnx": "weights!",
  "config.json": "{}",
  "tokenizer.json": "tokenizer",
  LICENSE: "",
  "onnx/model.onnx_data": "external data",
};

describe("extractAssets()", () => {
  test("gives every original back under its path", async () => {
    using folder = createTempDir();
    const files = await extractAssets(open(sealed()), folder.join("out"));
    for (const [path, content] of Object.entries(CONTENTS)) {
      expect(readFileSync(folder.join("out", path), "utf8")).toBe(content);
    }
    expect(Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]))).toEqual(
      Object.fromEntries(
        Object.entries(CONTENTS).map(([path, content]) => [
          path,
          toHex(sha256(new TextEncoder().encode(content))),
        ]),
      ),
    );
    expect(readdirSync(folder.path)).toEqual(["out"]);
  });

  test("fills an empty folder and refuses one that is not empty", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("empty"));
    await extractAssets(open(sealed()), folder.join("empty"));
    const error = await rejectedBy(extractAssets(open(sealed()), folder.join("empty")));
    expect(error.code).toBe("IO_ALREADY_EXISTS");
    expect(readdirSync(folder.path)).toEqual(["empty"]);
  });

  test("replaces files in an existing folder with force and leaves others alone", async () => {
    using folder = createTempDir();
    writeFileSync(folder.join("config.json"), "old");
    writeFileSync(folder.join("mine"), "mine");
    await extractAssets(open(sealed()), folder.path, { force: true });
    expect(readFileSync(folder.join("config.json"), "utf8")).toBe("{}");
    expect(readFileSync(folder.join("mine"), "utf8")).toBe("mine");
  });

  test("throws FORMAT_DAMAGED_ASSET and leaves nothing behind", async () => {
    using folder = createTempDir();
    const bytes = sealed();
    const { byteOffset } = open(bytes).assets[2]!;
    bytes[byteOffset]! ^= 1;
    const error = await rejectedBy(extractAssets(open(bytes), folder.join("out")));
    expect(error.code).toBe("FORMAT_DAMAGED_ASSET");
    expect(error.detail["asset"]).toBe("tokenizer.json");
    const turned = damagedAsset(open(bytes), { ...open(bytes).assets[2]!, name: "a\u202e" }, "00");
    expect(turned.message).toContain('asset "a\\u{202e}" of "x"');
    expect(existsSync(folder.join("out"))).toBe(false);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("keeps an empty folder the folder it is", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("empty"));
    const { ino } = statSync(folder.join("empty"));
    await extractAssets(open(sealed()), folder.join("empty"));
    expect(statSync(folder.join("empty")).ino).toBe(ino);
    expect(readdirSync(folder.join("empty")).sort()).toEqual([
      ...["LICENSE", "config.json", "onnx", "tokenizer.json"],
    ]);
  });

  test("names the file where it would be, not where it is made", async () => {
    using folder = createTempDir();
    const opened = open(sealed());
    const read = spyOn(opened.source, "read").mockImplementation(() => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    });
    const error = await rejectedBy(extractAssets(opened, folder.join("out")));
    read.mockRestore();
    const [first] = opened.assets;
    expect(error.message).toStartWith(`Cannot write "${folder.join("out", first?.name ?? "")}" as`);
    expect(error.code).toBe("IO_NO_SPACE");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("makes a new folder with force as without, and takes nothing but a folder", async () => {
    using folder = createTempDir();
    await extractAssets(open(sealed()), folder.join("new"), { force: true });
    expect(readdirSync(folder.path)).toEqual(["new"]);
    const path = folder.join("new/LICENSE");
    for (const force of [false, true]) {
      const error = await rejectedBy(extractAssets(open(sealed()), path, { force }));
      expect(error.code).toBe("IO_NOT_A_FOLDER");
    }
  });

  test("replaces no folder with a file", async () => {
    using folder = createTempDir();
    mkdirSync(folder.join("config.json"));
    const error = await rejectedBy(extractAssets(open(sealed()), folder.path, { force: true }));
    expect(error.code).toBe("IO_NOT_A_FILE");
    expect(error.message).toContain(`"${folder.join("config.json")}" as a folder is there`);
  });
});
