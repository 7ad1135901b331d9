// How many cores this process may keep busy: what the scheduler lets it run on, and what its control groups grant it.
// A pure function over what the system says of itself.
import { availableParallelism } from "node:os";
import { readVirtualFile } from "../io/index.ts";

/** What is asked of the system. */
export type SystemReader = {
  readonly platform: NodeJS.Platform;
  readonly availableParallelism: number;
  /** Undefined when there is no such file. */
  readonly read: (path: string) => string | undefined;
};

export type UsableCores = {
  readonly count: number;
  /** What bounds it, such as "affinity 0-3" or "quota 1.5 of /sys/fs/cgroup/cpu.max". */
  readonly reason: string;
};

/** A bound on cores, not yet whole. */
type Bound = { readonly cores: number; readonly reason: string };

/**
 * A quota that is this much below the next whole number counts as that. Below it rounding up would do harm: all threads
 * together use up the quota and then all stand still, those that answer probes too. What rounding down leaves over is
 * what HTTP and tokenising take.
 */
const QUOTA_ROUND_UP = 0.25;

/** Where systems mount their control groups: version 2 alone, and beside version 1. */
const UNIFIED_MOUNTS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const SPLIT_MOUNT = "/sys/fs/cgroup";

/** Deeper nesting is no system's; the path comes from outside this program. */
const LEVELS_MAX = 64;

export function systemReader(): SystemReader {
  return {
    platform: process.platform,
    availableParallelism: availableParallelism(),
    read: readVirtualFile,
  };
}

/** At least 1. The tightest bound counts, and names itself. */
export function usableCores(system: SystemReader = systemReader()): UsableCores {
  const machine = { cores: system.availableParallelism, reason: "cores of the machine" };
  const bounds = system.platform === "linux" ? [machine, ...linuxBounds(system)] : [machine];
  const tightest = bounds.reduce((least, bound) => (bound.cores < least.cores ? bound : least));
  return {
    count: Math.max(1, Math.floor(tightest.cores + QUOTA_ROUND_UP)),
    reason: tightest.reason,
  };
}

function linuxBounds({ read }: SystemReader): readonly Bound[] {
  const status = read("/proc/self/status") ?? "";
  const groups = parseGroups(read("/proc/self/cgroup") ?? "");
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
  return [
    ...listBound("affinity", allowed),
    ...groups.flatMap((group) => (group.unified ? unifiedBounds(group, read) : [])),
    ...groups.flatMap((group) => (group.unified ? [] : splitBounds(group, read))),
  ];
}

type Group = {
  readonly unified: boolean;
  readonly controllers: readonly string[];
  readonly path: string;
};

/** Lines such as "0::/system.slice/a.service" (version 2) and "4:cpu,cpuacct:/docker/1f" (version 1). */
function parseGroups(text: string): readonly Group[] {
  return text.split("\n").flatMap((line) => {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (id === undefined || path.includes("..")) return [];
    const names = controllers.split(",").filter((name) => name !== "");
    return [{ unified: names.length === 0, controllers: names, path }];
  });
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

function unifiedBounds({ path }: Group, read: SystemReader["read"]): readonly Bound[] {
  return UNIFIED_MOUNTS.flatMap((mount) => levels(mount, path)).flatMap((folder) => {
    const file = `${folder}/cpu.max`;
    const [quota, period = "100000"] = (read(file) ?? "").trim().split(/\s+/);
    return [
      ...quotaBound(file, Number(quota), Number(period)),
      ...listBound(`${folder}/cpuset.cpus.effective`, read(`${folder}/cpuset.cpus.effective`)),
    ];
  });
}

function splitBounds({ controllers, path }: Group, read: SystemReader["read"]): readonly Bound[] {
  const mounts = [...controllers, controllers.join(",")].map((name) => `${SPLIT_MOUNT}/${name}`);
  const folders = [...new Set(mounts)].flatMap((mount) => levels(mount, path));
  return folders.flatMap((folder) => [
    ...(controllers.includes("cpu") ? splitQuota(folder, read) : []),
    ...(controllers.includes("cpuset")
      ? listBound(
          `${folder}/cpuset.cpus`,
          read(`${folder}/cpuset.effective_cpus`) ?? read(`${folder}/cpuset.cpus`),
        )
      : []),
  ]);
}

function splitQuota(folder: string, read: SystemReader["read"]): readonly Bound[] {
  const file = `${folder}/cpu.cfs_quota_us`;
  return quotaBound(file, Number(read(file)), Number(read(`${folder}/cpu.cfs_period_us`)));
}

/** No quota is "max" in version 2 and -1 in version 1. */
function quotaBound(file: string, quota: number, period: number): readonly Bound[] {
  if (!(quota > 0 && period > 0)) return [];
  const cores = quota / period;
  return [{ cores, reason: `quota ${Number(cores.toFixed(2))} of ${file}` }];
}

/** A list such as "0-3,8"; empty or malformed ones say nothing. */
function listBound(name: string, list: string | undefined): readonly Bound[] {
  const text = list?.trim() ?? "";
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return [];
  const cores = text.split(",").reduce((sum, part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return sum + Math.max(0, last - first + 1);
  }, 0);
  return cores > 0 ? [{ cores, reason: `${name} ${text}` }] : [];
}
