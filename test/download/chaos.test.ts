// Servers that misbehave at random: whatever they do, the file is one that was served, or there is none.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { downloadFile } from "../../src/download/index.ts";
import { isCodedError } from "../../src/error/index.ts";
import { sha256, toHex } from "../../src/io/index.ts";
import { answerRange, printHead, type RawRequest, startRawServer } from "../helper/raw-server.ts";
import { seededRandom } from "../helper/seeded-random.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const LENGTH = 40_000;
const RUNS = 60;
const VERSIONS = [1, 2].map((seed) =>
  Uint8Array.from({ length: LENGTH }, (_, place) => (place * 31 + (place >> 8)) ^ seed),
);
const DIGESTS = VERSIONS.map((bytes) => toHex(sha256(bytes)));
const policy = {
  pauseMs: 1,
  pauseMsMax: 1,
  stallMs: 100,
  answerMs: 1000,
  progressByteLength: 1000,
};

/** Answers a request in one of many ways, of which some are right. */
function misbehave(request: RawRequest, random: () => number): void {
  const version = random() < 0.3 ? 1 : 0;
  const content = VERSIONS[version] ?? new Uint8Array();
  const etag = `"v${version}"`;
  const from = Number(/\d+/.exec(request.headers["range"] ?? "0")?.[0]);
  const some = Math.floor(random() * LENGTH);
  const answers: readonly (() => void)[] = [
    () => answerRange(request, content, etag),
    () => answerRange(request, content, etag),
    // Knows no ranges.
    () => request.answer(200, { etag }, content),
    () => request.answer(503, { "retry-after": "0" }),
    () => request.answer(416, { "content-range": `bytes */${some}` }),
    // Ends before its length is reached.
    () => {
      request.socket.write(printHead(200, { "content-length": `${LENGTH}`, etag }));
      request.socket.end(content.subarray(0, some));
    },
    // Stops, and says no more.
    () => {
      request.socket.write(printHead(200, { "content-length": `${LENGTH}`, etag }));
      request.socket.write(content.subarray(0, some));
    },
    // Less than the rest, of whatever version.
    () => {
      const end = Math.min(from + some + 1, LENGTH);
      const range = { "content-range": `bytes ${from}-${end - 1}/${LENGTH}`, etag };
      request.answer(206, range, content.subarray(from, end));
    },
    // Another part than was asked for.
    () => {
      const range = { "content-range": `bytes ${some}-${LENGTH - 1}/${LENGTH}`, etag };
      request.answer(206, range, content.subarray(some));
    },
    () => request.socket.destroy(),
    () => request.socket.end("nonsense\r\n\r\n"),
  ];
  answers[Math.floor(random() * answers.length)]?.();
}

test.each([
  ["with a digest", DIGESTS[0]],
  ["without one", undefined],
])(
  "downloadFile() %s never leaves a file that nobody served",
  async (_, digest) => {
    const random = seededRandom(7);
    let done = 0;
    for (let run = 0; run < RUNS; run++) {
      using folder = createTempDir();
      await using server = await startRawServer((request) => misbehave(request, random));
      const options = {
        url: server.url,
        path: folder.join("a"),
        byteLengthMax: LENGTH,
        policy,
        ...(digest === undefined ? {} : { sha256: digest }),
      };
      // What the first attempt leaves is what the second begins with.
      for (let attempt = 0; attempt < 2; attempt++) {
        const thrown = await downloadFile(options).then(
          () => undefined,
          (error: unknown) => error,
        );
        const isThere = readdirSync(folder.path).includes("a");
        if (thrown !== undefined && !isCodedError(thrown)) throw thrown;
        if (!isThere) continue;
        const found = toHex(sha256(readFileSync(folder.join("a"))));
        expect(digest === undefined ? DIGESTS : [digest]).toContain(found);
        done++;
      }
    }
    expect(done).toBeGreaterThan(0);
  },
  60_000,
);
