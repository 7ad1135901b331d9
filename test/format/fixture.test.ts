// The files of test/fixture/file: good ones mean what their twins say, bad ones cause the error in their name.
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  describe as describeFile,
  FIXTURE_FOLDER,
  makeFileFixtures,
} from "../../scripts/fixture/make-corrupt.ts";
import { openFile } from "../../src/format/index.ts";
import { MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FIXTURE_FOLDER, name)));
const names = (folder: string): readonly string[] =>
  readdirSync(join(FIXTURE_FOLDER, folder)).sort();

test("makeFileFixtures() gives the committed files", () => {
  const made = makeFileFixtures();
  const committed = [
    ...names("good").map((name) => `good/${name}`),
    ...names("bad").map((name) => `bad/${name}`),
  ];
  expect([...made.keys()].sort()).toEqual(committed.sort());
  for (const [name, bytes] of made) expect(read(name).toHex()).toBe(bytes.toHex());
});

describe("good files", () => {
  for (const name of names("good").filter((name) => name.endsWith(".bin"))) {
    test(`openFile() reads ${name} as its twin says`, () => {
      const twin = read(`good/${name.replace(".bin", ".json")}`);
      expect(describeFile(read(`good/${name}`), name)).toBe(new TextDecoder().decode(twin));
    });
  }
});

describe("bad files", () => {
  for (const name of names("bad")) {
    test(`openFile() refuses ${name}`, () => {
      const error = thrownBy(() => openFile(new MemorySource(read(`bad/${name}`), name)));
      expect(name.split(".")[0]).toBe(error.code);
      expect(error.message).toStartWith(`Cannot open "${name}" as`);
      expect(error.message).not.toEndWith(".");
    });
  }
});
