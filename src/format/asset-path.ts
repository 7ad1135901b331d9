// Names of assets become paths when they are extracted, and whoever made the file chose them.
import { type ManifestAsset, originalPath } from "./asset.ts";

/** Longest path that every target can hold below a folder of reasonable depth. */
export const ASSET_PATH_LENGTH_MAX = 1024;
/** Keeps the check for files in place of folders linear: it looks at every parent of every path. */
export const ASSET_PATH_DEPTH_MAX = 32;

/** Why a path cannot be an asset's, or undefined when it can. */
export function findPathFault(path: string): string | undefined {
  if (path === "") return "is empty";
  if (path.length > ASSET_PATH_LENGTH_MAX) return `is longer than ${ASSET_PATH_LENGTH_MAX}`;
  if (hasControlCharacter(path)) return "contains a control character";
  if (path.includes("\\")) return "contains a backslash";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  const segments = path.split("/");
  if (segments.length > ASSET_PATH_DEPTH_MAX) return `is deeper than ${ASSET_PATH_DEPTH_MAX}`;
  const badSegment = segments.find((segment) => ["", ".", ".."].includes(segment));
  return badSegment === undefined ? undefined : `has a segment "${badSegment}"`;
}

/** Control characters in names would reach terminals and logs, where they can rewrite what a person sees. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}

/**
 * Characters that turn the direction of writing make a name look like another one: "fdp.exe" for "exe.pdf". No file is
 * written with them, but files that have them exist.
 */
export function hasDirectionMark(text: string): boolean {
  return DIRECTION_MARK.test(text);
}

const CONTROL = /\p{Cc}/u;
const DIRECTION_MARK = /\p{Bidi_Control}/u;
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}]/gu;
const SHOWN_CHARACTERS_MAX = 100;

/** A name in quotes as messages show it, harmless whoever chose it. */
export function quoteName(name: string): string {
  const characters = [...name];
  const shown = characters.slice(0, SHOWN_CHARACTERS_MAX).join("");
  const rest = characters.length > SHOWN_CHARACTERS_MAX ? "..." : "";
  const visible = (character: string) => `\\u{${character.codePointAt(0)?.toString(16)}}`;
  return `"${shown.replaceAll(UNPRINTABLE, visible)}${rest}"`;
}

/** Faults of the paths among each other: each must be able to exist beside the others, on any file system. */
export function findPathConflicts(assets: readonly ManifestAsset[]): readonly string[] {
  const weightsName = assets.find((asset) => asset.kind === "weights")?.name ?? "";
  // macOS ignores case: "A" and "a" would overwrite each other there.
  const paths = assets.map((asset) => originalPath(asset, weightsName).toLowerCase());
  const known = new Set<string>();
  const faults: string[] = [];
  for (const path of paths) {
    if (known.has(path)) faults.push(`asset ${quoteName(path)}: the name is used twice`);
    known.add(path);
  }
  for (const path of known) {
    const parent = parentsOf(path).find((candidate) => known.has(candidate));
    if (parent === undefined) continue;
    faults.push(`asset ${quoteName(path)}: ${quoteName(parent)} is a file, not a folder`);
  }
  return faults;
}

function parentsOf(path: string): readonly string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}
