// Whether a file that a name in a model directory leads to belongs to that model.
import { realPath } from "../io/index.ts";

/** A snapshot in the cache of the hub's client: its files are links into a folder beside it. */
const HUB_SNAPSHOT = /^(.*)(\/models--[^/]+)\/snapshots\/[0-9a-f]{40}(?:\/|$)/;

/**
 * Whether links lead from `path` out of `folder`. Whoever made the directory may have planted them: what they lead to
 * would be shipped. Files of the hub's cache count as inside. Throws `IO_NOT_FOUND` for dangling links.
 */
export function leadsOutside(path: string, folder: string): boolean {
  const root = realPath(folder);
  const [, cache, repository] = HUB_SNAPSHOT.exec(root) ?? [];
  // Its own blobs, and those newer clients keep for all repositories.
  const blobs = cache === undefined ? [] : [`${cache}${repository}/blobs`, `${cache}/blobs`];
  const homes = [root, ...blobs];
  const real = realPath(path);
  return !homes.some((home) => real.startsWith(home.endsWith("/") ? home : `${home}/`));
}
