// How much memory there is to use, by what a system says of itself.
import { expect, test } from "bun:test";
import { memoryLimit, memorySystem } from "../../src/runtime/memory-limit.ts";

const GIBIBYTE = 2 ** 30;
const MACHINE = "memory of the machine";

type Case = readonly [string, Readonly<Record<string, string>>, number, string];

const unified = (path: string) => ({ "/proc/self/cgroup": `0::${path}\n` });

const CASES: readonly Case[] = [
  ["nothing is said", {}, 8 * GIBIBYTE, MACHINE],
  [
    "a container has half a gibibyte",
    { ...unified("/"), "/sys/fs/cgroup/memory.max": "536870912\n" },
    GIBIBYTE / 2,
    "/sys/fs/cgroup/memory.max",
  ],
  [
    "there is no limit",
    { ...unified("/a"), "/sys/fs/cgroup/a/memory.max": "max\n" },
    8 * GIBIBYTE,
    MACHINE,
  ],
  [
    "a level above is tighter",
    {
      ...unified("/a/b"),
      "/sys/fs/cgroup/a/memory.max": "1073741824",
      "/sys/fs/cgroup/a/b/memory.max": "2147483648",
    },
    GIBIBYTE,
    "/sys/fs/cgroup/a/memory.max",
  ],
  [
    "version 1 has a limit",
    {
      "/proc/self/cgroup": "4:memory:/docker/1f\n",
      "/sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes": "1073741824\n",
    },
    GIBIBYTE,
    "/sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes",
  ],
  [
    "version 1 has none",
    {
      "/proc/self/cgroup": "4:memory:/\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    },
    8 * GIBIBYTE,
    MACHINE,
  ],
  [
    "another controller is asked nothing",
    {
      "/proc/self/cgroup": "4:cpu:/\n",
      "/sys/fs/cgroup/cpu/memory.limit_in_bytes": "1024\n",
    },
    8 * GIBIBYTE,
    MACHINE,
  ],
  [
    "the limit is malformed",
    { ...unified("/"), "/sys/fs/cgroup/memory.max": "-1\n" },
    8 * GIBIBYTE,
    MACHINE,
  ],
  [
    "the limit is nothing",
    { ...unified("/"), "/sys/fs/cgroup/memory.max": "0\n" },
    8 * GIBIBYTE,
    MACHINE,
  ],
];

test.each(CASES)("memoryLimit() where %s", (_, files, bytes, reason) => {
  const read = (path: string) => files[path];
  const system = { platform: "linux", totalBytes: 8 * GIBIBYTE, read } as const;
  expect(memoryLimit(system)).toEqual({ bytes, reason });
});

test("memoryLimit() reads no groups where there are none", () => {
  const read = () => "1024";
  const system = { platform: "darwin", totalBytes: GIBIBYTE, read } as const;
  expect(memoryLimit(system)).toEqual({ bytes: GIBIBYTE, reason: MACHINE });
});

test("memoryLimit() finds some memory on this machine", () => {
  expect(memoryLimit().bytes).toBeGreaterThan(2 ** 24);
  expect(memorySystem().totalBytes).toBeGreaterThanOrEqual(memoryLimit().bytes);
});
