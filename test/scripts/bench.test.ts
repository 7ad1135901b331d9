// What `bun run bench` can be asked for.
import { expect, test } from "bun:test";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");

test("bench.ts names its benchmarks when asked for another", () => {
  const script = join(ROOT, "scripts/bench.ts");
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, script, "nothing"]);
  expect(exitCode).toBe(2);
  const names = "build, fair, http, limit, load, overload, soak, start, throughput, tokenize";
  expect(stderr.toString()).toBe(`Unknown benchmark nothing: expected ${names}\n`);
});
