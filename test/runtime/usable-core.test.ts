// How many cores there are to use, by what a system says of itself.
import { expect, test } from "bun:test";
import { systemReader, usableCores } from "../../src/runtime/usable-core.ts";

const ALLOWED = "Name:\tbun\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\n";

type Case = readonly [string, Readonly<Record<string, string>>, number, string];

const status = (list: string) => ({ "/proc/self/status": `Cpus_allowed_list:\t${list}\n` });
const unified = (path: string) => ({ "/proc/self/cgroup": `0::${path}\n` });

const CASES: readonly Case[] = [
  ["nothing is said", {}, 8, "cores of the machine"],
  ["all cores are allowed", { "/proc/self/status": ALLOWED }, 8, "cores of the machine"],
  ["affinity is a list", status("0-1,4,6-7"), 5, "affinity 0-1,4,6-7"],
  ["affinity is one core", status("3"), 1, "affinity 3"],
  ["affinity is malformed", status("0-,x"), 8, "cores of the machine"],
  [
    "a container has a quota of two",
    { ...unified("/"), "/sys/fs/cgroup/cpu.max": "200000 100000\n" },
    2,
    "quota 2 of /sys/fs/cgroup/cpu.max",
  ],
  [
    "a quota of one and a half is one",
    { ...unified("/"), "/sys/fs/cgroup/cpu.max": "150000 100000\n" },
    1,
    "quota 1.5 of /sys/fs/cgroup/cpu.max",
  ],
  [
    "a quota of 1.75 is two",
    { ...unified("/"), "/sys/fs/cgroup/cpu.max": "175000 100000\n" },
    2,
    "quota 1.75 of /sys/fs/cgroup/cpu.max",
  ],
  [
    "a quota of a tenth is one",
    { ...unified("/"), "/sys/fs/cgroup/cpu.max": "10000 100000\n" },
    1,
    "quota 0.1 of /sys/fs/cgroup/cpu.max",
  ],
  [
    "there is no quota",
    { ...unified("/a"), "/sys/fs/cgroup/cpu.max": "max 100000\n" },
    8,
    "cores of the machine",
  ],
  [
    "a level above is tighter than the group itself",
    {
      ...unified("/system.slice/a.service"),
      "/sys/fs/cgroup/system.slice/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/system.slice/a.service/cpu.max": "600000 100000\n",
    },
    3,
    "quota 3 of /sys/fs/cgroup/system.slice/cpu.max",
  ],
  [
    "the path is the one outside of the container",
    { ...unified("/docker/1f2e"), "/sys/fs/cgroup/cpu.max": "400000 100000\n" },
    4,
    "quota 4 of /sys/fs/cgroup/cpu.max",
  ],
  [
    "a cpuset is tighter",
    { ...unified("/a"), "/sys/fs/cgroup/a/cpuset.cpus.effective": "0-2\n" },
    3,
    "/sys/fs/cgroup/a/cpuset.cpus.effective 0-2",
  ],
  [
    "version 1 has a quota",
    {
      "/proc/self/cgroup": "4:cpu,cpuacct:/docker/1f\n3:memory:/docker/1f\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_period_us": "50000\n",
    },
    4,
    "quota 4 of /sys/fs/cgroup/cpu,cpuacct/docker/1f/cpu.cfs_quota_us",
  ],
  [
    "version 1 has no quota",
    {
      "/proc/self/cgroup": "1:cpu:/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
    8,
    "cores of the machine",
  ],
  [
    "version 1 has a cpuset",
    { "/proc/self/cgroup": "3:cpuset:/a\n", "/sys/fs/cgroup/cpuset/a/cpuset.cpus": "4-5\n" },
    2,
    "/sys/fs/cgroup/cpuset/a/cpuset.cpus 4-5",
  ],
  [
    "the tightest of several counts",
    {
      ...status("0-5"),
      ...unified("/"),
      "/sys/fs/cgroup/cpu.max": "500000 100000\n",
      "/sys/fs/cgroup/cpuset.cpus.effective": "0-3\n",
    },
    4,
    "/sys/fs/cgroup/cpuset.cpus.effective 0-3",
  ],
  [
    "a path leaves its mount",
    { ...unified("/../.."), "/sys/fs/cgroup/../../cpu.max": "100000 100000\n" },
    8,
    "cores of the machine",
  ],
];

test.each(CASES)("usableCores() where %s", (_, files, count, reason) => {
  const read = (path: string) => files[path];
  expect(usableCores({ platform: "linux", availableParallelism: 8, read })).toEqual({
    count,
    reason,
  });
});

test("usableCores() asks macOS for its cores and nothing else", () => {
  const read = (path: string) => {
    throw new Error(path);
  };
  expect(usableCores({ platform: "darwin", availableParallelism: 10, read })).toEqual({
    count: 10,
    reason: "cores of the machine",
  });
});

test("systemReader() reads this machine", () => {
  const { count } = usableCores(systemReader());
  expect(count).toBeGreaterThanOrEqual(1);
  expect(count).toBeLessThanOrEqual(navigator.hardwareConcurrency);
});
