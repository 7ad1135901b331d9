// How much memory this process may have: what the machine has, and what its control groups grant.
// A pure function over what the system says of itself.
import { totalmem } from "node:os";
import { readVirtualFile } from "../io/index.ts";
import { readGroups, splitFolders, unifiedFolders } from "./control-group.ts";

export type MemorySystem = {
  readonly platform: NodeJS.Platform;
  readonly totalBytes: number;
  /** Undefined when there is no such file. */
  readonly read: (path: string) => string | undefined;
};

export type MemoryLimit = {
  readonly bytes: number;
  /** What bounds it: "memory of the machine", or the file that says so. */
  readonly reason: string;
};

/** No limit of a group: version 1 writes the largest number of pages, version 2 "max". */
const UNLIMITED_BYTES = 2 ** 60;

export function memorySystem(): MemorySystem {
  return { platform: process.platform, totalBytes: totalmem(), read: readVirtualFile };
}

/** The tightest bound counts, and names itself. */
export function memoryLimit(system: MemorySystem = memorySystem()): MemoryLimit {
  const machine = { bytes: system.totalBytes, reason: "memory of the machine" };
  const bounds = system.platform === "linux" ? [machine, ...groupLimits(system)] : [machine];
  return bounds.reduce((least, bound) => (bound.bytes < least.bytes ? bound : least));
}

function groupLimits({ read }: MemorySystem): readonly MemoryLimit[] {
  const files = readGroups(read).flatMap((group) => {
    if (group.unified) return unifiedFolders(group).map((folder) => `${folder}/memory.max`);
    if (!group.controllers.includes("memory")) return [];
    return splitFolders(group).map((folder) => `${folder}/memory.limit_in_bytes`);
  });
  return files.flatMap((file) => {
    const text = (read(file) ?? "").trim();
    const bytes = /^\d{1,20}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
    return bytes > 0 && bytes < UNLIMITED_BYTES ? [{ bytes, reason: file }] : [];
  });
}
