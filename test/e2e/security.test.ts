// Keys and certificates of a compiled server: where they come from, and that neither they nor inputs are ever told.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { connect } from "node:tls";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { hasOpenssl, makeCertificate } from "../helper/certificate.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, run } from "./executable.ts";
import { Watched } from "./watched.ts";

const folder = createTempDir();
let file: string;

beforeAll(async () => {
  file = await buildFile(
    folder.join("sentiment.encoderfile"),
    (await cachedDemoModels()).sentiment,
  );
});
afterAll(() => folder[Symbol.dispose]());

function serving(args: readonly string[] = [], env?: Readonly<Record<string, string>>): Watched {
  return new Watched([file, "serve", "--port", "0", ...args], env);
}

function predict(url: string, key?: string): Promise<Response> {
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  return fetch(`${url}/predict`, { method: "POST", headers, body: '{"inputs":["secret words"]}' });
}

/** Whose certificate a server shows. */
function nameAt(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", ca }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("keys", () => {
  const keys = folder.join("keys");
  writeFileSync(keys, "# who may ask\nfile-key-1   # a colleague\n\n  file-key-2\r\n");

  test("keys of file and variable count, and nothing secret is told", async () => {
    chmodSync(keys, 0o600);
    await using server = serving(["--api-key-file", keys], {
      ENCODERFILE_API_KEYS: "env-key-1, env-key-2",
    });
    const url = await server.url();
    await server.until(/ready after/);
    for (const key of ["file-key-1", "file-key-2", "env-key-1", "env-key-2"]) {
      expect([key, (await predict(url, key)).status]).toEqual([key, 200]);
    }
    for (const key of [undefined, "a", "#", "file-key-1 ", "colleague", "wrong-key"]) {
      const expected = key === "file-key-1 " ? 200 : 401;
      expect([key, (await predict(url, key)).status]).toEqual([key, expected]);
    }
    expect((await fetch(`${url}/health`)).status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await server.child.exited).toBe(0);
    expect(server.log).not.toMatch(/file-key|env-key|wrong-key|secret words/);
    expect(server.log).not.toContain("warning");
  });

  test("a file of keys that others may read is warned of", async () => {
    chmodSync(keys, 0o644);
    await using server = serving(["--api-key-file", keys]);
    await server.until(/ready after/);
    expect(server.log).toMatch(/warning: every user of this machine may read the file of API keys/);
  });

  test("a file without keys does not open the server to all", async () => {
    const empty = folder.join("empty");
    writeFileSync(empty, "# none yet\n");
    const { exitCode, stderr } = await run([file, "serve", "--port", "0", "--api-key-file", empty]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("API keys");
    const missing = await run([file, "serve", "--api-key-file", folder.join("missing")]);
    expect(missing.exitCode).toBe(5);
  });

  test("a server that others can reach warns unless it asks for keys", async () => {
    const open = ["--host", "0.0.0.0"];
    await using warned = serving(open);
    await warned.until(/warning: other machines may reach this server, and it asks for no key/);
    await using guarded = serving(open, { ENCODERFILE_API_KEYS: "key" });
    await guarded.until(/ready after/);
    expect(guarded.log).not.toContain("warning");
  });
});

describe.skipIf(!hasOpenssl)("certificates (needs openssl)", () => {
  const authority = makeCertificate(folder, "authority");
  const first = makeCertificate(folder, "first", authority);
  const second = makeCertificate(folder, "second", authority);
  const tls = { ca: authority.cert };

  test("HTTPS is served, and new certificates are taken when their files change", async () => {
    const certPath = folder.join("server.crt");
    const keyPath = folder.join("server.key");
    writeFileSync(certPath, first.cert);
    writeFileSync(keyPath, first.key);
    await using server = serving(["--tls-cert", certPath, "--tls-key", keyPath]);
    const url = await server.url();
    expect(url).toStartWith("https://");
    await server.until(/ready after/);
    expect((await fetch(`${url}/readyz`, { tls })).status).toBe(200);
    // One of the two alone does not fit, and is not taken.
    writeFileSync(certPath, second.cert);
    await server.until(/the old certificate stays/);
    expect((await fetch(`${url}/readyz`, { tls })).status).toBe(200);
    writeFileSync(keyPath, second.key);
    await server.until(/took the new certificate/);
    expect(await nameAt(Number(new URL(url).port), authority.cert)).toBe("second");
    expect(server.log).not.toContain(folder.path);
    server.child.kill("SIGTERM");
    expect(await server.child.exited).toBe(0);
  });

  test("clients without a certificate are not answered where one is asked for", async () => {
    await using server = serving([
      ...["--tls-cert", first.certPath, "--tls-key", first.keyPath],
      ...["--tls-client-ca", authority.certPath],
    ]);
    const url = await server.url();
    await server.until(/ready after/);
    const own = { ...tls, cert: second.cert, key: second.key };
    expect((await fetch(`${url}/readyz`, { tls: own })).status).toBe(200);
    expect(await fetch(`${url}/readyz`, { tls }).catch(() => "refused")).toBe("refused");
  });

  test.each<[string, readonly string[], number]>([
    ["without a key", ["--tls-cert", first.certPath], 2],
    ["with the key of another", ["--tls-cert", first.certPath, "--tls-key", second.keyPath], 3],
    ["with files that are none", ["--tls-cert", first.keyPath, "--tls-key", first.certPath], 3],
    ["that does not exist", ["--tls-cert", "/nowhere", "--tls-key", first.keyPath], 5],
    [
      "on a unix socket",
      ["--tls-cert", first.certPath, "--tls-key", first.keyPath, "--uds", "/tmp/x.sock"],
      2,
    ],
  ])("a certificate %s ends the program with one line", async (_, args, code) => {
    const { exitCode, stderr } = await run([file, "serve", "--port", "0", ...args]);
    expect([exitCode, stderr.trimEnd().split("\n").length]).toEqual([code, 1]);
  });
});
