// The commands that measure, of compiled executables: what is predicted is what a server takes, what is measured is
// printed and drawn, and what is tuned is served with.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { readVirtualFile } from "../../src/io/index.ts";
import { memoryOf, type Resident } from "../../src/measure/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, run, runWell, startServer } from "./executable.ts";

/** What a prediction may be off by: heaps grow and shrink as they like. */
const TOLERANCE = 0.3;
const SLOW_MS = 120_000;
const WORKERS = 2;

const folder = createTempDir();
let demo: string;

beforeAll(async () => {
  const { sentences } = await cachedDemoModels();
  demo = await buildFile(folder.join("demo.encoderfile"), sentences);
}, SLOW_MS);
afterAll(() => folder[Symbol.dispose]());

type Predicted = { readonly anonymous_bytes: number; readonly total_bytes: number };

async function planOf(file: string, ...flags: readonly string[]) {
  const { stdout } = await runWell([file, "plan", "--json", ...flags]);
  return JSON.parse(stdout) as {
    readonly memory: { readonly idle: Predicted; readonly busy: Predicted };
  };
}

/** What a server takes when all its workers answer, and when they have answered full batches. */
async function servedMemory(file: string): Promise<{ idle: Resident; busy: Resident }> {
  const flags = ["--workers", String(WORKERS), "--threads-per-worker", "1"];
  await using server = await startServer(file, ["serve", "--port", "0", ...flags]);
  const text = "hello world good morning ".repeat(60);
  const ask = async (count: number) => {
    const inputs = Array.from({ length: count }, () => text);
    expect((await post(`${server.url}/predict`, { inputs })).status).toBe(200);
  };
  while (!(await metricsOf(server.url)).includes(`encoderfile_workers ${WORKERS}`)) await ask(4);
  const idle = memoryOf(server.pid);
  for (let round = 0; round < 4; round++) await Promise.all([ask(8), ask(8)]);
  const busy = memoryOf(server.pid);
  if (idle === undefined || busy === undefined) throw new Error("Linux tells");
  return { idle, busy };
}

async function metricsOf(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

describe.if(process.platform === "linux")("plan", () => {
  const check = async (file: string) => {
    const flags = ["--workers", String(WORKERS), "--threads-per-worker", "1"];
    const { memory } = await planOf(file, ...flags);
    const { idle, busy } = await servedMemory(file);
    // Of a process whose workers have just answered, which may be anywhere between the two.
    expect(idle.totalBytes).toBeGreaterThan(memory.idle.total_bytes * (1 - TOLERANCE));
    expect(idle.totalBytes).toBeLessThan(memory.busy.total_bytes * (1 + TOLERANCE));
    expect(busy.totalBytes).toBeGreaterThan(memory.busy.total_bytes * (1 - TOLERANCE));
    expect(busy.totalBytes).toBeLessThan(memory.busy.total_bytes * (1 + TOLERANCE));
  };

  test("plan predicts what a server of a small model takes", () => check(demo), SLOW_MS);

  test(
    "plan predicts what a server of a MiniLM takes",
    async () => {
      const modelDir = await makeFixture({ shape: "minilm-l6", head: "sentence-embedding" });
      await check(await buildFile(folder.join("minilm.encoderfile"), modelDir));
    },
    SLOW_MS,
  );
});

describe("plan", () => {
  test("plan takes the flags of serve and loads no model", async () => {
    const { stdout } = await runWell([demo, "plan", "--workers", "3", "--max-inputs", "7"]);
    expect(stdout).toContain("workers         3, threads in each:");
    expect(stdout).toContain("7 inputs");
    expect((await run([demo, "plan", "--workers", "0"])).exitCode).toBe(2);
  });
});

describe("bench", () => {
  test(
    "bench measures engine and server, and draws",
    async () => {
      const svg = folder.join("bench.svg");
      const flags = ["--seconds", "0.4", "--concurrency", "1,4", "--json"];
      for (const more of [["--svg", svg], ["--http"]]) {
        const { stdout } = await runWell([demo, "bench", ...flags, ...more]);
        const report = JSON.parse(stdout);
        expect(report.throughput).toHaveLength(2);
        expect(report.throughput[1].texts_per_second).toBeGreaterThan(0);
        expect(report.start.first_answer_ms).toBeGreaterThan(0);
        expect(report.via).toBe(more[0] === "--http" ? "http" : "engine");
      }
      expect(readFileSync(svg, "utf8")).toContain("</svg>");
    },
    SLOW_MS,
  );
});

describe.if(process.platform === "linux")("bench", () => {
  test(
    "bench leaves no server behind when a signal ends it",
    async () => {
      const child = Bun.spawn([demo, "bench", "--http", "--seconds", "60"], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      const children = `/proc/${child.pid}/task/${child.pid}/children`;
      let server = "";
      while (server === "") {
        server = readFileSync(children, "utf8").trim();
        await Bun.sleep(1);
      }
      child.kill("SIGTERM");
      expect(await child.exited).toBe(143);
      for (const pid of server.split(" ")) {
        while (isRunning(pid)) await Bun.sleep(1);
      }
    },
    SLOW_MS,
  );
});

/** A process that has ended may still be there, as one that nobody has waited for. */
function isRunning(pid: string): boolean {
  const status = readVirtualFile(`/proc/${pid}/status`);
  return status !== undefined && !/^State:\s+[ZX]/m.test(status);
}

describe("tune", () => {
  test(
    "tune writes what serve then uses, and serve refuses what is of another model",
    async () => {
      const profile = `${demo}.profile.json`;
      await runWell([demo, "tune", "--seconds", "0.5"]);
      const tuned = JSON.parse(readFileSync(profile, "utf8"));
      const { workers, batch_tokens: tokens } = tuned.choice;
      {
        await using server = await startServer(demo);
        expect(server.log()).toContain(`demo.encoderfile.profile.json": ${workers} workers of`);
        expect(server.log()).toContain(`${tokens} tokens a batch`);
      }
      writeFileSync(profile, JSON.stringify({ ...tuned, model_digest: "00" }));
      {
        await using server = await startServer(demo);
        expect(server.log()).toContain("the profile beside this file is left out");
      }
      const refused = await run([demo, "serve", "--port", "0", "--profile", profile]);
      expect([refused.exitCode, refused.stdout]).toEqual([3, ""]);
      expect(refused.stderr).toContain("it is of another model");
    },
    SLOW_MS,
  );
});
