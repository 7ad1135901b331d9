// Generates src/gen from proto/: `bun run generate [--check]`. With --check it only fails on a difference.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");
const OUTPUT = join(ROOT, "src/gen");

function run(...command: string[]): void {
  const path = `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`;
  const { exitCode } = Bun.spawnSync(command, {
    cwd: ROOT,
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (exitCode !== 0) process.exit(exitCode);
}

function contents(folder: string): Map<string, string> {
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

run("buf", "lint");
if (process.argv.includes("--check")) {
  const fresh = mkdtempSync(join(tmpdir(), "encoderfile-generate-"));
  run("buf", "generate", "--output", fresh);
  const expected = contents(join(fresh, "src/gen"));
  const found = contents(OUTPUT);
  rmSync(fresh, { recursive: true });
  const names = [...new Set([...expected.keys(), ...found.keys()])];
  const stale = names.filter((name) => expected.get(name) !== found.get(name));
  if (stale.length > 0) {
    console.error(`src/gen differs from proto/ in ${stale.join(", ")}: run "bun run generate"`);
    process.exit(1);
  }
  console.log(`src/gen equals what proto/ generates: ${names.length} files`);
} else {
  rmSync(OUTPUT, { recursive: true, force: true });
  run("buf", "generate");
}
