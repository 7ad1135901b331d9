// The command `plan`, on a file of a tiny model.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CommandInput } from "../../../src/cli/command.ts";
import { planCommand, planWarning } from "../../../src/cli/runtime/plan.ts";
import { openFile } from "../../../src/format/index.ts";
import { FileSource } from "../../../src/io/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { createTempDir } from "../../helper/temp-dir.ts";
import { writeTinyFile } from "../../helper/tiny-file.ts";

const folder = createTempDir();
const path = folder.join("tiny.encoderfile");

beforeAll(() => writeTinyFile(path, "sparse_embedding"));
afterAll(() => folder[Symbol.dispose]());

async function plan(given: Readonly<Record<string, unknown>>) {
  using source = new FileSource(path);
  const output = capturedOutput();
  const command = planCommand({ opened: openFile(source), path });
  expect(await command.run(new CommandInput([], given, output))).toBe(0);
  return output;
}

describe("planCommand()", () => {
  test("prints workers, memory and limits as JSON, by the flags of serve", async () => {
    const few = JSON.parse(
      (await plan({ json: true, workers: "1", threadsPerWorker: "1" })).stdout(),
    );
    const many = JSON.parse(
      (await plan({ json: true, workers: "4", threadsPerWorker: "1", maxInputs: "5" })).stdout(),
    );
    expect(few).toMatchObject({ workers: 1, threads_per_worker: 1, start: "well under a second" });
    expect(many).toMatchObject({ workers: 4, limits: { inputs: 5, tokens: 64 } });
    const anonymous = [few, many].map(({ memory }) => memory.idle.anonymous_bytes);
    expect(anonymous[1]).toBeGreaterThan(anonymous[0]);
    expect(few.memory.fits).toBe("yes");
    expect(few.batch.tokens).toBe(256);
  });

  test("counts shared weights once", async () => {
    const memoryOf = async (memory: string) =>
      JSON.parse((await plan({ json: true, memory, workers: "4" })).stdout()).memory;
    const [low, fast] = [await memoryOf("low"), await memoryOf("fast")];
    expect(low.worker.packed_bytes).toBeLessThan(fast.worker.packed_bytes);
    expect(low.idle.file_bytes).toBeGreaterThan(fast.idle.file_bytes);
  });

  test("prints the same as a table", async () => {
    const text = (await plan({ maxTokens: "32" })).stdout();
    for (const words of ["tiny 1.0.0", "memory idle", "memory limit", "fits", "32 tokens"]) {
      expect(text).toContain(words);
    }
  });

  test("says nothing on stderr where all is well", async () => {
    expect((await plan({ json: true, workers: "1", threadsPerWorker: "1" })).stderr()).toBe("");
  });
});

describe("planWarning()", () => {
  const resident = { anonymousBytes: 300e6, fileBytes: 90e6, totalBytes: 390e6 };
  const memory = {
    idle: resident,
    busy: resident,
    worker: { packedBytes: 0, threadBytes: 0, activationBytes: 0 },
    mappedBytes: 0,
    limit: { bytes: 256e6, reason: "/sys/fs/cgroup/memory.max" },
  };

  test.each([
    ["no", 4, "this will not fit", "--workers"],
    ["no", 1, "this will not fit", "--max-tokens"],
    ["tight", 4, "this is tight", "--workers"],
  ] as const)(
    "planWarning() where the answer is %p for %p workers",
    (fits, workers, verdict, flag) => {
      const warning = planWarning({ memory: { ...memory, fits }, workers });
      for (const word of [verdict, flag, "390 MB", "/sys/fs/cgroup/memory.max grants 256 MB"]) {
        expect(warning).toContain(word);
      }
    },
  );

  test("planWarning() has nothing to say of what fits", () => {
    expect(planWarning({ memory: { ...memory, fits: "yes" }, workers: 1 })).toBeUndefined();
  });
});
