// A local server that speaks the API of the Hugging Face hub, with a second one in the role of its CDN: small files are
// answered by the first, large ones are redirected to the second, which must never see a token.
import { createHash } from "node:crypto";

export type HubRequest = {
  readonly server: "hub" | "cdn";
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
};

export type HubServer = AsyncDisposable & {
  readonly endpoint: string;
  readonly cdn: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly HubRequest[];
  /** Commits a state of the repository; the branch "main" then stands for it. */
  commit(files: Readonly<Record<string, string | Uint8Array>>): string;
  /** Answers before the hub does: for what a test wants to go wrong. */
  intercept: (request: HubRequest) => Response | undefined;
  /** A token without which nothing is answered. */
  token: string | undefined;
};

type Stored = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly blobId: string;
  readonly sha256: string;
  readonly isLarge: boolean;
};

/** Files from here on are kept in LFS, as are these. */
const LARGE_BYTES = 4096;
const LARGE_NAME = /\.(onnx|onnx_data|safetensors|bin|data)$/;

export const HUB_REPOSITORY = "org/tiny-model";

export function startHubServer(repository = HUB_REPOSITORY): HubServer {
  const requests: HubRequest[] = [];
  const commits = new Map<string, ReadonlyMap<string, Stored>>();
  const branches = new Map<string, string>();
  const blobs = new Map<string, Uint8Array>();
  const note = (server: "hub" | "cdn", request: Request): HubRequest => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const noted = { server, method, path: `${pathname}${search}`, headers: new Headers(headers) };
    requests.push(noted);
    return noted;
  };
  const cdn = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const noted = note("cdn", request);
      const intercepted = server.intercept(noted);
      if (intercepted !== undefined) return intercepted;
      const bytes = blobs.get(noted.path.slice(1));
      return bytes === undefined
        ? new Response("", { status: 404 })
        : answerRange(bytes, request.headers, { etag: '"of-the-cdn"' });
    },
  });
  const hub = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const noted = note("hub", request);
      const intercepted = server.intercept(noted);
      if (intercepted !== undefined) return intercepted;
      if (
        server.token !== undefined &&
        request.headers.get("authorization") !== `Bearer ${server.token}`
      ) {
        return refuse(401, "RepoNotFound");
      }
      return answer(decodeURIComponent(new URL(request.url).pathname), request);
    },
  });
  const answer = (path: string, request: Request): Response => {
    const api = `/api/models/${repository}/revision/`;
    const resolve = `/${repository}/resolve/`;
    if (path.startsWith(api)) {
      const sha = commitOf(path.slice(api.length));
      if (sha === undefined) return refuse(404, "RevisionNotFound");
      const siblings = [...(commits.get(sha)?.values() ?? [])].map(sibling);
      return Response.json({ id: repository, sha, private: false, gated: false, siblings });
    }
    if (!path.startsWith(resolve))
      return refuse(request.headers.has("authorization") ? 404 : 401, "RepoNotFound");
    const [revision = "", ...parts] = path.slice(resolve.length).split("/");
    const sha = commitOf(revision);
    const file = commits.get(sha ?? "")?.get(parts.join("/"));
    if (sha === undefined) return refuse(404, "RevisionNotFound");
    if (file === undefined) return refuse(404, "EntryNotFound");
    const headers = { "x-repo-commit": sha };
    if (!file.isLarge)
      return answerRange(file.bytes, request.headers, { ...headers, etag: `"${file.blobId}"` });
    return new Response(null, {
      status: 302,
      headers: {
        ...headers,
        "x-linked-etag": `"${file.sha256}"`,
        "x-linked-size": String(file.bytes.length),
        location: new URL(file.sha256, cdn.url).href,
      },
    });
  };
  const commitOf = (revision: string) =>
    commits.has(revision) ? revision : branches.get(revision);
  const server: HubServer = {
    endpoint: hub.url.href.replace(/\/$/, ""),
    cdn: cdn.url.href,
    requests,
    intercept: () => undefined,
    token: undefined,
    commit(files) {
      const stored = Object.entries(files).map(([name, content]) => store(name, content));
      for (const { sha256, bytes } of stored) blobs.set(sha256, bytes);
      const sha = createHash("sha1")
        .update(JSON.stringify([commits.size, stored.map(({ name, sha256 }) => [name, sha256])]))
        .digest("hex");
      commits.set(sha, new Map(stored.map((file) => [file.name, file])));
      branches.set("main", sha);
      return sha;
    },
    async [Symbol.asyncDispose]() {
      await hub.stop(true);
      await cdn.stop(true);
    },
  };
  return server;
}

function store(name: string, content: string | Uint8Array): Stored {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const isLarge = LARGE_NAME.test(name) || bytes.length >= LARGE_BYTES;
  const kept = isLarge ? Buffer.from(lfsPointer(sha256, bytes.length)) : bytes;
  const blobId = createHash("sha1").update(`blob ${kept.length}\0`).update(kept).digest("hex");
  return { name, bytes, blobId, sha256, isLarge };
}

/** What git holds of a file that is kept elsewhere. */
export function lfsPointer(sha256: string, byteLength: number): string {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${byteLength}\n`;
}

function sibling({ name, bytes, blobId, sha256, isLarge }: Stored) {
  const lfs = { sha256, size: bytes.length, pointerSize: lfsPointer(sha256, bytes.length).length };
  return { rfilename: name, size: bytes.length, blobId, ...(isLarge ? { lfs } : {}) };
}

/** As the hub refuses: the reason is in a header. */
export function refuse(status: number, code: string): Response {
  return Response.json({ error: code }, { status, headers: { "x-error-code": code } });
}

function answerRange(bytes: Uint8Array, asked: Headers, headers: Record<string, string>): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(asked.get("range") ?? "")?.[1] ?? 0);
  if (start === 0)
    return new Response(Uint8Array.from(bytes), {
      headers: { ...headers, "accept-ranges": "bytes" },
    });
  return new Response(Uint8Array.from(bytes.subarray(start)), {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` },
  });
}
