// The control groups this process is in, and the folders in which they say what they grant. Reads no limit itself.

export type Group = {
  /** Of version 2, where one group has all controllers. */
  readonly unified: boolean;
  readonly controllers: readonly string[];
  readonly path: string;
};

/** Where systems mount their control groups: version 2 alone, and beside version 1. */
const UNIFIED_MOUNTS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const SPLIT_MOUNT = "/sys/fs/cgroup";

/** Deeper nesting is no system's; the path comes from outside this program. */
const LEVELS_MAX = 64;

/** Lines such as "0::/system.slice/a.service" (version 2) and "4:cpu,cpuacct:/docker/1f" (version 1). */
export function readGroups(read: (path: string) => string | undefined): readonly Group[] {
  return (read("/proc/self/cgroup") ?? "").split("\n").flatMap((line) => {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === undefined || path.includes("..")) return [];
    const names = controllers.split(",").filter((name) => name !== "");
    return [{ unified: names.length === 0, controllers: names, path }];
  });
}

/** Folders of a group of version 2 and of all above it. */
export function unifiedFolders({ path }: Group): readonly string[] {
  return UNIFIED_MOUNTS.flatMap((mount) => levels(mount, path));
}

/** Folders of a group of version 1 and of all above it. */
export function splitFolders({ controllers, path }: Group): readonly string[] {
  const mounts = [...controllers, controllers.join(",")].map((name) => `${SPLIT_MOUNT}/${name}`);
  return [...new Set(mounts)].flatMap((mount) => levels(mount, path));
}

/**
 * The group's folder and all above it. Inside a container the path may be the one outside, of which nothing is mounted:
 * what is missing says nothing, and the mount itself is then the container's group.
 */
function levels(mount: string, path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return Array.from({ length: Math.min(parts.length, LEVELS_MAX) + 1 }, (_, depth) =>
    [mount, ...parts.slice(0, depth)].join("/"),
  );
}
