// The settings of `serve`: their table, the page of documentation that must say the same, and what values they take.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandInput } from "../../../src/cli/command.ts";
import {
  readServeSettings,
  SERVE_OPTIONS,
  type ServeOption,
  serveOptionSpecs,
} from "../../../src/cli/runtime/serve-option.ts";
import { LIMITS } from "../../../src/contract/index.ts";
import { THREADS_MAX, WORKERS_MAX } from "../../../src/runtime/index.ts";
import { HTTP_LIMITS } from "../../../src/server/http/limit.ts";
import { capturedOutput } from "../../helper/captured-output.ts";

const options: readonly ServeOption<unknown>[] = Object.values(SERVE_OPTIONS);

function read(given: Record<string, unknown>, env: Record<string, string> = {}) {
  return readServeSettings(new CommandInput([], given, capturedOutput()), env);
}

describe("SERVE_OPTIONS", () => {
  test("SERVE_OPTIONS have different flags and variables, and words for people", () => {
    expect(new Set(options.map(({ env }) => env)).size).toBe(options.length);
    const flags = options.flatMap((option) => option.flags ?? []);
    expect(new Set(flags).size).toBe(flags.length);
    expect(serveOptionSpecs()).toHaveLength(flags.length);
    for (const { env, meaning } of options)
      expect([env.slice(0, 12), meaning !== ""]).toEqual(["ENCODERFILE_", true]);
  });

  test("SERVE_OPTIONS are the table of docs/serving.md", () => {
    const rows = options.map(({ flags, env, default: preset, meaning }) => {
      const flag = flags === undefined ? "" : `\`${flags}\``;
      return `| ${flag} | \`${env}\` | ${preset ?? ""} | ${meaning} |`;
    });
    const page = readFileSync(join(import.meta.dir, "../../../docs/serving.md"), "utf8");
    expect(page.split("\n").filter((line) => /^\| .*`ENCODERFILE_/.test(line))).toEqual(rows);
  });

  test("defaults of SERVE_OPTIONS are those of the modules they set", () => {
    const settings = read({});
    expect(settings).toMatchObject({
      bodyBytesMax: HTTP_LIMITS.bodyBytesMax,
      bodyBytesTotalMax: HTTP_LIMITS.bodyBytesTotalMax,
      bodyTimeoutMs: HTTP_LIMITS.bodyTimeoutMs,
      requestTimeoutMs: HTTP_LIMITS.requestTimeoutMs,
      requestsMax: HTTP_LIMITS.requestsMax,
      answerBytesTotalMax: HTTP_LIMITS.answerBytesTotalMax,
      answerTimeoutMs: HTTP_LIMITS.answerTimeoutMs,
      jsonDepthMax: HTTP_LIMITS.jsonDepthMax,
      jsonMembersMax: HTTP_LIMITS.jsonMembersMax,
      inputsMax: LIMITS.inputsPerRequest,
      charactersMax: LIMITS.charactersPerInput,
      documentsMax: LIMITS.textsPerRerank,
    });
  });
});

describe("readServeSettings()", () => {
  test("readServeSettings() prefers the flag to PORT, and PORT to the default", () => {
    expect(read({}).port).toBe(8080);
    expect(read({}, { PORT: "" }).port).toBe(8080);
    expect(read({}, { PORT: "9000" }).port).toBe(9000);
    expect(read({}, { AIP_HTTP_PORT: "9001" }).port).toBe(9001);
    expect(read({}, { AIP_HTTP_PORT: "9001", PORT: "9000" }).port).toBe(9000);
    expect(read({ port: "0" }, { PORT: "9000" }).port).toBe(0);
  });

  test("readServeSettings() leaves what was not told undefined, and empty variables count as such", () => {
    const { uds, workers, tokensMax, apiKeys, latency } = read({}, { ENCODERFILE_API_KEYS: "" });
    expect([uds, workers, tokensMax, apiKeys, latency]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      false,
    ]);
  });

  test("readServeSettings() reads seconds as milliseconds, and lists", () => {
    const settings = read(
      { drainTimeout: "0.5", corsOrigin: "https://a.test, https://b.test," },
      { ENCODERFILE_API_KEYS: "one,two" },
    );
    expect(settings.drainTimeoutMs).toBe(500);
    expect(settings.corsOrigins).toEqual(["https://a.test", "https://b.test"]);
    expect(settings.apiKeys).toEqual(["one", "two"]);
  });

  test.each([
    ["maxBody", "0", "a whole number from 1 to 4294967296", "--max-body or ENCODERFILE_MAX_BODY"],
    ["maxBody", "1e3", "a whole number", "--max-body"],
    ["maxBody", "16MB", "a whole number", "--max-body"],
    ["maxTokens", "7", "from 8 to", "--max-tokens"],
    ["maxHeader", "1023", "from 1024 to", "--max-header"],
    ["workers", "-1", "from 1 to 64", "--workers"],
    ["drainTimeout", "86401", "a number from 0 to 86400", "--drain-timeout"],
    ["drainTimeout", "soon", "a number", "--drain-timeout"],
    ["idleTimeout", "256", "a whole number from 1 to 255", "--idle-timeout"],
    ["verify", "some", "full or manifest or off", "--verify"],
    ["port", "65536", "a whole number from 0 to 65535", "--port or ENCODERFILE_PORT"],
  ])("readServeSettings() throws USAGE for --%s %s", (name, value, expected, corrected) => {
    expect(() => read({ [name]: value })).toThrow(
      new RegExp(`^Cannot use "${value}" as it must be .*${expected}.*: correct .*${corrected}`),
    );
  });

  const valued = options.flatMap(({ flags }) =>
    flags?.includes("<") ? [flags.split(" ")[0]!] : [],
  );

  test.each(valued)("readServeSettings() throws USAGE for an empty %s", (flag) => {
    const name = flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(() => read({ [name]: "" })).toThrow(
      `Cannot use "" as it must be a value, and not an empty one: correct ${flag}`,
    );
  });

  test.each([
    "https://a.test/",
    "https://a.test/page",
    "https://a.test:443",
    "https://A.test",
    "a.test",
    "null",
    ",",
    "https://a.test,b.test",
    "https://*.a.test",
    "file:///",
  ])("readServeSettings() throws USAGE for the origin %s", (origin) => {
    expect(() => read({ corsOrigin: origin })).toThrow(/must be \* or origins.*--cors-origin/);
  });

  test.each([
    "*",
    "http://localhost:3000",
    "https://a.test",
    "http://[::1]:80",
    "tauri://localhost",
  ])("readServeSettings() takes the origin %s", (origin) => {
    const corsOrigin = origin.replace(/:80$/, ":81");
    expect(read({ corsOrigin }).corsOrigins).toEqual([corsOrigin]);
  });

  test.each([{ workers: "2" }, { threadsPerWorker: "2" }])(
    "readServeSettings() throws USAGE for --latency with %j",
    (given) => {
      expect(() => read({ latency: true, ...given })).toThrow(
        /: leave out --latency, or --workers/,
      );
    },
  );

  test("readServeSettings() takes as many workers and threads as the runtime", () => {
    const most = read({ workers: `${WORKERS_MAX}`, threadsPerWorker: `${THREADS_MAX}` });
    expect([most.workers, most.threadsPerWorker]).toEqual([WORKERS_MAX, THREADS_MAX]);
    const above = { workers: `${WORKERS_MAX + 1}` };
    expect(() => read(above)).toThrow(/from 1 to 64/);
    expect(() => read({ threadsPerWorker: `${THREADS_MAX + 1}` })).toThrow(/from 1 to 64/);
  });

  test("readServeSettings() takes a value at its bound", () => {
    expect(read({ maxTokens: "8" }).tokensMax).toBe(8);
    expect(read({ port: "65535" }).port).toBe(65_535);
    expect(read({ drainTimeout: "86400" }).drainTimeoutMs).toBe(86_400_000);
    expect(read({ maxBody: "4294967296" }).bodyBytesMax).toBe(2 ** 32);
  });

  test("readServeSettings() names the variable where a bad PORT came from", () => {
    expect(() => read({}, { PORT: "x" })).toThrow(/: correct --port or ENCODERFILE_PORT or PORT$/);
  });
});
