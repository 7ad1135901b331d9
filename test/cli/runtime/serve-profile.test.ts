// Where `serve` finds a profile, what it takes of it, and which it refuses or leaves out.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { CommandInput } from "../../../src/cli/command.ts";
import type { Payload } from "../../../src/cli/runtime/payload.ts";
import { readServeSettings } from "../../../src/cli/runtime/serve-option.ts";
import { applyProfile, profilePath } from "../../../src/cli/runtime/serve-profile.ts";
import { openFile } from "../../../src/format/index.ts";
import { FileSource } from "../../../src/io/index.ts";
import { machineFacts, printProfile, type TuneProfile } from "../../../src/measure/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { rejectedBy } from "../../helper/coded.ts";
import { createTempDir } from "../../helper/temp-dir.ts";
import { writeTinyFile } from "../../helper/tiny-file.ts";

const folder = createTempDir();
const path = folder.join("tiny.encoderfile");
let payload: Payload;
let profile: TuneProfile;

beforeAll(async () => {
  await writeTinyFile(path, "sentence_embedding");
  payload = { opened: openFile(new FileSource(path)), path };
  profile = {
    ...machineFacts(payload.opened),
    modelDigest: payload.opened.modelDigest,
    choice: { workers: 3, threadsPerWorker: 2, batchTokens: 384 },
    measured: [],
  };
});
beforeEach(() => rmSync(profilePath(payload), { recursive: true, force: true }));
afterAll(() => folder[Symbol.dispose]());

function apply(given: Record<string, unknown>) {
  return applyProfile(
    payload,
    readServeSettings(new CommandInput([], given, capturedOutput()), {}),
  );
}

function write(changes: Partial<TuneProfile> = {}, at = profilePath(payload)): string {
  writeFileSync(at, printProfile({ ...profile, ...changes }));
  return at;
}

describe("applyProfile()", () => {
  test("changes nothing where there is no profile", async () => {
    const { workers, batchTokens, profileNotes } = await apply({});
    expect([workers, batchTokens, profileNotes]).toEqual([undefined, undefined, []]);
  });

  test("takes the profile beside the executable, and says so", async () => {
    write();
    const { workers, threadsPerWorker, batchTokens, profileNotes } = await apply({});
    expect({ workers, threadsPerWorker, batchTokens }).toEqual(profile.choice);
    expect(profileNotes).toMatchObject([{ level: "info" }]);
    expect(profileNotes[0]?.text).toContain("3 workers of 2 threads, 384 tokens a batch");
  });

  test("takes the profile it is told of, and none when told off", async () => {
    write({ choice: { ...profile.choice, workers: 1 } });
    const named = write({}, folder.join("other.json"));
    expect((await apply({ profile: named })).workers).toBe(3);
    expect((await apply({ profile: "off" })).workers).toBeUndefined();
  });

  test("lets what was given win", async () => {
    write();
    expect(await apply({ batchTokens: "512" })).toMatchObject({ workers: 3, batchTokens: 512 });
    expect(await apply({ workers: "1" })).toMatchObject({ workers: 1, batchTokens: undefined });
    expect(await apply({ threadsPerWorker: "4" })).toMatchObject({
      workers: undefined,
      threadsPerWorker: 4,
    });
    expect(await apply({ latency: true })).toMatchObject({ workers: undefined, latency: true });
  });

  const FOREIGN: readonly Partial<TuneProfile>[] = [
    { modelDigest: "00" },
    { processor: "another" },
    { cores: 60_000 },
    { target: "plan9-mips" },
  ];

  test.each(FOREIGN)(
    "refuses a profile of %p it is told of, and leaves it out",
    async (changes) => {
      const named = write(changes);
      expect((await rejectedBy(apply({ profile: named }))).code).toBe("MEASURE_PROFILE_FOREIGN");
      const { workers, profileNotes } = await apply({});
      expect([workers, profileNotes[0]?.level]).toEqual([undefined, "warn"]);
    },
  );

  test("leaves out what is no profile, but refuses it when told of it", async () => {
    const beside = profilePath(payload);
    writeFileSync(beside, "x".repeat(64 * 1024 + 1));
    expect((await rejectedBy(apply({ profile: beside }))).code).toBe("IO_TOO_LARGE");
    expect((await apply({})).profileNotes[0]?.text).toContain("left out");
    writeFileSync(beside, "{}");
    expect((await rejectedBy(apply({ profile: beside }))).code).toBe("MEASURE_PROFILE_INVALID");
    rmSync(beside);
    mkdirSync(beside);
    expect((await apply({})).profileNotes[0]?.level).toBe("warn");
    const missing = apply({ profile: folder.join("none.json") });
    expect((await rejectedBy(missing)).code).toBe("IO_NOT_FOUND");
  });
});
