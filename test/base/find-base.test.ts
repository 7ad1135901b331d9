// How a base is found and what is accepted as one.
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseStamp, VERSION } from "../../src/about/index.ts";
import {
  addBase,
  basePathOf,
  checkCopiedBase,
  encodeKnownBases,
  findBase,
  howToGet,
  missingBase,
  readBaseIdentity,
  rejectedBases,
} from "../../src/base/index.ts";
import { payloadEnd, signedBase } from "../../src/executable/index.ts";
import { MemorySource } from "../../src/io/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { type FakeBaseOptions, fakeBaseBytes, writeFakeBase } from "../helper/fake-base.ts";
import { machOBytes } from "../helper/mach-o-file.ts";
import { makeRelease, releasedBase } from "../helper/release-folder.ts";
import { createTempDir } from "../helper/temp-dir.ts";

function source(options?: FakeBaseOptions): MemorySource {
  return new MemorySource(fakeBaseBytes(options), "base");
}

describe("readBaseIdentity()", () => {
  test.each(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"])(
    "readBaseIdentity() reads a base for %s",
    (machine) => {
      const base = source({ machine });
      expect(readBaseIdentity(base)).toEqual({
        version: "0.1.0",
        target: machine,
        onnxruntime: "1.30.0",
        length: base.byteLength,
      });
    },
  );

  test("readBaseIdentity() finds the stamp across the chunks it reads", () => {
    // The chunks are of 1 MiB: the stamp is moved over the boundary byte by byte.
    for (let back = 0; back < 130; back += 3) {
      const byteOffset = 1024 * 1024 - 110 - back;
      expect(readBaseIdentity(source({ byteOffset })).target).toBe("linux-x64");
    }
  });

  test("readBaseIdentity() finds a stamp with escaped quotes", () => {
    const bytes = Buffer.from(fakeBaseBytes({ identity: null }));
    const stamp = String.raw`encoderfile-base:{\"version\":\"2\",\"target\":\"linux-x64\",\"onnxruntime\":\"3\"}`;
    const identity = readBaseIdentity(
      new MemorySource(Buffer.concat([bytes, Buffer.from(stamp)]), "b"),
    );
    expect(identity).toMatchObject({ version: "2", target: "linux-x64", onnxruntime: "3" });
  });

  test("readBaseIdentity() takes a stamp that states no length for a base of any length", () => {
    const stamp = `encoderfile-base:{"version":"2","target":"linux-x64","onnxruntime":"3"}`;
    const bytes = Buffer.concat([fakeBaseBytes({ identity: null }), Buffer.from(stamp)]);
    expect(readBaseIdentity(new MemorySource(bytes, "b")).length).toBe(bytes.length);
  });

  test("readBaseIdentity() takes a base for macOS with our signature, and refuses another one", () => {
    const facts = { version: VERSION, target: "darwin-arm64", onnxruntime: "1.30.0" };
    const compiled = (length: number) =>
      new MemorySource(machOBytes({ text: baseStamp({ ...facts, length }) }), "b");
    const signed = (length: number) => signedBase(compiled(length), payloadEnd(compiled(length)));
    const { byteLength } = signed(0);
    expect(readBaseIdentity(signed(byteLength))).toEqual({ ...facts, length: byteLength });
    const other = compiled(compiled(0).byteLength);
    expect(thrownBy(() => readBaseIdentity(other)).message).toContain(
      "it must be signed as bases are: found another signature: compile it anew",
    );
  });

  test.each([
    ["linux-x64", 1],
    ["linux-x64", -1],
    ["darwin-arm64", 20],
    ["darwin-arm64", -20],
  ])("readBaseIdentity() refuses one of %s with %d bytes more than it states", (machine, more) => {
    const length = fakeBaseBytes({ machine }).length - more;
    const base = source({ machine, identity: { length } });
    const { code, message } = thrownBy(() => readBaseIdentity(base));
    expect(code).toBe("BASE_INVALID");
    expect(message).toContain(
      `it must have ${length} bytes: found ${base.byteLength}: is it complete?`,
    );
  });

  test.each([
    [
      new TextEncoder().encode("#!/bin/sh\necho a script that is long enough"),
      "it must be an executable",
    ],
    [new Uint8Array(3), "it must be an executable"],
    [fakeBaseBytes({ identity: null }), "it must carry the stamp of a base: found none"],
    [
      fakeBaseBytes({ identity: { target: "linux-arm64" } }),
      "must agree: found linux-x64 and linux-arm64",
    ],
    [
      Buffer.concat([fakeBaseBytes(), Buffer.from("ENCFILE\0"), Buffer.alloc(24)]),
      "it must hold no model",
    ],
  ])("readBaseIdentity() refuses %#", (bytes, message) => {
    const error = thrownBy(() => readBaseIdentity(new MemorySource(bytes, "b")));
    expect(error.code).toBe("BASE_INVALID");
    expect(error.message).toContain(message);
  });
});

describe("findBase()", () => {
  const given = (value: string) => ({ value, source: "--x" });
  const nowhere = { executable: "/none", cacheFolder: "/none", folders: [] };

  test("findBase() takes the named base", () => {
    using folder = createTempDir();
    const path = writeFakeBase(folder.join("b"));
    const found = findBase({ base: given(path) }, nowhere);
    expect([found.identity.target, found.reason]).toEqual(["linux-x64", "--x"]);
    found.source.close();
  });

  test("findBase() takes a named base of another version, but finds none", () => {
    using folder = createTempDir();
    const identity = { version: "9.9.9" };
    const path = writeFakeBase(folder.join("encoderfile-linux-arm64"), {
      machine: "linux-arm64",
      identity,
    });
    findBase({ base: given(path) }, nowhere).source.close();
    const places = { ...nowhere, folders: [folder.path] };
    const error = thrownBy(() => findBase({ target: given("linux-arm64") }, places));
    expect(error.code).toBe("BASE_INVALID");
    expect(error.message).toContain(`it must be of version ${VERSION}: found 9.9.9`);
  });

  test("findBase() looks in the folders in order", () => {
    using folder = createTempDir();
    const path = writeFakeBase(folder.join("encoderfile-darwin-arm64"), {
      machine: "darwin-arm64",
    });
    const places = { ...nowhere, folders: ["/nowhere", folder.path] };
    const found = findBase({ target: given("darwin-arm64") }, places);
    expect([found.identity.target, found.reason]).toEqual(["darwin-arm64", `found at ${path}`]);
    found.source.close();
  });

  test("findBase() throws BASE_NOT_FOUND with the places it looked at", () => {
    const places = { ...nowhere, cacheFolder: "/c", folders: ["/a"] };
    const error = thrownBy(() => findBase({ target: given("darwin-x64") }, places));
    expect(error.code).toBe("BASE_NOT_FOUND");
    expect(error.message).toContain(
      `Cannot find a base for darwin-x64: looked for "/c/bases/${VERSION}/encoderfile-base-darwin-x64", ` +
        '"/a/encoderfile-darwin-x64": name one of version',
    );
    expect(thrownBy(() => findBase({ base: given("/nowhere") }, places)).code).toBe(
      "BASE_NOT_FOUND",
    );
  });

  test("findBase() refuses a base for another target", () => {
    using folder = createTempDir();
    const base = given(writeFakeBase(folder.join("b")));
    const error = thrownBy(() => findBase({ base, target: given("linux-arm64") }, nowhere));
    expect(error.message).toContain("it must be for linux-arm64 (--x): found one for linux-x64");
  });

  test("findBase() passes over what this program knows not to be the release's", async () => {
    using folder = createTempDir();
    const { known } = makeRelease(folder, ["linux-arm64"]);
    const target = given("linux-arm64");
    const cacheFolder = folder.join("cache");
    const beside = folder.join("beside");
    mkdirSync(beside);
    const options = { machine: "linux-arm64" };
    const wrong = writeFakeBase(folder.join("wrong"), options);
    const { path: cached, sha256 } = await addBase(wrong, { cacheFolder, known: undefined });
    const neighbour = writeFakeBase(join(beside, "encoderfile-linux-arm64"), options);
    const places = { executable: "/none", cacheFolder, folders: [beside], known };
    expect(missingBase({ target }, { ...places, known: undefined })).toBeUndefined();
    expect(missingBase({ target }, places)).toBe("linux-arm64");
    expect(basePathOf("linux-arm64", places)).toBeUndefined();
    expect(rejectedBases("linux-arm64", places)).toEqual([
      { path: cached, sha256 },
      { path: neighbour, sha256 },
    ]);
    writeFileSync(neighbour, "no base");
    expect(rejectedBases("linux-arm64", places)[1]?.sha256).toBeUndefined();
    // A neighbour may be a builder: its base counts.
    const right = Buffer.concat([releasedBase("linux-arm64"), encodeKnownBases(known)]);
    writeFileSync(neighbour, right);
    const found = findBase({ target }, places);
    found.source.close();
    expect([found.source.name, found.sha256]).toEqual([neighbour, known.bases[0]?.base.sha256]);
    const error = thrownBy(() => checkCopiedBase(found, new Uint8Array(32)));
    expect([error.code, error.message.endsWith("get it anew and try again")]).toEqual([
      "BASE_DIFFERS",
      true,
    ]);
  });

  test("howToGet() names what works for this builder, as complete commands", () => {
    const known = { version: VERSION, bases: [] };
    expect(howToGet("darwin-x64", { ...nowhere, known })).toContain("--base-sums SHA256SUMS");
    const places = { ...nowhere, canFetch: true, cacheDir: "/my cache" };
    expect(howToGet("darwin-x64", places)).toBe(
      `get it with "encoderfile base add --target darwin-x64 --cache-dir '/my cache'"`,
    );
    expect(howToGet("darwin-x64", nowhere)).toContain('"bun run base --all"');
  });

  test("missingBase() names what must be fetched, unless a base is there or named", () => {
    using folder = createTempDir();
    const target = given("darwin-arm64");
    expect(missingBase({ target }, nowhere)).toBe("darwin-arm64");
    const path = writeFakeBase(folder.join("encoderfile-darwin-arm64"));
    expect(missingBase({ target }, { ...nowhere, folders: [folder.path] })).toBeUndefined();
    expect(missingBase({ target, base: given(path) }, nowhere)).toBeUndefined();
  });
});
