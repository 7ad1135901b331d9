// Lists of digests as `sha256sum` writes them, given by the user: what a download is compared with where the program
// itself knows no digests.

import { fetchText, parseUrl, shownUrl } from "../download/index.ts";
import { CodedError } from "../error/index.ts";
import { readTextFile } from "../io/index.ts";
import { isDigest } from "./known-base.ts";

/** A release has a few dozen files. */
const SUMS_BYTES_MAX = 1024 * 1024;

export type Sums = {
  /** File or address, as people see it. */
  readonly origin: string;
  /** Lower-case hexadecimal SHA-256 by file name. */
  readonly digests: ReadonlyMap<string, string>;
};

/** Reads the list from a file, or an address with `http:`, `https:` or `file:`. Throws `BASE_SUMS_INVALID`. */
export async function readSums(place: string, onNote?: (sentence: string) => void): Promise<Sums> {
  if (!/^(https?|file):/i.test(place)) {
    return { origin: place, digests: parseSums(readTextFile(place, SUMS_BYTES_MAX), place) };
  }
  const url = parseUrl(place);
  const origin = shownUrl(url);
  const text =
    url.protocol === "file:"
      ? readTextFile(Bun.fileURLToPath(url), SUMS_BYTES_MAX)
      : (
          await fetchText({
            url: place,
            byteLengthMax: SUMS_BYTES_MAX,
            ...(onNote === undefined ? {} : { onNote }),
          })
        ).text;
  return { origin, digests: parseSums(text, origin) };
}

/** Lines of a digest, white space, perhaps "*", and a name; empty ones and those that begin with "#" say nothing. */
export function parseSums(text: string, origin: string): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const match = /^(\S+)[ \t]+\*?(.+?)\r?$/.exec(line);
    const digest = match?.[1]?.toLowerCase() ?? "";
    const name = match?.[2]?.replace(/^\.\//, "") ?? "";
    const before = digests.get(name);
    if (!isDigest(digest) || (before !== undefined && before !== digest)) {
      throw new CodedError(
        "BASE_SUMS_INVALID",
        `Cannot use "${origin}" as a list of digests as line ${index + 1} must be a SHA-256 and a file name, ` +
          "with one digest for each name: found something else: name the SHA256SUMS of a release",
        { detail: { line: index + 1 } },
      );
    }
    digests.set(name, digest);
  }
  return digests;
}
