// How many cores this process may keep busy: what the scheduler lets it run on, and what its control groups grant it.
// A pure function over what the system says of itself.
import { availableParallelism } from "node:os";
import { readVirtualFile } from "../io/index.ts";
import { type Group, readGroups, splitFolders, unifiedFolders } from "./control-group.ts";

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
  const groups = readGroups(read);
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
  return [
    ...listBound("affinity", allowed),
    ...groups.flatMap((group) => (group.unified ? unifiedBounds(group, read) : [])),
    ...groups.flatMap((group) => (group.unified ? [] : splitBounds(group, read))),
  ];
}

function unifiedBounds(group: Group, read: SystemReader["read"]): readonly Bound[] {
  return unifiedFolders(group).flatMap((folder) => {
    const file = `${folder}/cpu.max`;
    const [quota, period = "100000"] = (read(file) ?? "").trim().split(/\s+/);
    return [
      ...quotaBound(file, Number(quota), Number(period)),
      ...listBound(`${folder}/cpuset.cpus.effective`, read(`${folder}/cpuset.cpus.effective`)),
    ];
  });
}

function splitBounds(group: Group, read: SystemReader["read"]): readonly Bound[] {
  const { controllers } = group;
  return splitFolders(group).flatMap((folder) => [
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
