// Certificates made at test time by openssl: an authority, and what it vouches for.
import { readFileSync } from "node:fs";
import type { TempDir } from "./temp-dir.ts";

/** Whether they can be made here. */
export const hasOpenssl = Bun.which("openssl") !== null;

export type Certificate = {
  readonly certPath: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly key: string;
};

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function openssl(folder: TempDir, ...args: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...args], { cwd: folder.path });
  if (exitCode !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
}

/** A certificate of `name` for this machine, signed by `authority` or by itself. */
export function makeCertificate(
  folder: TempDir,
  name: string,
  authority?: Certificate,
): Certificate {
  const certPath = folder.join(`${name}.crt`);
  const keyPath = folder.join(`${name}.key`);
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
  const signer =
    authority === undefined ? [] : ["-CA", authority.certPath, "-CAkey", authority.keyPath];
  const made = ["-keyout", keyPath, "-out", certPath, "-days", "2"];
  openssl(folder, "req", "-x509", ...KEY, ...made, ...subject, ...signer);
  const cert = readFileSync(certPath, "utf8");
  return { certPath, keyPath, cert, key: readFileSync(keyPath, "utf8") };
}
