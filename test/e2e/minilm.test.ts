// A model of real size: MiniLM's shape with seeded weights, 90 MB. Its weights are mapped, never copied whole.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import {
  basePath,
  buildFile,
  post,
  type RunningServer,
  runWell,
  startServer,
} from "./executable.ts";
import { FLOAT32_TOLERANCE, maxDifference, meanRow, openReference, unit } from "./reference.ts";

const folder = createTempDir();
let modelDir: string;
let file: string;
let server: RunningServer;

beforeAll(async () => {
  modelDir = await makeFixture({ shape: "minilm-l6", head: "sentence-embedding" });
  file = await buildFile(folder.join("minilm.encoderfile"), modelDir);
  server = await startServer(file);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const TEXTS = Array.from({ length: 32 }, (_, index) =>
  `text ${index} says ${"one thing after another ".repeat((index * 7) % 12)}and ends`.trim(),
);

test("vectors equal the reference, alone and in a batch of mixed lengths", async () => {
  const reference = await openReference(
    join(modelDir, "model.onnx"),
    join(modelDir, "tokenizer.json"),
  );
  const batch = (await post(`${server.url}/embed`, { inputs: TEXTS })).body as number[][];
  expect(batch.map((vector) => vector.length)).toEqual(TEXTS.map(() => 384));
  for (const index of [0, 5, 17, 31]) {
    const text = TEXTS[index]!;
    const alone = (await post(`${server.url}/embed`, { inputs: text })).body as number[][];
    expect(alone[0]).toEqual(batch[index]!);
    const expected = unit(meanRow((await reference(text)).rows));
    expect(maxDifference(alone[0]!, expected)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
  }
});

test.skipIf(process.platform !== "linux")("weights are pages of the executable", async () => {
  const { stdout } = await runWell([basePath(), "inspect", file, "--json"]);
  const { assets } = JSON.parse(stdout) as { assets: { kind: string; byte_offset: number }[] };
  const weightsOffset = assets.find(({ kind }) => kind === "weights")?.byte_offset ?? 0;
  // Columns of a line: range, permissions, offset in the file, device, inode, path.
  const maps = readFileSync(`/proc/${server.pid}/maps`, "utf8").split("\n");
  const weightBytes = maps
    .filter((line) => line.endsWith("/minilm.encoderfile"))
    .map((line) => line.split(/\s+/))
    .filter(([, , offset = "0"]) => Number.parseInt(offset, 16) >= weightsOffset)
    .map(([range = ""]) => range.split("-").map((address) => Number.parseInt(address, 16)))
    .reduce((sum, [start = 0, end = 0]) => sum + end - start, 0);
  // ONNX Runtime repacks the matrices of the layers (43 MB) and lets go of their pages; the table of word vectors
  // (30,522 x 384 float32) stays where it is.
  expect(weightBytes).toBeGreaterThanOrEqual(30_522 * 384 * 4);
});

test("concurrent clients get their own answers", async () => {
  const answers = await Promise.all(TEXTS.map((inputs) => post(`${server.url}/embed`, { inputs })));
  const batch = (await post(`${server.url}/embed`, { inputs: TEXTS })).body as number[][];
  for (const [index, { status, body }] of answers.entries()) {
    expect(status).toBe(200);
    expect((body as number[][])[0]).toEqual(batch[index]!);
  }
});
