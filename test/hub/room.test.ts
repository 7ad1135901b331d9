// How much a hub may send: by the kind of a file, and by the room there is.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { openHubRepository } from "../../src/hub/index.ts";
import { checkLength } from "../../src/hub/room.ts";
import { PartialFile } from "../../src/io/index.ts";
import { rejectedBy, thrownBy } from "../helper/coded.ts";
import { HUB_REPOSITORY, startHubServer } from "../helper/hub-server.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const MIB = 1024 * 1024;
const MAIN = { repository: HUB_REPOSITORY, revision: "main" };
const SHA = "a".repeat(40);
const LARGE = { algorithm: "sha256", hex: "b".repeat(64) } as const;
const SMALL = { algorithm: "git", hex: "c".repeat(40) } as const;

describe("checkLength()", () => {
  test.each([
    [SMALL, undefined, 64 * MIB],
    [SMALL, 64 * MIB, 64 * MIB],
    [SMALL, 0, 0],
    [LARGE, 1024 ** 4, 1024 ** 4],
  ])("checkLength() of %j and %p bytes", (digest, byteLength, expected) => {
    expect(checkLength({ name: "a", byteLength, digest }, MAIN)).toBe(expected);
  });

  test.each([
    [SMALL, 64 * MIB + 1],
    [LARGE, 1024 ** 4 + 1],
    [LARGE, undefined],
  ])("checkLength() refuses %j and %p bytes: HUB_ANSWER_INVALID", (digest, byteLength) => {
    const { code } = thrownBy(() => checkLength({ name: "a", byteLength, digest }, MAIN));
    expect(code).toBe("HUB_ANSWER_INVALID");
  });
});

/** Of a hub that lists one file and answers for its bytes as told. */
async function fetchListed(
  folder: TempDir,
  listed: Readonly<Record<string, unknown>>,
  bytes: () => Response,
) {
  await using server = startHubServer();
  server.intercept = ({ path, method }) => {
    if (path.startsWith("/api/")) {
      return Response.json({ sha: SHA, siblings: [{ rfilename: "README.md", ...listed }] });
    }
    return method === "HEAD" ? new Response("") : bytes();
  };
  const hub = {
    endpoint: server.endpoint,
    cacheFolder: folder.path,
    token: undefined,
    isOffline: false,
  };
  const repository = await openHubRepository(MAIN, hub);
  return await rejectedBy(repository.fetch(["README.md"]));
}

function blobs(folder: TempDir): string[] {
  const path = folder.join("models--org--tiny-model", "blobs");
  return existsSync(path) ? readdirSync(path) : [];
}

describe("fetch()", () => {
  test("fetch() stops an endless small file of no stated length, and keeps nothing of it", async () => {
    using folder = createTempDir();
    const piece = new Uint8Array(MIB);
    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece) }));
    const error = await fetchListed(folder, { blobId: SMALL.hex }, endless);
    expect(error.code).toBe("DOWNLOAD_TOO_LARGE");
    expect(error.message).toContain(`at most ${64 * MIB} bytes`);
    expect(blobs(folder)).toEqual([]);
  });

  test("fetch() asks for no bytes that there is no room for: IO_NO_SPACE", async () => {
    using folder = createTempDir();
    const listed = { lfs: { sha256: LARGE.hex, size: Number.MAX_SAFE_INTEGER } };
    const error = await fetchListed(folder, listed, () => new Response("x"));
    expect(error.code).toBe("IO_NO_SPACE");
    expect(error.message).toMatch(/as it takes 9007199254740991 bytes: found \d+ free: /);
    expect(blobs(folder)).toEqual([]);
  });

  test("fetch() refuses a large file of no stated length", async () => {
    using folder = createTempDir();
    const error = await fetchListed(
      folder,
      { lfs: { sha256: LARGE.hex } },
      () => new Response("x"),
    );
    expect(error.code).toBe("HUB_ANSWER_INVALID");
    expect(error.message).toContain("found no length");
    expect(blobs(folder)).toEqual([]);
  });

  test("fetch() says that it waits while another process fetches the same file", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const content = new Uint8Array(100_000).fill(7);
    server.commit({ "model.onnx": content });
    const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
    const held = PartialFile.open(folder.join("models--org--tiny-model", "blobs", sha256));
    const notes: string[] = [];
    const onNote = (sentence: string) => {
      notes.push(sentence);
      held?.[Symbol.dispose]();
    };
    const hub = { cacheFolder: folder.path, token: undefined, isOffline: false };
    const repository = await openHubRepository(MAIN, { ...hub, endpoint: server.endpoint });
    await repository.fetch(["model.onnx"], { onNote });
    expect(notes).toEqual([expect.stringMatching(/^Waiting for another process that fetches "/)]);
  });

  test("fetch() takes the length of a large file from the hub's answer for it", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const content = new Uint8Array(100_000).fill(7);
    const commit = server.commit({ "model.onnx": content });
    const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
    server.intercept = ({ path }) =>
      path.startsWith("/api/")
        ? Response.json({ sha: commit, siblings: [{ rfilename: "model.onnx", lfs: { sha256 } }] })
        : undefined;
    const hub = { cacheFolder: folder.path, token: undefined, isOffline: false };
    const repository = await openHubRepository(MAIN, { ...hub, endpoint: server.endpoint });
    await repository.fetch(["model.onnx"]);
    expect(readFileSync(`${repository.folder}/model.onnx`)).toEqual(Buffer.from(content));
  });
});
