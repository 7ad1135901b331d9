// What lies at a path, in a word for people: only regular files are read and replaced.
import type { Stats } from "node:fs";

export type FileKind = "file" | "folder" | "device" | "pipe" | "socket";

/** Of what symbolic links lead to. */
export function kindOf(
  facts: Pick<Stats, "isFile" | "isDirectory" | "isFIFO" | "isSocket">,
): FileKind {
  if (facts.isFile()) return "file";
  if (facts.isDirectory()) return "folder";
  if (facts.isFIFO()) return "pipe";
  return facts.isSocket() ? "socket" : "device";
}
