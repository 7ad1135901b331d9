// What the command `serve` reads of files and variables before it listens: keys, certificates. Nothing of them is ever
// printed.
import { CodedError, isCodedError, printable } from "../../error/index.ts";
import { fileFacts, isReadableByOthers, readTextFile } from "../../io/index.ts";
import type { KeyRing, Log, Tls } from "../../server/index.ts";
import { printReason } from "../report.ts";
import type { ServeSettings } from "./serve-option.ts";

/** Files of keys and certificates are a few kilobytes; a wrong path may be anything. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Certificates are renewed days before they end: this is soon enough, and works on every file system. */
const TLS_CHECK_INTERVAL_MS = 5_000;

/** The keys of file and variable; undefined when neither was named. Throws `SERVER_API_KEY_INVALID`. */
export async function readKeys(
  { apiKeyFile, apiKeys }: Pick<ServeSettings, "apiKeyFile" | "apiKeys">,
  log: Pick<Log, "warn">,
): Promise<KeyRing | undefined> {
  if (apiKeyFile === undefined && apiKeys === undefined) return undefined;
  const { createKeyRing } = await import("../../server/index.ts");
  const inFile = apiKeyFile === undefined ? [] : readKeyFile(apiKeyFile);
  if (apiKeyFile !== undefined && isReadableByOthers(apiKeyFile)) {
    log.warn(
      "every user of this machine may read the file of API keys: " +
        "take the right from others (chmod o-r)",
    );
  }
  const sources = [
    ...(apiKeyFile === undefined ? [] : [`"${printable(apiKeyFile)}"`]),
    ...(apiKeys === undefined ? [] : ["ENCODERFILE_API_KEYS"]),
  ];
  return createKeyRing([...inFile, ...(apiKeys ?? [])], `the API keys of ${sources.join(" and ")}`);
}

/** Keys that can be read again while they are asked for. */
export type Keys = {
  /** Undefined when none are asked for. */
  readonly ring: KeyRing | undefined;
  /** Takes what the file says now; keys that cannot be used are told of, and the old ones stay. Never rejects. */
  readonly reload: () => Promise<void>;
};

/** As `readKeys`. */
export async function openKeys(
  settings: Pick<ServeSettings, "apiKeyFile" | "apiKeys">,
  log: Pick<Log, "info" | "warn">,
): Promise<Keys> {
  let current = await readKeys(settings, log);
  return {
    ring: current && { check: (request) => current?.check(request) },
    reload: async () => {
      if (settings.apiKeyFile === undefined) return;
      try {
        current = (await readKeys(settings, log)) ?? current;
        log.info("took the keys of the file");
      } catch (thrown) {
        log.warn(`${reasonOf(thrown)}: the old keys stay`);
      }
    },
  };
}

function reasonOf(thrown: unknown): string {
  return isCodedError(thrown) ? printReason(thrown).trimEnd() : String(thrown);
}

function readKeyFile(path: string): readonly string[] {
  const keys = readTextFile(path, FILE_BYTES_MAX)
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  if (keys.length > 0) return keys;
  throw new CodedError(
    "SERVER_API_KEY_INVALID",
    `Cannot take API keys from "${printable(path)}" as the file has no key: write one in a line, with no # before it`,
  );
}

type TlsSettings = Pick<ServeSettings, "tlsCert" | "tlsKey" | "tlsClientCa" | "uds">;

/** The certificates to serve with; undefined when none were named. Throws `USAGE` and what reading throws. */
export function readTls({ tlsCert, tlsKey, tlsClientCa, uds }: TlsSettings): Tls | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new CodedError(
      "USAGE",
      "Cannot serve HTTPS as certificate and key are both needed: give --tls-cert and --tls-key",
    );
  }
  if (uds !== undefined) {
    throw new CodedError(
      "USAGE",
      "Cannot serve HTTPS on a unix socket, which leaves this machine never: leave out --uds or --tls-cert",
    );
  }
  return {
    cert: readTextFile(tlsCert, FILE_BYTES_MAX),
    key: readTextFile(tlsKey, FILE_BYTES_MAX),
    ...(tlsClientCa === undefined ? {} : { clientCa: readAuthorities(tlsClientCa) }),
  };
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/** Here, where the file is known: the library would only say that something is wrong with one of three. */
function readAuthorities(path: string): string {
  const pem = readTextFile(path, FILE_BYTES_MAX);
  const certificates = pem.match(PEM_CERTIFICATE) ?? [];
  // Asked for late: few servers ask for certificates.
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const unusable = certificates.findIndex((certificate) => {
    try {
      new X509Certificate(certificate);
      return false;
    } catch {
      return true;
    }
  });
  if (certificates.length > 0 && unusable < 0) return pem;
  const found = certificates.length === 0 ? "none" : `number ${unusable + 1} unreadable`;
  throw new CodedError(
    "SERVER_TLS_INVALID",
    `Cannot ask clients for certificates as "${printable(path)}" must hold certificates in PEM: ` +
      `found ${found}: correct --tls-client-ca`,
  );
}

export type TlsWatchOptions = {
  readonly settings: TlsSettings;
  readonly reload: (tls: Tls) => void;
  readonly log: Pick<Log, "info" | "warn">;
  readonly intervalMs?: number;
};

export type TlsWatch = Disposable & {
  /** Reads them now, changed or not. */
  readonly reload: () => void;
};

/** Reads certificates again when one of their files changes, until it is disposed of. Faulty ones are not taken. */
export function watchTls(options: TlsWatchOptions): TlsWatch {
  const { settings, log } = options;
  const paths = [settings.tlsCert, settings.tlsKey, settings.tlsClientCa];
  const files = paths.filter((path) => path !== undefined);
  let seen = stateOf(files);
  const check = () => {
    const found = stateOf(files);
    if (found === seen) return;
    seen = found;
    try {
      const tls = readTls(settings);
      if (tls !== undefined) options.reload(tls);
      log.info("took the new certificate");
    } catch (thrown) {
      // Files that are being replaced may not fit for a moment: they are looked at again once they change.
      log.warn(`${reasonOf(thrown)}: the old certificate stays`);
    }
  };
  const timer = setInterval(check, options.intervalMs ?? TLS_CHECK_INTERVAL_MS);
  return {
    reload: () => {
      seen = "";
      check();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function stateOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const facts = fileFacts(path);
      return `${facts?.byteLength}@${facts?.modifiedMs}`;
    })
    .join();
}
