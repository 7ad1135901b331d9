// The command `bench` from source: its own server is this program, started again.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createTempDir } from "../../helper/temp-dir.ts";
import { writeTinyFile } from "../../helper/tiny-file.ts";

const MAIN = join(resolve(import.meta.dir, "../../.."), "src/main.ts");
const SLOW_MS = 60_000;
const folder = createTempDir();

const file = (task: "sentence_embedding" | "reranking") => folder.join(`${task}.encoderfile`);

beforeAll(async () => {
  for (const task of ["sentence_embedding", "reranking"] as const) {
    await writeTinyFile(file(task), task);
  }
});
afterAll(() => folder[Symbol.dispose]());

async function bench(path: string, ...args: readonly string[]) {
  const child = Bun.spawn([process.execPath, MAIN, "bench", "--seconds", "0.2", ...args], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", ENCODERFILE_FILE: path },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  // A machine that runs tests is busy, or is not.
  const notes = stderr
    .split("\n")
    .filter((line) => line !== "" && !/was busy in the last minute/.test(line));
  return { exitCode: await child.exited, stdout, stderr: notes.join("\n") };
}

describe("bench", () => {
  test(
    "bench prints figures of this model on this machine, and draws them",
    async () => {
      const svg = folder.join("bench.svg");
      const path = file("sentence_embedding");
      const flags = ["--json", "--svg", svg, "--concurrency", "1,3", "--workers", "1"];
      const { exitCode, stdout, stderr } = await bench(path, ...flags);
      expect([exitCode, stderr]).toEqual([0, ""]);
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({
        encoderfile_bench: 1,
        name: "tiny",
        model_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        processor: expect.any(String),
        workers: 1,
        via: "engine",
        seconds: 0.2,
        start: { first_answer_ms: expect.any(Number), samples: 3 },
      });
      expect(report.date).toBeUndefined();
      expect(report.latency.at(-1).tokens).toBe(64);
      expect(report.throughput.map((row: { concurrency: number }) => row.concurrency)).toEqual([
        1, 3,
      ]);
      expect(readFileSync(svg, "utf8")).toStartWith("<svg xmlns=");
    },
    SLOW_MS,
  );

  test(
    "bench asks a server of its own over HTTP, rerankers as well, and prints tables",
    async () => {
      const { exitCode, stdout, stderr } = await bench(file("reranking"), "--http", "--date");
      expect([exitCode, stderr]).toEqual([0, ""]);
      for (const words of ["over HTTP", "start to first answer", "Throughput", "texts/s"]) {
        expect(stdout).toContain(words);
      }
    },
    SLOW_MS,
  );

  test(
    "bench does not overwrite a picture, and says what it cannot read",
    async () => {
      const svg = folder.join("there.svg");
      writeFileSync(svg, "mine");
      const path = file("sentence_embedding");
      const refused = await bench(path, "--svg", svg);
      expect([refused.exitCode, readFileSync(svg, "utf8")]).toEqual([6, "mine"]);
      for (const flags of [
        ["--seconds", "0"],
        ["--concurrency", "0"],
        ["--concurrency", ","],
        ["--concurrency", Array(17).fill("1").join(",")],
      ]) {
        expect((await bench(path, ...flags)).exitCode).toBe(2);
      }
      expect(existsSync(folder.join("bench.svg.tmp"))).toBe(false);
    },
    SLOW_MS,
  );
});
