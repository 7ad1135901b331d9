// What the benchmarks measure: the MiniLM-shaped model directory, the base of this machine and the executable of both.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { hostTarget } from "../../src/target/index.ts";
import { buildBase } from "../base.ts";
import { makeFixture } from "../fixture/make-model.ts";

export const ROOT = resolve(import.meta.dir, "../..");
export const BENCH_FOLDER = join(ROOT, "dist/bench");

export type Subject = {
  readonly modelDir: string;
  readonly base: string;
  readonly encoderfile: string;
};

/** Makes what is missing; the base is always compiled anew, as it may be older than the source. */
export async function benchSubject(): Promise<Subject> {
  const modelDir = await makeFixture({ shape: "minilm-l6", head: "sentence-embedding" });
  const base = await buildBase(hostTarget());
  const encoderfile = join(BENCH_FOLDER, "minilm.encoderfile");
  runQuietly(base, "build", modelDir, "-o", encoderfile, "--force");
  return { modelDir, base, encoderfile };
}

/** Runs a command to its end; its output is shown only when it fails. */
export function runQuietly(...command: readonly string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdin: "ignore" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} failed:\n${stdout}${stderr}`);
}

/** Folder of a peer library, installed on first use: it is compared against, never shipped. */
export function peerFolder(name: string, version: string): string {
  const folder = join(BENCH_FOLDER, "peer", `${name.replaceAll(/[^a-z0-9]+/g, "-")}-${version}`);
  if (!existsSync(join(folder, "node_modules", name, "package.json"))) {
    runQuietly("mkdir", "-p", folder);
    runQuietly("sh", "-c", `cd "${folder}" && echo '{"private":true}' > package.json`);
    runQuietly(
      process.execPath,
      "add",
      "--cwd",
      folder,
      "--exact",
      "--ignore-scripts",
      `${name}@${version}`,
    );
  }
  return folder;
}
