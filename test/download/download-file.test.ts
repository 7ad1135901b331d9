// Files over the network: whole, checked and under their name at the end, whatever the server does.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type DownloadOptions, downloadFile } from "../../src/download/index.ts";
import { sha256, toHex } from "../../src/io/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import {
  answerCut,
  answerRange,
  printHead,
  type RawRequest,
  type RawServer,
  startRawServer,
} from "../helper/raw-server.ts";
import { createTempDir } from "../helper/temp-dir.ts";

/** Pauses are not what is tested. */
const policy = { pauseMs: 1, pauseMsMax: 2, lockMs: 1 };

/** Different everywhere, so that bytes in the wrong place are found. */
function contentOf(seed: number, byteLength = 100_000): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, place) => (place * 31 + (place >> 8)) ^ seed);
}

const CONTENT = contentOf(1);
/** Where a first answer breaks off. */
const CUT = 60_000;
const DIGEST = toHex(sha256(CONTENT));

function optionsFor(path: string, url: string, more: Partial<DownloadOptions> = {}) {
  return { url, path, byteLengthMax: 1_000_000, policy, ...more };
}

/** Breaks the connection when this many bytes arrived: those still on their way might be lost with it. */
function breakAt(server: RawServer, byteLength: number) {
  let before = 0;
  return {
    onProgress: (done: number) => {
      if (done > before && done % byteLength === 0) server.drop();
      before = done;
    },
  };
}

const ranges = ({ requests }: { requests: readonly RawRequest[] }) =>
  requests.map(({ headers }) => headers["range"] ?? "all");

describe("downloadFile()", () => {
  test("downloadFile() leaves the file and nothing else, and tells what came", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => answerRange(request, CONTENT, '"v1"'));
    const path = folder.join("a", "b", "file");
    const seen: (readonly [number, number | undefined])[] = [];
    const onProgress = (done: number, total: number | undefined) => seen.push([done, total]);
    const result = await downloadFile(optionsFor(path, server.url, { onProgress }));
    expect(result).toEqual({
      byteLength: CONTENT.length,
      sha256: DIGEST,
      etag: '"v1"',
      transferredByteLength: CONTENT.length,
    });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(readdirSync(folder.join("a", "b"))).toEqual(["file"]);
    expect(seen[0]).toEqual([0, CONTENT.length]);
    expect(seen.at(-1)).toEqual([CONTENT.length, CONTENT.length]);
  });

  test("downloadFile() takes a file that has no length, and one that is empty", async () => {
    using folder = createTempDir();
    await using server = await startRawServer(({ path, socket, answer }) => {
      if (path === "/empty") return answer(200);
      socket.write(printHead(200, { "transfer-encoding": "chunked" }));
      socket.end("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    });
    await downloadFile(optionsFor(folder.join("a"), `${server.url}/chunks`));
    expect(readFileSync(folder.join("a"), "latin1")).toBe("abcde");
    const empty = await downloadFile(optionsFor(folder.join("b"), `${server.url}/empty`));
    expect(empty.byteLength).toBe(0);
    expect(readFileSync(folder.join("b")).length).toBe(0);
  });

  test("downloadFile() keeps bytes as they come, whatever a server calls their coding", async () => {
    using folder = createTempDir();
    const compressed = Bun.gzipSync(Uint8Array.from(CONTENT));
    await using server = await startRawServer((request) =>
      request.answer(200, { "content-encoding": "gzip" }, compressed),
    );
    await downloadFile(optionsFor(folder.join("a"), server.url));
    expect(readFileSync(folder.join("a")).equals(compressed)).toBe(true);
    expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("downloadFile() copies from a file address, with the same checks", async () => {
    using folder = createTempDir();
    writeFileSync(folder.join("a b"), CONTENT);
    const url = pathToFileURL(folder.join("a b")).href;
    const path = folder.join("c");
    expect(await downloadFile(optionsFor(path, url, { sha256: DIGEST }))).toEqual({
      byteLength: CONTENT.length,
      sha256: DIGEST,
      transferredByteLength: 0,
    });
    const refused = [
      [{ byteLengthMax: 10 }, "DOWNLOAD_TOO_LARGE"],
      [{ byteLength: 10 }, "DOWNLOAD_DIFFERS"],
      [{ sha256: "0".repeat(64) }, "DOWNLOAD_DIFFERS"],
      [{ url: "file:///nowhere/at/all" }, "IO_NOT_FOUND"],
      [{ url: "file://otherhost/a" }, "DOWNLOAD_BAD_URL"],
    ] as const;
    for (const [more, code] of refused) {
      expect((await rejectedBy(downloadFile(optionsFor(path, url, more)))).code).toBe(code);
    }
    expect(readdirSync(folder.path).sort()).toEqual(["a b", "c"]);
  });

  test("downloadFile() asks for nothing when the file with the digest is there", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => request.answer(200, {}, CONTENT));
    const path = folder.join("a");
    writeFileSync(path, CONTENT);
    const result = await downloadFile(optionsFor(path, server.url, { sha256: DIGEST }));
    expect(result.transferredByteLength).toBe(0);
    expect(server.requests).toHaveLength(0);
    writeFileSync(path, "something else");
    await downloadFile(optionsFor(path, server.url, { sha256: DIGEST }));
    expect(server.requests).toHaveLength(1);
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    expect(readdirSync(folder.path)).toEqual(["a"]);
  });

  test("downloadFile() fetches again what has no digest: it may have changed", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => request.answer(200, {}, "new"));
    writeFileSync(folder.join("a"), "old");
    await downloadFile(optionsFor(folder.join("a"), server.url));
    expect(readFileSync(folder.join("a"), "latin1")).toBe("new");
  });
});

describe("resuming", () => {
  test("downloadFile() asks for the rest when a connection breaks", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
        : answerRange(request, CONTENT, '"v1"'),
    );
    const result = await downloadFile(
      optionsFor(folder.join("a"), server.url, breakAt(server, CUT)),
    );
    expect(result.sha256).toBe(DIGEST);
    expect(result.transferredByteLength).toBe(CONTENT.length);
    expect(ranges(server)).toEqual(["all", "bytes=60000-"]);
    expect(server.requests[1]?.headers["if-range"]).toBe('"v1"');
  });

  test("downloadFile() goes on where a former call had to give up", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
        : answerRange(request, CONTENT, '"v1"'),
    );
    const path = folder.join("a");
    const once = { policy: { ...policy, attemptsMax: 1 } };
    await rejectedBy(
      downloadFile(optionsFor(path, server.url, { ...once, ...breakAt(server, CUT) })),
    );
    expect(readdirSync(folder.path).sort()).toEqual(["a.partial", "a.partial.json"]);
    const result = await downloadFile(optionsFor(path, server.url, once));
    expect(result.transferredByteLength).toBe(CONTENT.length - 60_000);
    expect(result.sha256).toBe(DIGEST);
    expect(readdirSync(folder.path)).toEqual(["a"]);
  });

  test("downloadFile() begins anew when nothing shows that it is the same file", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: 'W/"v1"' } })
        : answerRange(request, CONTENT, 'W/"v1"'),
    );
    const result = await downloadFile(
      optionsFor(folder.join("a"), server.url, breakAt(server, CUT)),
    );
    expect(result.sha256).toBe(DIGEST);
    expect(result.etag).toBeUndefined();
    expect(ranges(server)).toEqual(["all", "all"]);
  });

  test("downloadFile() with a digest goes on without an etag, and from another address", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT })
        : answerRange(request, CONTENT),
    );
    const more = { sha256: DIGEST, policy: { ...policy, attemptsMax: 1 } };
    const path = folder.join("a");
    await rejectedBy(
      downloadFile(optionsFor(path, `${server.url}/first`, { ...more, ...breakAt(server, CUT) })),
    );
    const result = await downloadFile(optionsFor(path, `${server.url}/mirror`, more));
    expect(result.sha256).toBe(DIGEST);
    expect(ranges(server)).toEqual(["all", "bytes=60000-"]);
  });

  test("downloadFile() forgets the beginning of another file", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
        : answerRange(request, CONTENT, '"v1"'),
    );
    const once = { policy: { ...policy, attemptsMax: 1 } };
    await rejectedBy(
      downloadFile(
        optionsFor(folder.join("a"), `${server.url}/x`, { ...once, ...breakAt(server, CUT) }),
      ),
    );
    await downloadFile(optionsFor(folder.join("a"), `${server.url}/y`, once));
    expect(ranges(server)).toEqual(["all", "all"]);
  });

  test.each(["no JSON", "[]", "null", '{"etag":"x"}', '{"identity":7}', "x".repeat(20_000)])(
    "downloadFile() begins anew beside a damaged note %#",
    async (note) => {
      using folder = createTempDir();
      await using server = await startRawServer((request) => answerRange(request, CONTENT, '"v"'));
      const path = folder.join("a");
      writeFileSync(`${path}.partial`, "rubbish");
      writeFileSync(`${path}.partial.json`, note);
      const result = await downloadFile(optionsFor(path, server.url, { sha256: DIGEST }));
      expect(result.sha256).toBe(DIGEST);
      expect(ranges(server)).toEqual(["all"]);
    },
  );

  test("downloadFile() takes the new file when it changed in between", async () => {
    using folder = createTempDir();
    const changed = contentOf(2);
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
        : answerRange(request, changed, '"v2"'),
    );
    const result = await downloadFile(
      optionsFor(folder.join("a"), server.url, breakAt(server, CUT)),
    );
    expect(result.sha256).toBe(toHex(sha256(changed)));
    expect(result.etag).toBe('"v2"');
  });

  test("downloadFile() asks again where a server sends less than the rest", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => {
      if (request.index === 0) {
        answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } });
        return;
      }
      const from = Number(/\d+/.exec(request.headers["range"] ?? "0")?.[0]);
      const end = Math.min(from + 20_000, CONTENT.length);
      const range = { etag: '"v1"', "content-range": `bytes ${from}-${end - 1}/100000` };
      request.answer(206, range, CONTENT.subarray(from, end));
    });
    const result = await downloadFile(
      optionsFor(folder.join("a"), server.url, breakAt(server, CUT)),
    );
    expect(result.sha256).toBe(DIGEST);
    expect(ranges(server)).toEqual(["all", "bytes=60000-", "bytes=80000-"]);
  });

  test("downloadFile() puts no halves together when the server ignores If-Range", async () => {
    using folder = createTempDir();
    const changed = contentOf(2);
    await using server = await startRawServer((request) => {
      if (request.index === 0) {
        answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } });
      } else if (request.headers["range"] !== undefined) {
        const range = { etag: '"v2"', "content-range": "bytes 60000-99999/100000" };
        request.answer(206, range, changed.subarray(60_000));
      } else request.answer(200, { etag: '"v2"' }, changed);
    });
    const result = await downloadFile(
      optionsFor(folder.join("a"), server.url, breakAt(server, CUT)),
    );
    expect(result.sha256).toBe(toHex(sha256(changed)));
    expect(ranges(server)).toEqual(["all", "bytes=60000-", "all"]);
  });

  test("downloadFile() starts over once when the digest shows that the beginning was another's", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: contentOf(9), byteLength: CUT })
        : answerRange(request, CONTENT),
    );
    const more = { sha256: DIGEST, policy: { ...policy, attemptsMax: 1 } };
    const path = folder.join("a");
    await rejectedBy(
      downloadFile(optionsFor(path, server.url, { ...more, ...breakAt(server, CUT) })),
    );
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const result = await downloadFile(optionsFor(path, server.url, { ...more, onNote }));
    expect(result.sha256).toBe(DIGEST);
    expect(ranges(server)).toEqual(["all", "bytes=60000-", "all"]);
    expect(notes).toEqual([
      `Fetching "${server.url}/" again as its first part was of another version`,
    ]);
  });

  test("downloadFile() is done when all bytes were there and only the name was missing", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => answerRange(request, CONTENT, '"v1"'));
    const path = folder.join("a");
    const identity = toHex(sha256(new TextEncoder().encode(`${server.url}/`)));
    writeFileSync(`${path}.partial`, CONTENT);
    writeFileSync(`${path}.partial.json`, JSON.stringify({ identity, etag: '"v1"' }));
    const result = await downloadFile(optionsFor(path, server.url));
    expect(result).toMatchObject({ sha256: DIGEST, transferredByteLength: 0 });
    expect(ranges(server)).toEqual(["bytes=100000-"]);
  });

  test.each([
    ["sends another part", 206, { "content-range": "bytes 5-99999/100000" }],
    ["names no part", 206, {}],
    ["says nothing of the whole", 206, { "content-range": "bytes 60000-99999/*" }],
    ["knows no such range", 416, { "content-range": "bytes */10" }],
    ["says nothing of its length", 416, {}],
  ] as const)(
    "downloadFile() asks without a range when the server %s",
    async (_, status, headers) => {
      using folder = createTempDir();
      await using server = await startRawServer((request) => {
        if (request.index === 0) {
          answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } });
        } else if (request.headers["range"] === undefined) request.answer(200, {}, CONTENT);
        else request.answer(status, headers, CONTENT.subarray(5));
      });
      const result = await downloadFile(
        optionsFor(folder.join("a"), server.url, breakAt(server, CUT)),
      );
      expect(result.sha256).toBe(DIGEST);
      expect(ranges(server)).toEqual(["all", "bytes=60000-", "all"]);
    },
  );
});

describe("servers that lie", () => {
  const answers: readonly (readonly [string, (request: RawRequest) => void, object, string])[] = [
    [
      "promises too much",
      (r) => r.answer(200, { "content-length": "2000000" }),
      {},
      "DOWNLOAD_TOO_LARGE",
    ],
    [
      "sends more than is allowed, without a length",
      ({ socket }) => {
        socket.write(printHead(200, { connection: "close" }));
        socket.end(contentOf(1, 1_200_000));
      },
      {},
      "DOWNLOAD_TOO_LARGE",
    ],
    [
      "promises another length",
      (r) => r.answer(200, {}, "short"),
      { byteLength: 100_000 },
      "DOWNLOAD_BAD_ANSWER",
    ],
    [
      "sends fewer bytes, without a length",
      ({ socket }) => socket.end(`${printHead(200, { connection: "close" })}short`),
      { byteLength: 100_000 },
      "DOWNLOAD_DIFFERS",
    ],
    [
      "sends other bytes",
      (r) => r.answer(200, {}, contentOf(2)),
      { sha256: DIGEST },
      "DOWNLOAD_DIFFERS",
    ],
    [
      "sends a part nobody asked for",
      (r) => r.answer(206, { "content-range": "bytes 5-9/10" }, "x"),
      {},
      "DOWNLOAD_BAD_ANSWER",
    ],
    ["complains of a range nobody asked for", (r) => r.answer(416), {}, "DOWNLOAD_BAD_ANSWER"],
    ["has nothing", (r) => r.answer(404), {}, "DOWNLOAD_NOT_FOUND"],
    ["denies", (r) => r.answer(403), {}, "DOWNLOAD_DENIED"],
  ];

  test.each(answers)(
    "downloadFile() leaves nothing when a server %s",
    async (_, answer, more, code) => {
      using folder = createTempDir();
      await using server = await startRawServer(answer);
      const options = optionsFor(folder.join("a"), server.url, more);
      const error = await rejectedBy(downloadFile(options));
      expect(error.code as string).toBe(code);
      expect(server.requests).toHaveLength(1);
      expect(readdirSync(folder.path)).toEqual([]);
    },
  );

  test("downloadFile() keeps nothing that the next attempt could not go on from", async () => {
    using folder = createTempDir();
    await using server = await startRawServer(({ socket }) => {
      socket.write(printHead(200, { "content-length": `${CONTENT.length}` }));
      socket.end(CONTENT.subarray(0, 5000));
    });
    const impatient = { policy: { ...policy, attemptsMax: 2 } };
    await rejectedBy(downloadFile(optionsFor(folder.join("a"), server.url, impatient)));
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("downloadFile() keeps what is there when the new file is wrong", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => request.answer(200, {}, "wrong"));
    writeFileSync(folder.join("a"), "old");
    await rejectedBy(downloadFile(optionsFor(folder.join("a"), server.url, { sha256: DIGEST })));
    expect(readdirSync(folder.path)).toEqual(["a"]);
    expect(readFileSync(folder.join("a"), "latin1")).toBe("old");
  });

  test("downloadFile() refuses a rest of a file that became shorter", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) =>
      request.index === 0
        ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
        : request.answer(206, { "content-range": "bytes 60000-60001/7" }, "xx"),
    );
    const error = await rejectedBy(
      downloadFile(optionsFor(folder.join("a"), server.url, breakAt(server, CUT))),
    );
    expect(error.code).toBe("DOWNLOAD_BAD_ANSWER");
    expect(error.message).toContain("must have no fewer bytes than it sent before: found 7");
  });

  test("downloadFile() refuses a rest that ends too early or too late", async () => {
    for (const [length, code] of [
      [10, "DOWNLOAD_BAD_ANSWER"],
      [50_000, "DOWNLOAD_TOO_LARGE"],
    ] as const) {
      using folder = createTempDir();
      await using server = await startRawServer((request) =>
        request.index === 0
          ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
          : request.answer(
              206,
              { "content-range": "bytes 60000-99999/100000" },
              new Uint8Array(length),
            ),
      );
      const error = await rejectedBy(
        downloadFile(optionsFor(folder.join("a"), server.url, breakAt(server, CUT))),
      );
      expect(error.code).toBe(code);
    }
  });

  test("downloadFile() throws DOWNLOAD_STALLED when a server stops in the middle, and keeps what came", async () => {
    using folder = createTempDir();
    await using server = await startRawServer(({ socket }) => {
      socket.write(printHead(200, { "content-length": `${CONTENT.length}`, etag: '"v1"' }));
      socket.write(CONTENT.subarray(0, 5000));
    });
    const impatient = { policy: { ...policy, stallMs: 30, attemptsMax: 2 } };
    const error = await rejectedBy(
      downloadFile(optionsFor(folder.join("a"), server.url, impatient)),
    );
    expect(error.code).toBe("DOWNLOAD_STALLED");
    expect(ranges(server)).toEqual(["all", "bytes=5000-"]);
    expect(readFileSync(folder.join("a.partial")).length).toBe(5000);
  });

  test("downloadFile() gives up when every attempt brings a byte, and goes on when each brings many", async () => {
    using folder = createTempDir();
    const stingy = async (step: number, progressByteLength: number) => {
      await using server = await startRawServer((request) => {
        const from = Number(/\d+/.exec(request.headers["range"] ?? "0")?.[0]);
        const head = { etag: '"v1"', "content-range": `bytes ${from}-99999/100000` };
        const length = { "content-length": `${CONTENT.length - from}` };
        request.socket.write(printHead(from === 0 ? 200 : 206, { ...head, ...length }));
        request.socket.write(CONTENT.subarray(from, from + step));
      });
      const options = optionsFor(folder.join(`a${step}`), server.url, {
        policy: { ...policy, progressByteLength },
        ...breakAt(server, step),
      });
      const outcome = await downloadFile(options).catch((error) => error.code);
      return [outcome.sha256 ?? outcome, server.requests.length];
    };
    expect(await stingy(1, 10)).toEqual(["DOWNLOAD_UNREACHABLE", 5]);
    expect(await stingy(10_000, 10_000)).toEqual([DIGEST, 10]);
  });

  test("downloadFile() writes over no folder and through no link", async () => {
    using folder = createTempDir();
    await using server = await startRawServer((request) => request.answer(200, {}, CONTENT));
    mkdirSync(folder.join("a"));
    writeFileSync(folder.join("a", "x"), "");
    const error = await rejectedBy(downloadFile(optionsFor(folder.join("a"), server.url)));
    expect(error.code).toBe("IO_NOT_A_FILE");
  });
});
