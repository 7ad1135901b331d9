// Who may ask: keys, kept as hashes only, and the paths that need none. Knows nothing of where keys come from.
import { CodedError } from "../../error/index.ts";
import type { MatchedRoute } from "./scope.ts";

/** Keys a request may be sent with. */
export type KeyRing = {
  /** Throws `SERVER_UNAUTHORIZED` unless the request carries one of the keys. */
  readonly check: (request: Request) => void;
};

/** What header fields can carry, and what no shell or proxy changes: visible ASCII. */
const KEY_PATTERN = /^[\x21-\x7e]{1,512}$/;

/**
 * Whether the route answers without a key: load balancers have none, and learn nothing but whether requests are
 * answered.
 */
export function isOpen(route: MatchedRoute | undefined): boolean {
  return route?.isProbe === true && ["GET", "HEAD"].includes(route.method);
}

/**
 * Throws `SERVER_API_KEY_INVALID`, which never says the key, for one that no header can carry, and for none. `source`
 * is what the message calls them.
 */
export function createKeyRing(keys: readonly string[], source = "these API keys"): KeyRing {
  const unusable = keys.findIndex((key) => !KEY_PATTERN.test(key));
  if (unusable >= 0 || keys.length === 0) {
    const found = keys.length === 0 ? "none" : `key ${unusable + 1} with others`;
    throw new CodedError(
      "SERVER_API_KEY_INVALID",
      `Cannot use ${source} as each must have 1 to 512 visible ASCII characters: found ${found}`,
    );
  }
  const hashes = keys.map(hashOf);
  // Asked for late: servers without keys start without it.
  const { timingSafeEqual } = process.getBuiltinModule("node:crypto");
  return {
    check: (request) => {
      const given = keyOf(request.headers);
      const hash = hashOf(given ?? "");
      // Hashes have one length, and all are looked at: how long this takes tells nothing of the keys.
      let matches = 0;
      for (const known of hashes) matches += timingSafeEqual(known, hash) ? 1 : 0;
      if (given === undefined || matches === 0) throw unauthorized(given);
    },
  };
}

/** `Authorization: Bearer KEY`, as clients of OpenAI send it, or `x-api-key: KEY`. */
function keyOf(headers: Headers): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "");
  return bearer?.[1] ?? headers.get("x-api-key") ?? undefined;
}

function hashOf(key: string): Uint8Array {
  return new Bun.CryptoHasher("sha256").update(key).digest();
}

function unauthorized(given: string | undefined): CodedError {
  const found = given === undefined ? "none" : "one that is not known";
  return new CodedError(
    "SERVER_UNAUTHORIZED",
    `Cannot answer as this server wants an API key: found ${found}: send "Authorization: Bearer KEY"`,
  );
}
