// Bases from a release into the cache: checked, whole, once, and never over a network that is forbidden.
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { VERSION } from "../../src/about/index.ts";
import {
  addBase,
  type BaseRelease,
  baseAssetName,
  cachedBasePath,
  cacheFolderOf,
  checkCopiedBase,
  encodeKnownBases,
  fetchBase,
  findBase,
  intactBase,
  listCachedBases,
  readCachedBase,
  removeCachedBases,
} from "../../src/base/index.ts";
import { PartialFile, sha256, toHex } from "../../src/io/index.ts";
import { rejectedBy, thrownBy } from "../helper/coded.ts";
import { fakeBaseBytes, writeFakeBase } from "../helper/fake-base.ts";
import { answerCut, answerRange, type RawServer, startRawServer } from "../helper/raw-server.ts";
import { makeRelease, type ReleaseFolder, releasedBase } from "../helper/release-folder.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const TARGET = "linux-arm64";
const ASSET = baseAssetName(VERSION, TARGET);
/** Pauses are not what is tested. */
const watch = { policy: { pauseMs: 1, pauseMsMax: 2, attemptsMax: 2 } };

function releaseOf(
  folder: TempDir,
  release: ReleaseFolder,
  more: Partial<BaseRelease> = {},
): BaseRelease {
  return {
    cacheFolder: folder.join("cache"),
    releaseUrl: pathToFileURL(release.path).href,
    known: release.known,
    sums: undefined,
    offline: undefined,
    ...more,
  };
}

/** Serves a release as a file server does. */
function serve({ assets }: ReleaseFolder): Promise<RawServer> {
  return startRawServer((request) => {
    const bytes = assets.get(request.path.replace(`/v${VERSION}/`, ""));
    if (bytes === undefined) request.answer(404);
    else answerRange(request, bytes, '"v1"');
  });
}

const cacheOf = (folder: TempDir) => folder.join("cache", "bases", VERSION);

describe("fetchBase()", () => {
  test("fetchBase() leaves the base and its note in the cache, and asks once", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    await using server = await serve(release);
    const options = releaseOf(folder, release, { releaseUrl: `${server.url}/` });
    const notes: string[] = [];
    let done = 0;
    const fetched = await fetchBase(TARGET, options, {
      onNote: (note) => notes.push(note),
      onProgress: (count) => {
        done = count;
      },
    });
    const path = join(cacheOf(folder), `encoderfile-base-${TARGET}`);
    const bytes = releasedBase(TARGET);
    expect(fetched).toEqual({
      path,
      version: VERSION,
      target: TARGET,
      onnxruntime: "1.30.0",
      byteLength: bytes.length,
      sha256: toHex(sha256(bytes)),
      origin: `${server.url}/v${VERSION}/${ASSET}`,
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(cacheOf(folder)).sort()).toEqual([
      `encoderfile-base-${TARGET}`,
      `encoderfile-base-${TARGET}.json`,
    ]);
    expect(notes).toEqual([
      `Fetching the base for ${TARGET} from ${server.url}/v${VERSION}/${ASSET}`,
    ]);
    expect(done).toBe(release.assets.get(ASSET)?.length ?? 0);
    expect(await fetchBase(TARGET, options)).toEqual(fetched);
    expect(server.requests).toHaveLength(1);
  });

  test("fetchBase() takes a release from a folder", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const fetched = await fetchBase(TARGET, releaseOf(folder, release));
    expect(readFileSync(fetched.path).equals(releasedBase(TARGET))).toBe(true);
    expect(existsSync(join(release.path, `v${VERSION}`, ASSET))).toBe(true);
  });

  test("fetchBase() trusts nothing without a digest (BASE_UNVERIFIED)", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    await using server = await serve(release);
    const ofOther = { ...release.known, version: "9.9.9" };
    for (const known of [undefined, ofOther, { ...release.known, bases: [] }]) {
      const options = releaseOf(folder, release, { known, releaseUrl: server.url });
      const error = await rejectedBy(fetchBase(TARGET, options));
      expect(error.code).toBe("BASE_UNVERIFIED");
      expect(error.message).toContain(
        `name the list of digests of release ${VERSION} with --base-sums SHA256SUMS to fetch it, add one with ` +
          '"encoderfile base add FILE", or compile them all from source with "bun run base --all"',
      );
    }
    expect(server.requests).toHaveLength(0);
  });

  test("fetchBase() believes a list of digests that is given, before its own", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const sums = release.sumsPath;
    const fetched = await fetchBase(TARGET, releaseOf(folder, release, { sums, known: undefined }));
    expect(fetched.byteLength).toBe(releasedBase(TARGET).length);
    writeFileSync(sums, `${"0".repeat(64)}  ${ASSET}\n`);
    removeCachedBases(folder.join("cache"), { targets: [fetched.target], version: VERSION });
    const wrong = await rejectedBy(fetchBase(TARGET, releaseOf(folder, release, { sums })));
    expect(wrong.code).toBe("DOWNLOAD_DIFFERS");
    writeFileSync(sums, `${"0".repeat(64)}  another.gz\n`);
    const without = await rejectedBy(fetchBase(TARGET, releaseOf(folder, release, { sums })));
    expect(without.code).toBe("BASE_SUMS_INVALID");
    expect(without.message).toContain(`must name "${ASSET}": found 1 other names`);
  });

  test("fetchBase() that is offline says what it would have fetched (BASE_OFFLINE)", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    await using server = await serve(release);
    const sums = `${server.url}/SHA256SUMS`;
    const offline = "--offline";
    const options = releaseOf(folder, release, { releaseUrl: server.url, offline, sums });
    const error = await rejectedBy(fetchBase(TARGET, options));
    expect([error.code, error.kind]).toEqual(["BASE_OFFLINE", "not_found"]);
    expect(error.message).toContain(
      `as --offline forbids it: it would come from "${server.url}/v${VERSION}/${ASSET}"`,
    );
    expect(server.requests).toHaveLength(0);
    await fetchBase(TARGET, { ...options, offline: undefined, sums: undefined });
    expect((await fetchBase(TARGET, options)).target).toBe(TARGET);
    expect(server.requests).toHaveLength(1);
  });

  test("fetchBase() replaces what this program knows not to be the release's, and changed bytes", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const options = releaseOf(folder, release);
    const other = writeFakeBase(folder.join("other"), { machine: TARGET });
    const stale = await addBase(other, { cacheFolder: options.cacheFolder, known: undefined });
    expect(intactBase(TARGET, options)).toBeUndefined();
    expect(intactBase(TARGET, { ...options, known: undefined })).toEqual(stale);
    expect(intactBase(TARGET, { ...options, sums: release.sumsPath })).toEqual(stale);
    const fetched = await fetchBase(TARGET, options);
    const isRight = () => readFileSync(fetched.path).equals(releasedBase(TARGET));
    expect(isRight()).toBe(true);
    expect(intactBase(TARGET, options)).toEqual(fetched);
    const bytes = releasedBase(TARGET);
    bytes[bytes.length - 1] = 0x5a;
    writeFileSync(fetched.path, bytes);
    await fetchBase(TARGET, options);
    expect(isRight()).toBe(true);
  });

  test("fetchBase() goes on after kill -9 in the middle, and leaves nothing that hurts", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const asset = release.assets.get(ASSET) ?? new Uint8Array();
    const cut = 50_000;
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: asset, byteLength: cut, headers: { etag: '"v1"' } })
        : answerRange(request, asset, '"v1"'),
    );
    const options = releaseOf(folder, release, { releaseUrl: server.url });
    const script = `
      import { fetchBase } from ${JSON.stringify(join(ROOT, "src/base/index.ts"))};
      const options = ${JSON.stringify(options)};
      const onProgress = (done) => { if (done === ${cut}) process.kill(process.pid, "SIGKILL"); };
      await fetchBase("${TARGET}", options, { onProgress });`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "ignore" });
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    expect(readCachedBase(options.cacheFolder, VERSION, TARGET)).toBeUndefined();
    const fetched = await fetchBase(TARGET, options);
    expect(readFileSync(fetched.path).equals(releasedBase(TARGET))).toBe(true);
    expect(server.requests[1]?.headers["range"]).toBe(`bytes=${cut}-`);
    expect(readdirSync(cacheOf(folder))).toHaveLength(2);
  });

  test("fetchBase() of two processes at once fetches once", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    await using server = await serve(release);
    const options = releaseOf(folder, release, { releaseUrl: server.url });
    const script = `
      import { fetchBase } from ${JSON.stringify(join(ROOT, "src/base/index.ts"))};
      await fetchBase("${TARGET}", ${JSON.stringify(options)});`;
    const children = [1, 2, 3].map(() => Bun.spawn([process.execPath, "-e", script]));
    expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0]);
    expect(server.requests).toHaveLength(1);
    expect(readdirSync(cacheOf(folder))).toHaveLength(2);
  });

  const replaced: readonly (readonly [string, Uint8Array, string])[] = [
    [
      "of another target",
      releasedBase("linux-x64"),
      "it must be for linux-arm64: found one for linux-x64",
    ],
    [
      "of another version",
      fakeBaseBytes({ machine: TARGET, identity: { version: "9.9.9" } }),
      `it must be of version ${VERSION}: found 9.9.9`,
    ],
    [
      "that is a builder",
      Buffer.concat([releasedBase(TARGET), encodeKnownBases({ version: "1", bases: [] })]),
      "it must be a base alone",
    ],
    [
      "that is a script",
      new TextEncoder().encode("#!/bin/sh\necho this is long enough\n"),
      "it must be an executable",
    ],
  ];
  test.each(replaced)(
    "fetchBase() refuses a base %s, though its digest is right",
    async (_, bytes, message) => {
      using folder = createTempDir();
      const release = makeRelease(folder);
      const asset = Bun.gzipSync(Uint8Array.from(bytes));
      writeFileSync(join(release.path, `v${VERSION}`, ASSET), asset);
      writeFileSync(release.sumsPath, `${toHex(sha256(asset))}  ${ASSET}\n`);
      const sums = release.sumsPath;
      const error = await rejectedBy(fetchBase(TARGET, releaseOf(folder, release, { sums })));
      expect(error.code).toBe("BASE_INVALID");
      expect(error.message).toContain(message);
      expect(existsSync(cachedBasePath(folder.join("cache"), VERSION, TARGET))).toBe(false);
    },
  );

  test("fetchBase() refuses a bomb and other bytes behind the right digest of the file", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const [first, ...others] = release.known.bases;
    const facts = { byteLength: 1000, sha256: "0".repeat(64) };
    for (const [base, code] of [
      [facts, "BASE_INVALID"],
      [{ ...facts, byteLength: 1_000_000 }, "BASE_DIFFERS"],
    ] as const) {
      const bases = first === undefined ? [] : [{ ...first, base }, ...others];
      const known = { version: VERSION, bases };
      const error = await rejectedBy(
        fetchBase(TARGET, releaseOf(folder, release, { known }), watch),
      );
      expect(error.code).toBe(code);
      // Nor is the compressed file left behind.
      expect(readdirSync(cacheOf(folder))).toEqual([]);
    }
  });

  test.each([
    ["is not there", 404, "DOWNLOAD_NOT_FOUND"],
    ["is not for us", 403, "DOWNLOAD_DENIED"],
    ["has trouble", 503, "DOWNLOAD_SERVER_FAILED"],
  ] as const)("fetchBase() of a release that %s leaves nothing", async (_, status, code) => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    await using server = await startRawServer((request) => request.answer(status));
    const options = releaseOf(folder, release, { releaseUrl: server.url });
    expect((await rejectedBy(fetchBase(TARGET, options, watch))).code).toBe(code);
    expect(readdirSync(cacheOf(folder))).toEqual([]);
  });
});

describe("the cache", () => {
  test("cacheFolderOf() follows XDG_CACHE_HOME where it is absolute, and macOS", () => {
    const linux = { home: "/h", system: "linux" };
    expect(cacheFolderOf({ XDG_CACHE_HOME: "/x" }, linux)).toBe("/x/encoderfile");
    expect(cacheFolderOf({ XDG_CACHE_HOME: "x" }, linux)).toBe("/h/.cache/encoderfile");
    expect(cacheFolderOf({}, linux)).toBe("/h/.cache/encoderfile");
    expect(cacheFolderOf({}, { home: "/h", system: "darwin" })).toBe(
      "/h/Library/Caches/encoderfile",
    );
  });

  test("findBase() takes the cached base with its digest and says where it came from", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const options = releaseOf(folder, release);
    const { path, origin, sha256: digest } = await fetchBase(TARGET, options);
    const places = { executable: "/none", cacheFolder: options.cacheFolder, folders: [] };
    const found = findBase({ target: { value: TARGET, source: "--target" } }, places);
    found.source.close();
    expect(found.source.name).toBe(path);
    expect(found.reason).toBe(`in the cache, from ${origin}`);
    expect(found.identity).toMatchObject({ target: TARGET, version: VERSION });
    expect(() => checkCopiedBase(found, sha256(releasedBase(TARGET)))).not.toThrow();
    const error = thrownBy(() => checkCopiedBase(found, sha256(new Uint8Array(1))));
    expect(error.code).toBe("BASE_DIFFERS");
    expect(error.message).toContain(`its sha256 must be ${digest}, as when it was put there`);
    expect(error.message).toContain(
      `remove it with "encoderfile base remove --target ${TARGET}" and try again`,
    );
  });

  test("readCachedBase() takes nothing whose note is missing, damaged or of another file", async () => {
    using folder = createTempDir();
    const options = releaseOf(folder, makeRelease(folder));
    const { path } = await fetchBase(TARGET, options);
    const read = () => readCachedBase(options.cacheFolder, VERSION, TARGET);
    const note = JSON.parse(readFileSync(`${path}.json`, "utf8"));
    for (const text of [
      "",
      "null",
      "[]",
      "{}",
      JSON.stringify({ ...note, target: "linux-x64" }),
      JSON.stringify({ ...note, version: "9.9.9" }),
      JSON.stringify({ ...note, sha256: "x" }),
      JSON.stringify({ ...note, byteLength: "7" }),
      " ".repeat(20_000),
    ]) {
      writeFileSync(`${path}.json`, text);
      expect(read()).toBeUndefined();
    }
    writeFileSync(`${path}.json`, JSON.stringify(note));
    expect(read()?.path).toBe(path);
    truncateSync(path, 100);
    expect(read()).toBeUndefined();
    // It is got anew, over what is left of the old one.
    expect((await fetchBase(TARGET, options)).byteLength).toBe(note.byteLength);
    expect(read()?.path).toBe(path);
  });

  test("listCachedBases() lists every version, and removeCachedBases() removes", async () => {
    using folder = createTempDir();
    const options = releaseOf(folder, makeRelease(folder));
    expect(listCachedBases(options.cacheFolder, [TARGET])).toEqual([]);
    const fetched = await fetchBase(TARGET, options);
    const old = cachedBasePath(options.cacheFolder, "0.0.1", TARGET);
    mkdirSync(dirname(old), { recursive: true });
    writeFileSync(old, "old");
    const note = { ...fetched, version: "0.0.1", byteLength: 3 };
    writeFileSync(`${old}.json`, JSON.stringify(note));
    const list = () => listCachedBases(options.cacheFolder, [TARGET, "linux-x64"]);
    expect(list().map(({ version }) => version)).toEqual(["0.0.1", VERSION]);
    const asset = join(cacheOf(folder), ASSET);
    for (const end of ["", ".partial", ".partial.json"]) writeFileSync(`${asset}${end}`, "left");
    const remove = (version?: string) =>
      removeCachedBases(options.cacheFolder, {
        targets: [TARGET, "linux-x64"],
        ...(version === undefined ? {} : { version }),
      });
    using held = PartialFile.open(asset);
    expect(remove(VERSION)).toEqual([{ version: VERSION, target: TARGET, path: fetched.path }]);
    expect(existsSync(`${asset}.partial`)).toBe(true);
    held?.[Symbol.dispose]();
    const left = [asset, `${asset}.partial`].map((gone) => [VERSION, gone]);
    expect(remove().map((gone) => [gone.version, gone.path])).toEqual([["0.0.1", old], ...left]);
    expect(readdirSync(cacheOf(folder))).toEqual([]);
    expect(list()).toEqual([]);
    expect(remove()).toEqual([]);
    expect(readdirSync(dirname(old))).toEqual([]);
  });
});

describe("addBase()", () => {
  const cache = (folder: TempDir) => ({ cacheFolder: folder.join("cache"), known: undefined });

  test("addBase() takes a base, a compressed one and the base of a builder", async () => {
    using folder = createTempDir();
    const release = makeRelease(folder);
    const bytes = releasedBase(TARGET);
    writeFileSync(folder.join("base"), bytes);
    writeFileSync(folder.join("builder"), Buffer.concat([bytes, encodeKnownBases(release.known)]));
    const files = [
      folder.join("base"),
      folder.join("builder"),
      join(release.path, `v${VERSION}`, ASSET),
    ];
    for (const file of files) {
      const added = await addBase(file, cache(folder));
      expect([added.target, added.origin]).toEqual([TARGET, file]);
      expect(readFileSync(added.path).equals(bytes)).toBe(true);
    }
    expect(readdirSync(cacheOf(folder)).sort()).toEqual([
      `encoderfile-base-${TARGET}`,
      `encoderfile-base-${TARGET}.json`,
    ]);
  });

  test("addBase() says that it waits while another process adds a base", async () => {
    using folder = createTempDir();
    const { cacheFolder } = cache(folder);
    writeFileSync(folder.join("base"), releasedBase(TARGET));
    const held = PartialFile.open(join(cacheFolder, "bases", VERSION, "added"));
    const notes: string[] = [];
    const onNote = (sentence: string) => {
      notes.push(sentence);
      held?.[Symbol.dispose]();
    };
    await addBase(folder.join("base"), cache(folder), { onNote });
    expect(notes).toEqual(["Waiting for another process that adds a base"]);
  });

  test("addBase() refuses what was not released, where that is known (BASE_DIFFERS)", async () => {
    using folder = createTempDir();
    const { known } = makeRelease(folder);
    const path = writeFakeBase(folder.join("base"), { machine: TARGET });
    const error = await rejectedBy(addBase(path, { ...cache(folder), known }));
    expect(error.code).toBe("BASE_DIFFERS");
    expect(error.message).toContain(`Cannot take "${path}" as the base of version ${VERSION}`);
    expect(readdirSync(cacheOf(folder))).toEqual([]);
  });

  test.each([
    ["of another version", fakeBaseBytes({ identity: { version: "9.9.9" } }), "found 9.9.9"],
    ["that is cut", fakeBaseBytes().subarray(0, -1), "is it complete?"],
    ["that is none", new TextEncoder().encode("nothing of the kind, at length"), "found none"],
  ])("addBase() refuses a file %s", async (_, bytes, message) => {
    using folder = createTempDir();
    writeFileSync(folder.join("base"), bytes);
    const error = await rejectedBy(addBase(folder.join("base"), cache(folder)));
    expect(error.code).toBe("BASE_INVALID");
    expect(error.message).toContain(message);
    expect(readdirSync(cacheOf(folder))).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)(
    "addBase() says when the cache cannot be written",
    async () => {
      using folder = createTempDir();
      chmodSync(folder.path, 0o500);
      const path = join(ROOT, "package.json");
      expect((await rejectedBy(addBase(path, cache(folder)))).code).toBe("IO_PERMISSION_DENIED");
      chmodSync(folder.path, 0o700);
    },
  );
});
