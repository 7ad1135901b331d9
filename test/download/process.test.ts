// Several processes that fetch the same file, and one that is killed while it does.
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { downloadFile } from "../../src/download/index.ts";
import { sha256, toHex } from "../../src/io/index.ts";
import { hasOpenssl, makeCertificate } from "../helper/certificate.ts";
import { answerCut, answerRange, printHead, startRawServer } from "../helper/raw-server.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, place) => place * 31 + (place >> 8));
const DIGEST = toHex(sha256(CONTENT));
const CUT = 200_000;

/** A process that downloads; prints a line for each note and each progress, and the result or the code at last. */
function startProcess(
  folder: TempDir,
  options: { readonly url: string; readonly sha256?: string },
  env: Readonly<Record<string, string>> = {},
) {
  const script = `
    import { downloadFile } from ${JSON.stringify(join(ROOT, "src/download/index.ts"))};
    const say = (kind, value) => console.log(JSON.stringify({ kind, value }));
    const options = {
      ...${JSON.stringify(options)},
      path: ${JSON.stringify(folder.join("a"))},
      byteLengthMax: 1e6,
      policy: { lockMs: 1, pauseMs: 1 },
      onNote: (note) => say("note", note),
      onProgress: (done) => say("done", done),
    };
    downloadFile(options).then((result) => say("result", result), (error) => say("error", error));`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, ...env },
  });
  const lines: { kind: string; value: Record<string, unknown> | number | string }[] = [];
  let wake = () => undefined as unknown;
  const reading = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stdout) {
      rest += decoder.decode(chunk, { stream: true });
      const complete = rest.split("\n");
      rest = complete.pop() ?? "";
      lines.push(...complete.map((line) => JSON.parse(line)));
      wake();
    }
  })();
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
    /** Resolves once a line is like this. */
    until: async (kind: string, value?: number) => {
      const isThere = () =>
        lines.some((line) => line.kind === kind && (value === undefined || line.value === value));
      while (!isThere()) {
        await new Promise<void>((resolve) => {
          wake = () => resolve();
        });
      }
    },
    end: async () => {
      await reading;
      return lines.at(-1);
    },
  };
}

test("downloadFile() of two processes fetches once, and both have the file", async () => {
  using folder = createTempDir();
  const go = Promise.withResolvers<void>();
  await using server = await startRawServer(async ({ socket }) => {
    socket.write(printHead(200, { "content-length": `${CONTENT.length}`, connection: "close" }));
    socket.write(CONTENT.subarray(0, CUT));
    await go.promise;
    socket.end(CONTENT.subarray(CUT));
  });
  const first = startProcess(folder, { url: server.url });
  await first.until("done", CUT);
  const second = startProcess(folder, { url: server.url });
  await second.until("note");
  go.resolve();
  const [one, two] = [await first.end(), await second.end()];
  expect(one).toMatchObject({ kind: "result", value: { sha256: DIGEST } });
  expect(two).toMatchObject({
    kind: "result",
    value: { sha256: DIGEST, transferredByteLength: 0 },
  });
  expect(server.requests).toHaveLength(1);
  expect(readdirSync(folder.path)).toEqual(["a"]);
});

test("downloadFile() goes on for a process that was killed while another waited", async () => {
  using folder = createTempDir();
  await using server = await startRawServer((request) =>
    request.index === 0
      ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
      : answerRange(request, CONTENT, '"v1"'),
  );
  const first = startProcess(folder, { url: server.url });
  await first.until("done", CUT);
  const second = startProcess(folder, { url: server.url });
  await second.until("note");
  await first.kill();
  expect(await second.end()).toMatchObject({
    kind: "result",
    value: { sha256: DIGEST, transferredByteLength: CONTENT.length - CUT },
  });
});

test("downloadFile() fetches only the rest after kill -9", async () => {
  using folder = createTempDir();
  await using server = await startRawServer((request) =>
    request.index === 0
      ? answerCut(request, { content: CONTENT, byteLength: CUT, headers: { etag: '"v1"' } })
      : answerRange(request, CONTENT, '"v1"'),
  );
  const first = startProcess(folder, { url: server.url, sha256: DIGEST });
  await first.until("done", CUT);
  await first.kill();
  expect(existsSync(folder.join("a"))).toBe(false);
  const result = await downloadFile({
    url: server.url,
    path: folder.join("a"),
    sha256: DIGEST,
    byteLengthMax: 1e6,
  });
  expect(result.transferredByteLength).toBe(CONTENT.length - CUT);
  expect(server.requests[1]?.headers["range"]).toBe(`bytes=${CUT}-`);
  expect(readFileSync(folder.join("a")).equals(CONTENT)).toBe(true);
  expect(readdirSync(folder.path)).toEqual(["a"]);
});

test("downloadFile() of many calls in one process fetches once", async () => {
  using folder = createTempDir();
  await using server = await startRawServer((request) => request.answer(200, {}, CONTENT));
  const options = {
    url: server.url,
    path: folder.join("a"),
    sha256: DIGEST,
    byteLengthMax: 1e6,
    policy: { lockMs: 1 },
  };
  const results = await Promise.all(Array.from({ length: 8 }, () => downloadFile(options)));
  expect(results.map((result) => result.sha256)).toEqual(Array(8).fill(DIGEST));
  expect(server.requests).toHaveLength(1);
  expect(readdirSync(folder.path)).toEqual(["a"]);
});

test.skipIf(!hasOpenssl)(
  "downloadFile() believes certificates of NODE_EXTRA_CA_CERTS, follows nobody from https to http",
  async () => {
    using folder = createTempDir();
    using out = createTempDir();
    const certificate = makeCertificate(folder, "server");
    await using plain = await startRawServer((request) => request.answer(200, {}, CONTENT));
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      tls: { cert: certificate.cert, key: certificate.key },
      fetch: ({ url }) =>
        url.endsWith("/down")
          ? new Response(null, { status: 302, headers: { location: plain.url } })
          : new Response(CONTENT),
    });
    try {
      const url = `https://127.0.0.1:${server.port}`;
      const trusting = { NODE_EXTRA_CA_CERTS: certificate.certPath };
      const untrusted = await startProcess(out, { url }).end();
      expect(untrusted).toMatchObject({ kind: "error", value: { code: "DOWNLOAD_UNTRUSTED" } });
      const down = await startProcess(out, { url: `${url}/down` }, trusting).end();
      expect(down).toMatchObject({ kind: "error", value: { code: "DOWNLOAD_BAD_REDIRECT" } });
      expect(plain.requests).toHaveLength(0);
      const trusted = await startProcess(out, { url }, trusting).end();
      expect(trusted).toMatchObject({ kind: "result", value: { sha256: DIGEST } });
    } finally {
      await server.stop(true);
    }
  },
);

test("downloadFile() goes through the proxy of HTTP_PROXY", async () => {
  using folder = createTempDir();
  await using proxy = await startRawServer((request) => request.answer(200, {}, CONTENT));
  const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: "", no_proxy: "" };
  const end = await startProcess(folder, { url: "http://elsewhere.invalid/a" }, env).end();
  expect(end).toMatchObject({ kind: "result", value: { sha256: DIGEST } });
  expect(proxy.requests[0]?.path).toBe("http://elsewhere.invalid/a");
});
