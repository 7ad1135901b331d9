// Where a server listens, as URLs and in messages: what is said of it, who can reach it, why it cannot be had.
import { CodedError } from "../error/index.ts";

/** A host as it stands in an address, without the brackets an IPv6 address has in a URL. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

export function urlOf(scheme: "http" | "https", host: string, port: number): string {
  const bare = bareHost(host);
  return `${scheme}://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  return bare.toLowerCase() === "localhost" || bare === "::1" || /^127\./.test(bare);
}

/** `prefix` stands before the names of the settings it comes from. */
type Address = { readonly host: string; readonly port: number; readonly prefix?: string };

/** Why a port or a path could not be listened on: `SERVER_ADDRESS_IN_USE`, `SERVER_LISTEN_FAILED`, `SERVER_TLS_INVALID`. */
export function listenError(thrown: unknown, at: Address | { readonly path: string }): CodedError {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
  if (/^ERR_(?:OSSL|SSL|BORINGSSL|TLS)/.test(code)) return tlsError(code, thrown);
  const place = "path" in at ? `"${at.path}"` : `${at.host} port ${at.port}`;
  const detail = "path" in at ? { path: at.path } : { host: at.host, port: at.port };
  if (code === "EADDRINUSE") {
    const remedy = "path" in at ? "--uds" : `--${at.prefix ?? ""}port`;
    return new CodedError(
      "SERVER_ADDRESS_IN_USE",
      `Cannot listen on ${place} as it must be free: found it in use: choose another with ${remedy}`,
      { detail, cause: thrown },
    );
  }
  const reason = "path" in at ? pathReason(code) : portReason(code, at);
  return new CodedError("SERVER_LISTEN_FAILED", `Cannot listen on ${place} as ${reason}`, {
    detail,
    cause: thrown,
  });
}

/** For certificates and keys the library does not take; its reason names neither, and of it only the last words are told. */
export function tlsError(reason: string, cause?: unknown): CodedError {
  return new CodedError(
    "SERVER_TLS_INVALID",
    `Cannot serve HTTPS as certificate and key must be PEM and belong together: found ${plain(reason)}: ` +
      "correct --tls-cert, --tls-key or --tls-client-ca",
    { cause },
  );
}

/** "error:0900006e:PEM routines:OPENSSL_internal:NO_START_LINE" as words: "no start line". */
function plain(reason: string): string {
  const last = reason.split(":").at(-1) ?? reason;
  return last.trim().replaceAll("_", " ").toLowerCase();
}

/** Ports below this are only for the administrator on most systems. */
const PRIVILEGED_PORT_END = 1024;

/** Errors of a machine that has run out of something. */
const EXHAUSTED: readonly string[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

function portReason(code: string, { port, prefix = "" }: Address): string {
  if (code === "EACCES" && port > 0 && port < PRIVILEGED_PORT_END) {
    return `permission is denied: choose a port from ${PRIVILEGED_PORT_END} up with --${prefix}port`;
  }
  if (EXHAUSTED.includes(code)) return `the operating system refused (${code}): try again later`;
  // For a name that does not resolve, Bun reports whichever error the system had before.
  return `it must be an address of this machine: found no such host or address: choose another with --${prefix}host`;
}

function pathReason(code: string): string {
  const reason = {
    ENOENT: "its folder must exist: make it",
    EACCES: "its folder must be writable: permission is denied",
    ENAMETOOLONG: "a socket's path must be shorter: choose another with --uds",
  }[code];
  return reason ?? `the operating system refused (${code})`;
}
