// Profiles as files: what is written is read again, and what else a file may hold is refused.
import { describe, expect, test } from "bun:test";
import {
  PROFILE_BYTES_MAX,
  parseProfile,
  printProfile,
  profileMismatch,
  type TuneProfile,
} from "../../src/measure/index.ts";
import { thrownBy } from "../helper/coded.ts";

const CHOICE = { workers: 2, threadsPerWorker: 1, batchTokens: 256 };
const PROFILE: TuneProfile = {
  version: "1.2.3",
  modelDigest: "ab".repeat(32),
  target: "linux-x64",
  processor: "A processor",
  cores: 2,
  choice: CHOICE,
  measured: [{ ...CHOICE, textsPerSecond: 100.5, tokensPerSecond: 6000, medianMs: 12 }],
};

const text = printProfile(PROFILE);
const document = JSON.parse(text);

describe("parseProfile()", () => {
  test("reads what printProfile() writes", () => {
    expect(parseProfile(text, "x")).toEqual(PROFILE);
    expect(text.length).toBeLessThan(PROFILE_BYTES_MAX);
  });

  test("takes what lies at the limits", () => {
    for (const choice of [
      { workers: 1, threads_per_worker: 1, batch_tokens: 16 },
      { workers: 64, threads_per_worker: 64, batch_tokens: 16_384 },
    ]) {
      expect(parseProfile(JSON.stringify({ ...document, choice }), "x").choice.workers).toBe(
        choice.workers,
      );
    }
    const measured = Array.from({ length: 64 }, () => document.measured[0]);
    expect(parseProfile(JSON.stringify({ ...document, measured }), "x").measured).toHaveLength(64);
  });

  const { choice } = document;
  const HOSTILE: readonly (readonly [string, unknown, string])[] = [
    ["a list", [], "expected an object"],
    ["nothing", null, "expected an object"],
    ["another format", { ...document, encoderfile_profile: 2 }, "encoderfile_profile: expected 1"],
    ["no choice", { ...document, choice: undefined }, "choice: expected an object"],
    ["no worker", { ...document, choice: { ...choice, workers: 0 } }, "choice.workers: expected"],
    ["65 workers", { ...document, choice: { ...choice, workers: 65 } }, "choice.workers: expected"],
    [
      "half a thread",
      { ...document, choice: { ...choice, threads_per_worker: 0.5 } },
      "choice.threads_per_worker: expected a whole number from 1 to 64",
    ],
    [
      "15 tokens",
      { ...document, choice: { ...choice, batch_tokens: 15 } },
      "choice.batch_tokens: expected",
    ],
    [
      "16,385 tokens",
      { ...document, choice: { ...choice, batch_tokens: 16_385 } },
      "choice.batch_tokens: expected",
    ],
    ["text for numbers", { ...document, choice: { ...choice, workers: "2" } }, "choice.workers"],
    ["a long digest", { ...document, model_digest: "a".repeat(201) }, "model_digest: expected"],
    ["measured of an object", { ...document, measured: {} }, "measured: expected a list"],
    ["65 rows", { ...document, measured: Array(65).fill(document.measured[0]) }, "measured: "],
    ["rows of texts", { ...document, measured: ["x"] }, "measured[0]: expected an object"],
    ["no machine", { ...document, machine: "x" }, "machine: expected an object"],
    [
      "names of prototypes",
      JSON.parse('{"__proto__": {"version": "1"}, "constructor": 1}'),
      "version: expected",
    ],
  ];

  test.each(HOSTILE)("refuses %s", (_, value, problem) => {
    const { code, detail } = thrownBy(() => parseProfile(JSON.stringify(value), "x.json"));
    expect(code).toBe("MEASURE_PROFILE_INVALID");
    expect((detail["problems"] as readonly string[]).join("\n")).toContain(problem);
  });

  test("refuses what is no JSON, and what nests without end", () => {
    for (const broken of ["", "{", "\u0000", `${"[".repeat(PROFILE_BYTES_MAX)}`]) {
      expect(thrownBy(() => parseProfile(broken, "x")).code).toBe("MEASURE_PROFILE_INVALID");
    }
  });
});

describe("profileMismatch()", () => {
  const CASES: readonly (readonly [Partial<TuneProfile>, string | undefined])[] = [
    [{}, undefined],
    [{ modelDigest: "cd" }, "it is of another model"],
    [{ target: "darwin-arm64" }, 'it was measured on "linux-x64"'],
    [{ processor: "B" }, 'it was measured on "A processor", and this is "B"'],
    [{ cores: 4 }, "it was measured with 2 cores, and here are 4"],
  ];

  test.each(CASES)("profileMismatch() where the machine has %p", (here, reason) => {
    expect(profileMismatch(PROFILE, { ...PROFILE, ...here })).toBe(reason);
  });
});
