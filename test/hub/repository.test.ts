// Fetching from a hub into the cache of its clients, against a local server that speaks its API.
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type HubEnvironment, openHubRepository } from "../../src/hub/index.ts";
import { rejectedBy } from "../helper/coded.ts";
import { HUB_REPOSITORY, type HubServer, refuse, startHubServer } from "../helper/hub-server.ts";
import { startRawServer } from "../helper/raw-server.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";

const FILES = {
  "config.json": "{}",
  "onnx/model.onnx": new Uint8Array(100_000).fill(7),
  "README.md": "# Model",
};
const NAMES = Object.keys(FILES);

function environment(
  server: HubServer,
  folder: TempDir,
  more: Partial<HubEnvironment> = {},
): HubEnvironment {
  return {
    endpoint: server.endpoint,
    cacheFolder: folder.path,
    token: undefined,
    isOffline: false,
    ...more,
  };
}

const MAIN = { repository: HUB_REPOSITORY, revision: "main" };

async function fetchAll(hub: HubEnvironment, names: readonly string[] = NAMES, reference = MAIN) {
  const repository = await openHubRepository(reference, hub);
  await repository.fetch(names);
  repository.finish();
  return repository;
}

function bytesAsked(server: HubServer): string[] {
  return server.requests
    .filter(({ method, path }) => method === "GET" && !path.startsWith("/api/"))
    .map(({ path }) => path);
}

describe("openHubRepository()", () => {
  test("openHubRepository() fetches at the commit into the layout of the hub's cache", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const commit = server.commit(FILES);
    const repository = await fetchAll(environment(server, folder));
    const root = folder.join("models--org--tiny-model");
    expect(repository).toMatchObject({
      commit,
      folder: `${root}/snapshots/${commit}`,
      isOffline: false,
    });
    for (const [name, content] of Object.entries(FILES)) {
      expect(readFileSync(`${repository.folder}/${name}`)).toEqual(Buffer.from(content));
    }
    // No line break: the hub's clients read the file as it is.
    expect(readFileSync(`${root}/refs/main`, "utf8")).toBe(commit);
    expect(readlinkSync(`${repository.folder}/onnx/model.onnx`)).toMatch(
      /^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/,
    );
    expect(readlinkSync(`${repository.folder}/config.json`)).toMatch(
      /^\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/,
    );
    expect(readdirSync(`${root}/blobs`).filter((name) => !/^[0-9a-f]{40,64}$/.test(name))).toEqual(
      [],
    );
    expect(bytesAsked(server).filter((path) => path.includes("/resolve/"))).toEqual(
      NAMES.map((name) => `/org/tiny-model/resolve/${commit}/${name}`),
    );
  });

  test("openHubRepository() sends the token to the hub and not to where it redirects", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    server.token = "hf_secret";
    await fetchAll(environment(server, folder, { token: "hf_secret" }));
    const authorized = (name: string) =>
      server.requests
        .filter((asked) => asked.server === name)
        .map(({ headers }) => headers.get("authorization"));
    expect(new Set(authorized("hub"))).toEqual(new Set(["Bearer hf_secret"]));
    expect(authorized("cdn")).toEqual([null]);
  });

  test("fetch() asks for nothing that is in the cache, whoever put it there", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const commit = server.commit(FILES);
    await fetchAll(environment(server, folder));
    const first = server.requests.length;
    await fetchAll(environment(server, folder));
    expect(server.requests.slice(first).map(({ path }) => path)).toEqual([
      "/api/models/org/tiny-model/revision/main?blobs=true",
    ]);
    // As the hub's clients do where links cannot be made: the file itself lies in the snapshot.
    const path = folder.join("models--org--tiny-model", "snapshots", commit, "config.json");
    rmSync(path);
    writeFileSync(path, FILES["config.json"]);
    await fetchAll(environment(server, folder));
    expect(server.requests.length).toBe(first + 2);
  });

  test("fetch() shares files between commits, and pins what a branch stood for", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const before = server.commit(FILES);
    await fetchAll(environment(server, folder));
    const after = server.commit({ ...FILES, "config.json": '{"a": 1}' });
    const count = server.requests.length;
    const repository = await fetchAll(environment(server, folder));
    expect(repository.commit).toBe(after);
    expect(
      server.requests
        .slice(count)
        .filter(({ method }) => method === "GET")
        .map(({ path }) => path),
    ).toEqual([
      "/api/models/org/tiny-model/revision/main?blobs=true",
      `/org/tiny-model/resolve/${after}/config.json`,
    ]);
    expect(
      (await fetchAll(environment(server, folder), NAMES, { ...MAIN, revision: before })).commit,
    ).toBe(before);
    expect(readdirSync(folder.join("models--org--tiny-model", "refs"))).toEqual(["main"]);
  });

  test("fetch() stays at the commit that was listed when the branch moves meanwhile", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const commit = server.commit(FILES);
    const repository = await openHubRepository(MAIN, environment(server, folder));
    server.commit({ "config.json": "moved" });
    await repository.fetch(NAMES);
    expect(repository.commit).toBe(commit);
    expect(readFileSync(`${repository.folder}/config.json`, "utf8")).toBe("{}");
  });

  test("fetch() of two at once transfers everything once", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const hub = environment(server, folder);
    await Promise.all([fetchAll(hub), fetchAll(hub)]);
    await fetchAll({ ...hub, isOffline: true });
    expect(server.requests.filter((asked) => asked.server === "cdn")).toHaveLength(1);
    const blobs = readdirSync(folder.join("models--org--tiny-model", "blobs"));
    expect(blobs.filter((name) => !/^[0-9a-f]+$/.test(name))).toEqual([]);
  });

  test("fetch() writes no ref before finish()", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const repository = await openHubRepository(MAIN, environment(server, folder));
    await repository.fetch(NAMES);
    expect(existsSync(folder.join("models--org--tiny-model", "refs"))).toBe(false);
  });

  test("fetch() tells progress up to all bytes", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const told: [number, number][] = [];
    const repository = await openHubRepository(MAIN, environment(server, folder));
    await repository.fetch(NAMES, { onProgress: (_file, done, total) => told.push([done, total]) });
    const total = 100_000 + 2 + 7;
    expect(told.at(-1)).toEqual([total, total]);
    expect(told.every(([done], index) => done >= (told[index - 1]?.[0] ?? 0))).toBe(true);
  });
});

describe("integrity", () => {
  test("fetch() leaves no blob of other bytes: DOWNLOAD_DIFFERS, HUB_FILE_DIFFERS", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    server.intercept = ({ method, path, server: name }) => {
      if (name === "cdn") return new Response(new Uint8Array(100_000));
      const isSmall = method === "GET" && path.endsWith("/config.json");
      return isSmall ? new Response("[]") : undefined;
    };
    const repository = await openHubRepository(MAIN, environment(server, folder));
    expect((await rejectedBy(repository.fetch(["onnx/model.onnx"]))).code).toBe("DOWNLOAD_DIFFERS");
    const error = await rejectedBy(repository.fetch(["config.json"]));
    expect(error.code).toBe("HUB_FILE_DIFFERS");
    const blobs = folder.join("models--org--tiny-model", "blobs");
    expect(readdirSync(blobs)).toEqual([]);
    expect(existsSync(repository.folder)).toBe(false);
  });

  test("fetch() fetches what was changed in the cache again", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const { folder: snapshot } = await fetchAll(environment(server, folder));
    for (const name of NAMES) writeFileSync(`${snapshot}/${name}`, "changed");
    await fetchAll(environment(server, folder));
    for (const [name, content] of Object.entries(FILES)) {
      expect(readFileSync(`${snapshot}/${name}`)).toEqual(Buffer.from(content));
    }
  });

  test("fetch() goes on when a connection broke", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const bytes = FILES["onnx/model.onnx"];
    await using breaking = await startRawServer(({ headers, index, answer, socket }) => {
      const start = Number(/^bytes=(\d+)-$/.exec(headers["range"] ?? "")?.[1] ?? 0);
      const etag = '"of-the-cdn"';
      if (index === 0) {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\netag: ${etag}\r\n\r\n`);
        socket.end(bytes.subarray(0, 60_000));
        return;
      }
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      answer(start === 0 ? 200 : 206, { etag, "content-range": range }, bytes.subarray(start));
    });
    server.intercept = ({ method, path }) =>
      method === "GET" && path.endsWith("/model.onnx")
        ? Response.redirect(breaking.url, 302)
        : undefined;
    const { folder: snapshot } = await fetchAll(environment(server, folder));
    expect(readFileSync(`${snapshot}/onnx/model.onnx`)).toEqual(Buffer.from(bytes));
    expect(breaking.requests.length).toBeGreaterThan(1);
  });

  test.each([
    ["another commit", { "x-repo-commit": "0".repeat(40) }],
    ["another digest", { etag: `"${"0".repeat(40)}"` }],
  ])(
    "fetch() refuses a file that is announced with %s: HUB_ANSWER_INVALID",
    async (_name, headers) => {
      using folder = createTempDir();
      await using server = startHubServer();
      server.commit(FILES);
      server.intercept = ({ method }) =>
        method === "HEAD" ? new Response("", { headers }) : undefined;
      const repository = await openHubRepository(MAIN, environment(server, folder));
      expect((await rejectedBy(repository.fetch(["config.json"]))).code).toBe("HUB_ANSWER_INVALID");
      expect(bytesAsked(server)).toEqual([]);
    },
  );

  test("fetch() takes a file's header for the digest the listing lacks, and refuses files without any", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const sha = server.commit(FILES);
    server.intercept = ({ path, method }) => {
      if (path.startsWith("/api/")) {
        return Response.json({ sha, siblings: NAMES.map((rfilename) => ({ rfilename })) });
      }
      const isBare = method === "HEAD" && path.endsWith("README.md");
      return isBare ? new Response("", { headers: { etag: 'W/"1"' } }) : undefined;
    };
    const repository = await openHubRepository(MAIN, environment(server, folder));
    await repository.fetch(["config.json", "onnx/model.onnx"]);
    expect(readFileSync(`${repository.folder}/config.json`, "utf8")).toBe("{}");
    expect((await rejectedBy(repository.fetch(["README.md"]))).code).toBe("HUB_ANSWER_INVALID");
  });
});

describe("refusals", () => {
  test.each([
    [401, "GatedRepo", "HUB_DENIED", /accept their conditions.*set HF_TOKEN/],
    [403, "GatedRepo", "HUB_DENIED", /accept their conditions/],
    [401, "RepoNotFound", "HUB_NOT_FOUND", /set HF_TOKEN if it is private/],
    [404, "RepoNotFound", "HUB_NOT_FOUND", /no such repository/],
    [404, "RevisionNotFound", "HUB_NOT_FOUND", /no revision "main"/],
    [403, "", "HUB_DENIED", /token in HF_TOKEN may read/],
  ] as const)("openHubRepository() of an answer %d %s", async (status, reason, code, message) => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.intercept = () => refuse(status, reason);
    const error = await rejectedBy(openHubRepository(MAIN, environment(server, folder)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test("openHubRepository() says that a repository was disabled, and never shows the token", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const headers = { "x-error-message": "Access to this resource is disabled." };
    server.intercept = () => new Response("", { status: 403, headers });
    const disabled = await rejectedBy(openHubRepository(MAIN, environment(server, folder)));
    expect(disabled.message).toContain("disabled");
    server.intercept = () => refuse(401, "RepoNotFound");
    const hub = environment(server, folder, { token: "hf_secret" });
    const { message, detail } = await rejectedBy(openHubRepository(MAIN, hub));
    expect(message).toContain("whether the token in HF_TOKEN may read it");
    expect(message + JSON.stringify(detail)).not.toContain("hf_secret");
  });

  test("fetch() says that files of a repository whose listing is open are gated, or gone", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const repository = await openHubRepository(MAIN, environment(server, folder));
    server.intercept = () => refuse(403, "GatedRepo");
    expect((await rejectedBy(repository.fetch(["config.json"]))).code).toBe("HUB_DENIED");
    server.intercept = () => refuse(404, "EntryNotFound");
    const gone = await rejectedBy(repository.fetch(["config.json"]));
    expect(gone.message).toContain('no file "config.json" any more');
  });

  test.each([
    ["<html>", /JSON/],
    ["[]", /a commit/],
    ['{"sha": "main"}', /a commit/],
    [`{"sha": "${"a".repeat(40)}"}`, /a list/],
    [`{"sha": "${"a".repeat(40)}", "siblings": [{}]}`, /a name/],
  ])("openHubRepository() refuses the listing %s: HUB_ANSWER_INVALID", async (text, message) => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.intercept = () => new Response(text);
    const error = await rejectedBy(openHubRepository(MAIN, environment(server, folder)));
    expect(error.code).toBe("HUB_ANSWER_INVALID");
    expect(error.message).toMatch(message);
  });

  test("openHubRepository() reads no listing of more files than a model has: HUB_ANSWER_INVALID", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const siblings = Array.from({ length: 50_001 }, () => ({ rfilename: "a" }));
    server.intercept = () => Response.json({ sha: "a".repeat(40), siblings });
    const many = await rejectedBy(openHubRepository(MAIN, environment(server, folder)));
    expect(many.code).toBe("HUB_ANSWER_INVALID");
    server.intercept = () => new Response(`{"a": "${"x".repeat(17_000_000)}"}`);
    const long = await rejectedBy(openHubRepository(MAIN, environment(server, folder)));
    expect(long.code).toBe("DOWNLOAD_TOO_LARGE");
  });

  test("openHubRepository() knows no files whose names lead elsewhere", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const names = [
      "../a",
      "/etc/passwd",
      "a/../b",
      "a//b",
      "./a",
      "a\\b",
      "a\nb",
      "",
      "x".repeat(300),
      "ok/a",
    ];
    const sha = "a".repeat(40);
    server.intercept = () =>
      Response.json({ sha, siblings: names.map((rfilename) => ({ rfilename })) });
    const repository = await openHubRepository(MAIN, environment(server, folder));
    expect([...repository.files.keys()]).toEqual(["ok/a"]);
  });
});

describe("offline", () => {
  test("openHubRepository() uses what the cache holds, and asks nobody", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    const commit = server.commit(FILES);
    await fetchAll(environment(server, folder));
    const count = server.requests.length;
    const hub = environment(server, folder, { isOffline: true });
    const repository = await fetchAll(hub);
    expect(repository).toMatchObject({ commit, isOffline: true });
    expect([...repository.files.keys()].sort()).toEqual([...NAMES].sort());
    expect((await fetchAll(hub, NAMES, { ...MAIN, revision: commit })).commit).toBe(commit);
    expect(server.requests.length).toBe(count);
  });

  test.each(["main", "v1", "b".repeat(40)])(
    "openHubRepository() misses %s in the cache: HUB_NOT_FOUND",
    async (revision) => {
      using folder = createTempDir();
      await using server = startHubServer();
      mkdirSync(folder.join("models--org--tiny-model", "refs"), { recursive: true });
      writeFileSync(folder.join("models--org--tiny-model", "refs", "main"), "../../elsewhere");
      const hub = environment(server, folder, { isOffline: true });
      const error = await rejectedBy(openHubRepository({ ...MAIN, revision }, hub));
      expect(error.code).toBe("HUB_NOT_FOUND");
      expect(server.requests).toEqual([]);
    },
  );

  test("openHubRepository() tells of the cache when nobody answers, and does not use it unasked", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    await fetchAll(environment(server, folder));
    const gone = environment(server, folder, { endpoint: "http://127.0.0.1:1" });
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const error = await rejectedBy(
      openHubRepository(MAIN, gone, { onNote, policy: { pauseMs: 1 } }),
    );
    expect(error.code).toBe("DOWNLOAD_UNREACHABLE");
    expect(notes.at(-1)).toBe(
      'The cache has "hf:org/tiny-model@main": build with --offline to use it',
    );
  });

  test("fetch() refuses files that were changed in the cache: HUB_FILE_DIFFERS", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const { folder: snapshot } = await fetchAll(environment(server, folder));
    writeFileSync(`${snapshot}/config.json`, "changed");
    const error = await rejectedBy(fetchAll(environment(server, folder, { isOffline: true })));
    expect(error.code).toBe("HUB_FILE_DIFFERS");
  });

  test("fetch() follows the links of the client's store for all repositories", async () => {
    using folder = createTempDir();
    await using server = startHubServer();
    server.commit(FILES);
    const { folder: snapshot, files } = await fetchAll(environment(server, folder));
    const hex = files.get("onnx/model.onnx")?.digest?.hex ?? "";
    const blob = folder.join("models--org--tiny-model", "blobs", hex);
    mkdirSync(folder.join("blobs", "ab"), { recursive: true });
    writeFileSync(folder.join("blobs", "ab", "ab01"), readFileSync(blob));
    rmSync(blob);
    symlinkSync("../../blobs/ab/ab01", blob);
    const count = server.requests.length;
    await fetchAll(environment(server, folder));
    expect(server.requests.length).toBe(count + 1);
    expect(readFileSync(`${snapshot}/onnx/model.onnx`).length).toBe(100_000);
  });
});
