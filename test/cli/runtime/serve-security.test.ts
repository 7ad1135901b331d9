// Keys and certificates of files: what is said of those that cannot be used, and reading them again.
import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { openKeys, readTls, watchTls } from "../../../src/cli/runtime/serve-security.ts";
import type { Tls } from "../../../src/server/index.ts";
import { hasOpenssl, makeCertificate } from "../../helper/certificate.ts";
import { createTempDir } from "../../helper/temp-dir.ts";

const folder = createTempDir();

afterAll(() => folder[Symbol.dispose]());

function recorder() {
  const lines: string[] = [];
  const add = (line: string) => lines.push(line);
  return { lines, log: { info: add, warn: add } };
}

const asking = (key: string) => new Request("http://a.test/", { headers: { "x-api-key": key } });

test("openKeys() names the file that has no keys", async () => {
  const path = folder.join("empty");
  writeFileSync(path, "# none\n", { mode: 0o600 });
  const opened = openKeys({ apiKeyFile: path, apiKeys: undefined }, recorder().log);
  const error = await opened.catch((thrown: Error) => thrown);
  expect(error).toMatchObject({
    code: "SERVER_API_KEY_INVALID",
    message: `Cannot take API keys from "${path}" as the file has no key: write one in a line, with no # before it`,
  });
});

test("openKeys() reads the file again when told to, and keeps what it had when it cannot", async () => {
  const path = folder.join("keys");
  const { log, lines } = recorder();
  writeFileSync(path, "old", { mode: 0o600 });
  const { ring, reload } = await openKeys({ apiKeyFile: path, apiKeys: ["own"] }, log);
  writeFileSync(path, "new");
  await reload();
  expect(() => ring?.check(asking("old"))).toThrow("not known");
  for (const key of ["new", "own"]) ring?.check(asking(key));
  rmSync(path);
  await reload();
  ring?.check(asking("new"));
  expect(lines).toEqual([
    "took the keys of the file",
    expect.stringMatching(/: the old keys stay$/),
  ]);
});

test("openKeys() asks for none when none are named, also when told to read again", async () => {
  const keys = await openKeys({ apiKeyFile: undefined, apiKeys: undefined }, recorder().log);
  await keys.reload();
  expect(keys.ring).toBeUndefined();
});

test.skipIf(!hasOpenssl).each([
  ["nothing", "", "found none"],
  [
    "no certificate",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "found number 1 unreadable",
  ],
])("readTls() names the file of authorities that holds %s", (name, text, found) => {
  const path = folder.join(`${name}.pem`);
  const { certPath, keyPath } = makeCertificate(folder, `own of ${name.replaceAll(" ", "-")}`);
  writeFileSync(path, text);
  const settings = { tlsCert: certPath, tlsKey: keyPath, tlsClientCa: path, uds: undefined };
  expect(() => readTls(settings)).toThrow(
    `Cannot ask clients for certificates as "${path}" must hold certificates in PEM: ${found}: ` +
      "correct --tls-client-ca",
  );
});

test.skipIf(!hasOpenssl)("watchTls() reads certificates again when told to, changed or not", () => {
  const { certPath: tlsCert, keyPath: tlsKey } = makeCertificate(folder, "watched");
  const settings = { tlsCert, tlsKey, tlsClientCa: tlsCert, uds: undefined };
  const taken: Tls[] = [];
  const { log, lines } = recorder();
  using watch = watchTls({ settings, reload: (tls) => taken.push(tls), log });
  watch.reload();
  expect(lines).toEqual(["took the new certificate"]);
  expect(taken).toHaveLength(1);
});
