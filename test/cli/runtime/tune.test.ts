// The command `tune` on a real engine of a tiny model, and `plan` with what it wrote.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { CommandInput } from "../../../src/cli/command.ts";
import { planCommand } from "../../../src/cli/runtime/plan.ts";
import { tuneCommand } from "../../../src/cli/runtime/tune.ts";
import { CodedError } from "../../../src/error/index.ts";
import { openFile } from "../../../src/format/index.ts";
import { FileSource } from "../../../src/io/index.ts";
import { parseProfile } from "../../../src/measure/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { createTempDir } from "../../helper/temp-dir.ts";
import { writeTinyFile } from "../../helper/tiny-file.ts";

const SLOW_MS = 60_000;
const folder = createTempDir();
const path = folder.join("tiny.encoderfile");
const beside = `${path}.profile.json`;

beforeAll(() => writeTinyFile(path, "sequence_classification"));
afterAll(() => folder[Symbol.dispose]());

async function run(name: "tune" | "plan", given: Readonly<Record<string, unknown>>) {
  using source = new FileSource(path);
  const output = capturedOutput();
  const payload = { opened: openFile(source), path };
  const command = name === "tune" ? tuneCommand(payload) : planCommand(payload);
  await command.run(new CommandInput([], given, output));
  return output;
}

test(
  "tune writes the profile beside the file, where it is found, and replaces it",
  async () => {
    const output = await run("tune", { seconds: "0.2", json: true });
    const written = readFileSync(beside, "utf8");
    expect(output.stdout()).toBe(written);
    const { choice, measured } = parseProfile(written, "x");
    expect(measured.length).toBeGreaterThan(3);
    const plan = JSON.parse((await run("plan", { json: true })).stdout());
    expect(plan).toMatchObject({
      workers: choice.workers,
      threads_per_worker: choice.threadsPerWorker,
      batch: { tokens: choice.batchTokens },
    });
    const again = await run("tune", { seconds: "0.1" });
    expect(again.stdout()).toContain("best: ");
    rmSync(beside);
  },
  SLOW_MS,
);

test("tune measures nothing where it could not write", async () => {
  writeFileSync(beside, "mine");
  const failed = await run("tune", { seconds: "1000" }).catch((thrown: unknown) => thrown);
  expect(failed).toBeInstanceOf(CodedError);
  expect(failed).toMatchObject({ code: "IO_ALREADY_EXISTS" });
  expect(readFileSync(beside, "utf8")).toBe("mine");
});
