// Everything that must hold before a change lands: `bun run check`. Runs each step to its end, prints what failed, and
// closes with the total.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");
const COVERAGE = join(ROOT, "coverage");
/** Modules whose every line and function is run by their tests: they read bytes an attacker may have chosen. */
const COVERED_MODULES = ["error", "format", "io"];

type Total = { passed: number; failed: number; skipped: number };

const total: Total = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const skips: string[] = [];

async function run(
  title: string,
  command: readonly string[],
): Promise<{ ok: boolean; text: string }> {
  console.log(`\n== ${title}`);
  const startedMs = performance.now();
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    // Tests compare with ONNX Runtime itself, which would otherwise report on this machine to its maker.
    env: {
      ...process.env,
      ORT_DISABLE_TELEMETRY: "1",
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([relay(child.stdout), relay(child.stderr)]);
  const ok = (await child.exited) === 0;
  console.log(
    `-- ${title}: ${ok ? "ok" : "FAILED"} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  if (!ok) failures.push(title);
  return { ok, text: output + errors };
}

async function relay(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    process.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** A step that holds or does not: counts as one. */
async function step(title: string, ...command: readonly string[]): Promise<void> {
  const { ok } = await run(title, command);
  total[ok ? "passed" : "failed"] += 1;
}

/** A step that runs tests: each counts. A run that ends without a count, or without a test, is a failure. */
async function tests(title: string, ...args: readonly string[]): Promise<void> {
  const { ok, text } = await run(title, [process.execPath, "test", ...args]);
  const count = (word: string) =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0);
  const failed = count("fail");
  total.passed += count("pass");
  total.skipped += count("skip") + count("todo");
  total.failed += failed > 0 || (ok && count("pass") > 0) ? failed : 1;
  // A skipped test is printed where it stands and again in the summary.
  const skipped = text.split("\n").filter((line) => line.startsWith("(skip)"));
  skips.push(...new Set(skipped));
}

/** Reads the coverage the tests wrote and holds the byte-reading modules to all of it. */
function gateCoverage(): void {
  console.log("\n== coverage of the modules that read bytes");
  const report = readFileSync(join(COVERAGE, "lcov.info"), "utf8");
  const bare: string[] = [];
  for (const module of COVERED_MODULES) {
    const records = report
      .split("end_of_record")
      .filter((record) => record.includes(`SF:src/${module}/`));
    const sum = (key: string) =>
      records.reduce(
        (value, record) =>
          value + Number(new RegExp(`^${key}:(\\d+)$`, "m").exec(record)?.[1] ?? 0),
        0,
      );
    const lines = `${sum("LH")} of ${sum("LF")} lines`;
    console.log(
      `src/${module}: ${records.length} files, ${lines}, ${sum("FNH")} of ${sum("FNF")} functions`,
    );
    const whole = records.length > 0 && sum("LH") === sum("LF") && sum("FNH") === sum("FNF");
    if (!whole) bare.push(`${module}: ${lines}${uncovered(records)}`);
  }
  if (bare.length > 0) failures.push(`coverage below 100 %: ${bare.join("; ")}`);
  total[bare.length === 0 ? "passed" : "failed"] += 1;
}

function uncovered(records: readonly string[]): string {
  const missed = records.flatMap((record) => {
    const file = /SF:(.*)/.exec(record)?.[1];
    return [...record.matchAll(/^DA:(\d+),0$/gm)].map((match) => `${file}:${match[1]}`);
  });
  return missed.length === 0 ? "" : ` (${missed.join(" ")})`;
}

rmSync(COVERAGE, { recursive: true, force: true });
await step("types", "tsc", "--noEmit");
await step("types of the page", "tsc", "--noEmit", "--project", "src/server/page");
await step("lint and format", "biome", "ci", "--error-on-warnings", ".");
await step("generated code", process.execPath, "scripts/generate.ts", "--check");
// Limits of time only end tests that hang: how long one takes is the machine's affair.
await tests(
  "unit tests",
  ...["--timeout", "60000"],
  ...["--coverage", "--coverage-reporter=lcov", "--coverage-dir", COVERAGE],
  ...["--path-ignore-patterns", "test/e2e/**"],
);
if (existsSync(join(COVERAGE, "lcov.info"))) gateCoverage();
await step("base", process.execPath, "scripts/base.ts", "--all");
await tests("end-to-end tests", "test/e2e", "--timeout", "120000");

if (skips.length > 0) console.log(`\nSkipped:\n${skips.join("\n")}`);
if (failures.length > 0) console.log(`\nFailed:\n${failures.join("\n")}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
