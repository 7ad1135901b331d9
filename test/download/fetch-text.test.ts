// Small answers over the network: redirects, credentials, statuses, and servers that lie.
import { expect, test } from "bun:test";
import { fetchJson, fetchText, type TextOptions } from "../../src/download/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import { printHead, type RawRequest, startRawServer } from "../helper/raw-server.ts";

/** Pauses are not what is tested. */
const policy = { pauseMs: 1, pauseMsMax: 2 };

function options(url: string, more: Partial<TextOptions> = {}): TextOptions {
  return { url, byteLengthMax: 1000, policy, ...more };
}

test("fetchText() gives text, status, headers and the way there", async () => {
  await using server = await startRawServer((request) => {
    if (request.path === "/b")
      return request.answer(200, { "x-last": "2" }, "\ufeffgr\u00fc\u00dfe");
    request.answer(302, { location: "/b", "x-first": "1" }, "gone");
  });
  const answer = await fetchText(options(`${server.url}/a`));
  expect(answer.text).toBe("gr\u00fc\u00dfe");
  expect(answer.url).toBe(`${server.url}/b`);
  expect(answer.headers.get("x-last")).toBe("2");
  expect(answer.hops.map(({ status, headers }) => [status, headers.get("x-first")])).toEqual([
    [302, "1"],
    [200, null],
  ]);
});

test("fetchText() asks for the head alone", async () => {
  await using server = await startRawServer((request) =>
    request.answer(200, { "x-linked-size": "7", "content-length": "1000000" }),
  );
  const answer = await fetchText(options(server.url, { method: "HEAD" }));
  expect(answer.text).toBe("");
  expect(answer.headers.get("x-linked-size")).toBe("7");
  expect(server.requests[0]?.method).toBe("HEAD");
});

test("fetchText() shows a redirect it is told not to follow", async () => {
  await using other = await startRawServer((request) => request.answer(200, {}, "other"));
  await using server = await startRawServer((request) => {
    const location = request.path === "/a" ? "/b" : `${other.url}/c`;
    request.answer(307, { location });
  });
  const same = await fetchText(options(`${server.url}/a`, { redirects: "same-origin" }));
  expect(same.status).toBe(307);
  expect(same.headers.get("location")).toBe(`${other.url}/c`);
  expect(same.hops).toHaveLength(2);
  const none = await fetchText(options(`${server.url}/a`, { redirects: "none" }));
  expect(none.headers.get("location")).toBe("/b");
  expect(other.requests).toHaveLength(0);
});

test("fetchText() leaves headers and password behind when a redirect leaves the origin", async () => {
  await using other = await startRawServer((request) => {
    if (request.path === "/end") return request.answer(200, {}, "done");
    request.answer(302, { location: `${server.url}/back` });
  });
  await using server: Awaited<ReturnType<typeof startRawServer>> = await startRawServer(
    (request) => {
      if (request.path === "/a") return request.answer(302, { location: "/same" });
      request.answer(302, {
        location: request.path === "/same" ? `${other.url}/out` : `${other.url}/end`,
      });
    },
  );
  const seen = (request: RawRequest) => [request.path, request.headers["authorization"]];
  const headers = { authorization: "Bearer secret" };
  await fetchText(options(`${server.url}/a`, { headers }));
  expect(server.requests.map(seen)).toEqual([
    ["/a", "Bearer secret"],
    ["/same", "Bearer secret"],
    ["/back", undefined],
  ]);
  expect(other.requests.map(seen)).toEqual([
    ["/out", undefined],
    ["/end", undefined],
  ]);
  await fetchText(options(`http://us%65r:p%@127.0.0.1:${server.port}/a`));
  expect(server.requests[3]?.headers["authorization"]).toBe(`Basic ${btoa("user:p%")}`);
  expect(other.requests[2]?.headers["authorization"]).toBeUndefined();
});

test.each([
  ["in a circle", "/again", "redirects must be at most 10: found 11 redirects"],
  ["to a file", "file:///etc/passwd", "must be https: or http:: found one to file:"],
  ["to nowhere", "http://[", "must be an address"],
])("fetchText() throws DOWNLOAD_BAD_REDIRECT for one %s", async (_, location, message) => {
  await using server = await startRawServer((request) => request.answer(302, { location }));
  const error = await rejectedBy(fetchText(options(server.url)));
  expect(error.code).toBe("DOWNLOAD_BAD_REDIRECT");
  expect(error.message).toContain(message);
});

test.each([
  [401, "DOWNLOAD_DENIED"],
  [403, "DOWNLOAD_DENIED"],
  [404, "DOWNLOAD_NOT_FOUND"],
  [410, "DOWNLOAD_NOT_FOUND"],
  [400, "DOWNLOAD_BAD_ANSWER"],
  [204, "DOWNLOAD_BAD_ANSWER"],
  [304, "DOWNLOAD_BAD_ANSWER"],
] as const)("fetchText() of status %d throws %s at once", async (status, code) => {
  await using server = await startRawServer((request) => request.answer(status, {}, "no"));
  const error = await rejectedBy(fetchText(options(`${server.url}/a?token=secret`)));
  expect(error.code).toBe(code);
  expect(error.message).toContain(`${server.url}/a?...`);
  expect(error.message).not.toContain("secret");
  expect(server.requests).toHaveLength(1);
});

test("fetchText() gives the answer of a status it is told to take", async () => {
  await using server = await startRawServer((request) =>
    request.answer(404, { "x-error-code": "RepoNotFound" }, "nothing"),
  );
  const answer = await fetchText(options(server.url, { statuses: [404] }));
  expect([answer.status, answer.text]).toEqual([404, "nothing"]);
  expect(answer.headers.get("x-error-code")).toBe("RepoNotFound");
});

test.each([500, 502, 503, 504, 429, 408])(
  "fetchText() tries again after %d, and says so",
  async (status) => {
    await using server = await startRawServer((request) =>
      request.index < 2 ? request.answer(status) : request.answer(200, {}, "at last"),
    );
    const notes: string[] = [];
    const answer = await fetchText(options(server.url, { onNote: (note) => notes.push(note) }));
    expect(answer.text).toBe("at last");
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain(`as the server answered ${status}; trying again in 0.0 s`);
  },
);

test("fetchText() gives up with DOWNLOAD_SERVER_FAILED after five attempts", async () => {
  await using server = await startRawServer((request) => request.answer(503));
  const error = await rejectedBy(fetchText(options(server.url)));
  expect([error.code, error.kind]).toEqual(["DOWNLOAD_SERVER_FAILED", "overloaded"]);
  expect(server.requests).toHaveLength(5);
});

test("fetchText() does not wait for hours, whatever Retry-After says", async () => {
  await using server = await startRawServer((request) =>
    request.answer(429, {
      "retry-after": request.path === "/s" ? "3600" : "Fri, 01 Jan 2100 00:00:00 GMT",
    }),
  );
  for (const path of ["/s", "/d"]) {
    const error = await rejectedBy(fetchText(options(`${server.url}${path}`)));
    expect(error.code).toBe("DOWNLOAD_SERVER_FAILED");
    expect(error.detail["retryAfter"]).toMatch(/3600|2100/);
  }
  expect(server.requests).toHaveLength(2);
});

test("fetchText() comes back when Retry-After says so", async () => {
  await using server = await startRawServer((request) =>
    request.index === 0
      ? request.answer(429, { "retry-after": "0" })
      : request.answer(503, { "retry-after": "nonsense" }),
  );
  await rejectedBy(fetchText(options(server.url)));
  expect(server.requests).toHaveLength(5);
});

test.each([
  ["more than is expected", {}, "x".repeat(1001), "DOWNLOAD_TOO_LARGE"],
  ["bytes that are no text", {}, new Uint8Array([0xff, 0xfe]), "DOWNLOAD_BAD_ANSWER"],
  ["compressed bytes nobody asked for", { "content-encoding": "gzip" }, "x", "DOWNLOAD_BAD_ANSWER"],
] as const)("fetchText() refuses %s", async (_, headers, body, code) => {
  await using server = await startRawServer((request) => request.answer(200, headers, body));
  expect((await rejectedBy(fetchText(options(server.url)))).code).toBe(code);
  expect(server.requests[0]?.headers["accept-encoding"]).toBe("identity");
});

test("fetchText() throws DOWNLOAD_STALLED when a server takes the request and says nothing", async () => {
  await using server = await startRawServer(() => undefined);
  const impatient = { ...policy, answerMs: 20, attemptsMax: 2 };
  const error = await rejectedBy(fetchText(options(server.url, { policy: impatient })));
  expect([error.code, error.kind]).toEqual(["DOWNLOAD_STALLED", "timeout"]);
  expect(error.message).toContain("as nothing came for 0.02 s");
});

test("fetchText() throws DOWNLOAD_STALLED when a body trickles", async () => {
  await using server = await startRawServer(({ socket }) => {
    socket.write(printHead(200, { "content-length": "1000" }));
    const drip = setInterval(() => socket.write("."), 5);
    socket.on("close", () => clearInterval(drip));
  });
  const impatient = { ...policy, stallMs: 60, attemptsMax: 1 };
  const error = await rejectedBy(fetchText(options(server.url, { policy: impatient })));
  expect(error.code).toBe("DOWNLOAD_STALLED");
});

test("fetchText() throws DOWNLOAD_UNREACHABLE when nobody listens or nothing sensible comes", async () => {
  await using server = await startRawServer(({ socket }) => socket.end("hello\r\n\r\n"));
  const once = { policy: { attemptsMax: 1 } };
  const garbled = await rejectedBy(fetchText(options(server.url, once)));
  expect(garbled.code).toBe("DOWNLOAD_UNREACHABLE");
  const url = server.url;
  await server[Symbol.asyncDispose]();
  const refused = await rejectedBy(fetchText(options(url, once)));
  expect(refused.message).toContain("as the connection failed (ECONNREFUSED)");
});

test("fetchText() refuses file addresses", async () => {
  expect((await rejectedBy(fetchText(options("file:///etc/hostname")))).code).toBe(
    "DOWNLOAD_BAD_URL",
  );
});

test("fetchJson() gives the value, or shows what it found instead", async () => {
  await using server = await startRawServer((request) =>
    request.answer(200, {}, request.path === "/a" ? '{"a": [1]}' : "<html>\nlog in"),
  );
  expect((await fetchJson(options(`${server.url}/a`))).value).toEqual({ a: [1] });
  const error = await rejectedBy(fetchJson(options(`${server.url}/b`)));
  expect(error.code).toBe("DOWNLOAD_BAD_ANSWER");
  expect(error.message).toContain('it must have JSON: found "<html> log in"');
});
