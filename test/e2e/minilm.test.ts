// A model of real size: MiniLM's shape with seeded weights, 90 MB. Its weights are mapped, never copied whole.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, type RunningServer, startServer } from "./executable.ts";
import { FLOAT32_TOLERANCE, maxDifference, meanRow, openReference, unit } from "./reference.ts";

const folder = createTempDir();
let modelDir: string;
let server: RunningServer;

beforeAll(async () => {
  modelDir = await makeFixture({ shape: "minilm-l6", head: "sentence-embedding" });
  server = await startServer(await buildFile(folder.join("minilm.encoderfile"), modelDir));
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

test.skipIf(process.platform !== "linux")(
  "the weights lie in memory as pages of the executable",
  () => {
    const maps = readFileSync(`/proc/${server.pid}/maps`, "utf8").split("\n");
    const mapped = maps.filter((line) => line.endsWith("/minilm.encoderfile"));
    const bytes = mapped.reduce((sum, line) => {
      const [start = "0", end = "0"] = (line.split(" ")[0] ?? "").split("-");
      return sum + Number.parseInt(end, 16) - Number.parseInt(start, 16);
    }, 0);
    // The executable's own code is below 120 MB; the rest is the 90 MB of weights.
    expect(mapped.length).toBeGreaterThan(20);
    expect(bytes).toBeGreaterThan(180e6);
  },
);

test("concurrent clients get their own answers", async () => {
  const answers = await Promise.all(TEXTS.map((inputs) => post(`${server.url}/embed`, { inputs })));
  const batch = (await post(`${server.url}/embed`, { inputs: TEXTS })).body as number[][];
  for (const [index, { status, body }] of answers.entries()) {
    expect(status).toBe(200);
    expect((body as number[][])[0]).toEqual(batch[index]!);
  }
});
