// Where the hub is, where its cache lies and who asks: the variables the hub's own clients read, with the same meaning.
import { join } from "node:path";
import { CodedError } from "../error/index.ts";
import { fileFacts, readTextFile } from "../io/index.ts";

export const ENDPOINT_DEFAULT = "https://huggingface.co";

/** What a hub is asked with. */
export type HubEnvironment = {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** The folder that holds one folder for each repository. */
  readonly cacheFolder: string;
  /** Sent to the endpoint and to nobody else. */
  readonly token: string | undefined;
  /** Nothing is asked of the network; what the cache holds is used. */
  readonly isOffline: boolean;
};

export type Variables = Readonly<Record<string, string | undefined>>;

/** Tokens have some forty characters. */
const TOKEN_BYTES_MAX = 4096;
const TRUE_WORDS: readonly string[] = ["1", "on", "yes", "true"];

/**
 * Reads the variables. Throws `HUB_SETTING_INVALID` for an endpoint that is none and a token that cannot be sent, and
 * what reading the token's file throws.
 */
export function readHubEnvironment(
  variables: Variables,
  place: { readonly home: string; readonly isOffline: boolean },
): HubEnvironment {
  const { home } = place;
  const value = (name: string) => variables[name]?.trim() || undefined;
  const folder = (name: string) => expandHome(value(name), home);
  const cache = folder("XDG_CACHE_HOME") ?? join(home, ".cache");
  const hubHome = folder("HF_HOME") ?? join(cache, "huggingface");
  const offline = value("HF_HUB_OFFLINE") ?? value("TRANSFORMERS_OFFLINE");
  const isOffline = place.isOffline || isTrue(offline);
  const tokenPath = folder("HF_TOKEN_PATH") ?? join(hubHome, "token");
  const stated = value("HF_TOKEN") ?? value("HUGGING_FACE_HUB_TOKEN");
  const isImplicit = !isTrue(value("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
  return {
    endpoint: readEndpoint(value("HF_ENDPOINT") ?? ENDPOINT_DEFAULT),
    cacheFolder: folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? join(hubHome, "hub"),
    token: isOffline || !isImplicit ? undefined : (checkToken(stated) ?? storedToken(tokenPath)),
    isOffline,
  };
}

function isTrue(value: string | undefined): boolean {
  return TRUE_WORDS.includes(value?.toLowerCase() ?? "");
}

function expandHome(path: string | undefined, home: string): string | undefined {
  return path === "~" || path?.startsWith("~/") ? join(home, path.slice(1)) : path;
}

/** The address of a hub as it is noted, without a slash at the end; undefined for what is none. */
export function endpointOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  const isPlain =
    url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (url === undefined || !isWeb || !isPlain) return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function readEndpoint(text: string): string {
  const endpoint = endpointOf(text);
  if (endpoint !== undefined) return endpoint;
  // The text may hold a password: it is not repeated.
  throw new CodedError(
    "HUB_SETTING_INVALID",
    "Cannot use HF_ENDPOINT as it must be an http(s) URL without user, query and fragment: correct or unset it",
  );
}

function storedToken(path: string): string | undefined {
  if (fileFacts(path)?.kind !== "file") return undefined;
  return checkToken(readTextFile(path, TOKEN_BYTES_MAX).trim() || undefined);
}

/** A line break would begin another header. */
function checkToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new CodedError(
    "HUB_SETTING_INVALID",
    "Cannot use the hub's token (HF_TOKEN or its file) as it holds spaces or other characters no token has: " +
      "copy it again",
  );
}
