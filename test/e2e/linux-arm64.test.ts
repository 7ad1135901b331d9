// Files built on this machine for linux-arm64, run under emulation: everything they do, with the numbers of x64.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { type Answer, basePath, buildFile, post, runWell, startServer } from "./executable.ts";
import { oldSystem } from "./old-system.ts";

const QEMU = "qemu-aarch64-static";
const canEmulate =
  Bun.which(QEMU) !== null &&
  process.getuid?.() === 0 &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;

/** glibc and the C++ runtime of such a machine, as a package for cross-compiling brings them. */
const LIBRARIES = "/usr/aarch64-linux-gnu";
const OLD = canEmulate ? oldSystem("arm64") : undefined;

/** Processors round the last digits of float32 differently. */
const TOLERANCE = 1e-5;

/**
 * What /proc/cpuinfo says on such a machine. Emulation of a process shows it the host's own, in which the library finds
 * no ARM core and crashes.
 */
const ARM64_CPUINFO = [0, 1]
  .map(
    (core) => `processor\t: ${core}
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1
`,
  )
  .join("\n");

/** A model, and requests of which at least one shows its use. */
const CASES = [
  [
    "sentences",
    [
      ["/embed", { inputs: ["a red car", "a crimson automobile, seen from far away"] }],
      ["/v1/embeddings", { input: "a red car", model: "sentences" }],
    ],
  ],
  ["sentiment", [["/classify", { inputs: ["a wonderful day", "a dull film"] }]]],
  [
    "entities",
    [
      ["/classify", { inputs: "Alice Smith lives in Paris" }],
      ["/redact", { inputs: "Alice Smith lives in Paris" }],
    ],
  ],
  ["reranker", [["/rerank", { query: "a red car", texts: ["a green tree", "a red automobile"] }]]],
] as const;

const folder = createTempDir();
const cpuinfo = folder.join("cpuinfo");
let models: Awaited<ReturnType<typeof cachedDemoModels>>;

beforeAll(async () => {
  writeFileSync(cpuinfo, ARM64_CPUINFO);
  models = await cachedDemoModels();
});
afterAll(() => folder[Symbol.dispose]());

function emulated(file: string, ...args: readonly string[]): string[] {
  return emulatedIn(LIBRARIES, file, ...args);
}

/** With the libraries below `root`. */
function emulatedIn(root: string, ...command: readonly string[]): string[] {
  const script = `mount --bind "$0" /proc/cpuinfo && exec ${QEMU} -cpu neoverse-n1 -L "$@"`;
  return ["unshare", "-m", "sh", "-c", script, cpuinfo, root, ...command];
}

/** Where two answers differ by more than rounding; empty when they do not. */
function differences(found: unknown, expected: unknown, path = "$"): string[] {
  if (typeof found === "number" && typeof expected === "number") {
    return Math.abs(found - expected) <= TOLERANCE ? [] : [`${path}: ${found}, not ${expected}`];
  }
  if (typeof found === "object" && typeof expected === "object" && found && expected) {
    const [left, right] = [Object.entries(found), new Map(Object.entries(expected))];
    if (left.length !== right.size) return [`${path}: ${left.length} parts, not ${right.size}`];
    return left.flatMap(([key, value]) => differences(value, right.get(key), `${path}.${key}`));
  }
  return Object.is(found, expected) ? [] : [`${path}: ${found}, not ${expected}`];
}

async function answers(
  [command = "", ...args]: readonly string[],
  requests: readonly (readonly [string, unknown])[],
): Promise<Answer[]> {
  await using server = await startServer(command, [...args, "serve", "--port", "0"]);
  const found: Answer[] = [];
  for (const [path, body] of requests) found.push(await post(server.url + path, body));
  return found;
}

test("differences() finds a number beyond rounding, a text and a missing part", () => {
  expect(differences({ a: [1, "x"] }, { a: [1 + 1e-6, "x"] })).toEqual([]);
  expect(differences({ a: [1] }, { a: [1.1] })).toEqual(["$.a.0: 1, not 1.1"]);
  expect(differences({ a: "x" }, { a: "y" })).toEqual(["$.a: x, not y"]);
  expect(differences({ a: [1] }, { a: [1, 2] })).toEqual(["$.a: 1 parts, not 2"]);
});

describe.skipIf(!canEmulate)("linux-arm64 (needs qemu, root and unshare)", () => {
  test.each(CASES)("%s answers over HTTP as on x64", async (name, requests) => {
    const arm64 = folder.join(`${name}-arm64`);
    const x64 = folder.join(`${name}-x64`);
    await buildFile(arm64, models[name], "--target", "linux-arm64");
    await buildFile(x64, models[name]);
    const found = await answers(emulated(arm64), requests);
    const expected = await answers([x64], requests);
    expect(found.map(({ status }) => status)).toEqual(requests.map(() => 200));
    expect(differences(found, expected)).toEqual([]);
  });

  describe("one file", () => {
    let arm64: string;
    let x64: string;
    beforeAll(async () => {
      arm64 = await buildFile(folder.join("a"), models.sentiment, "--target", "linux-arm64");
      x64 = await buildFile(folder.join("b"), models.sentiment);
    });

    test("infer answers as on x64", async () => {
      const args = ["infer", "a wonderful day", "a dull film"];
      const found = await runWell(emulated(arm64, ...args));
      const expected = await runWell([x64, ...args]);
      expect(differences(JSON.parse(found.stdout), JSON.parse(expected.stdout))).toEqual([]);
    });

    test("selftest finds the answers stored when it was built on x64", async () => {
      await runWell(emulated(arm64, "selftest"));
    });

    test.skipIf(OLD === undefined)(
      `selftest holds in ${OLD?.suite}, glibc ${OLD?.glibc} (needs debootstrap and a mirror)`,
      async () => {
        await runWell(emulatedIn(OLD?.root ?? "", arm64, "selftest"));
      },
    );

    test.each(["verify", "inspect"])("%s says what it says on x64", async (command) => {
      const found = await runWell(emulated(arm64, command, "--json"));
      const expected = await runWell([basePath(), command, arm64, "--json"]);
      expect(JSON.parse(found.stdout)).toEqual(JSON.parse(expected.stdout));
    });
  });
});
