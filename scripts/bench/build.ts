// How long does a build take: the whole command, and its copy beside `cp` of the same bytes?
import { rmSync } from "node:fs";
import { join } from "node:path";
import { FileSource, forEachChunk, writeFileAtomically } from "../../src/io/index.ts";
import { hostTarget, TARGETS } from "../../src/target/index.ts";
import { buildBase } from "../base.ts";
import { type Comparison, compare } from "./measure.ts";
import { BENCH_FOLDER, benchSubject, runQuietly } from "./subject.ts";

export async function benchBuild(): Promise<Comparison[]> {
  const { modelDir, base, encoderfile } = await benchSubject();
  const output = join(BENCH_FOLDER, "built.encoderfile");
  const copy = join(BENCH_FOLDER, "copied.encoderfile");
  const whole = await compare({
    question: "build: whole command, validation and trial inference included",
    ours: {
      name: "encoderfile build",
      run: () => timed(output, () => runQuietly(base, "build", modelDir, "-o", output)),
    },
    baseline: {
      name: "cp, sha256sum and sync of the result",
      run: () => timed(copy, () => copyHashSync(encoderfile, copy)),
    },
    rounds: 7,
    goal: {},
  });
  const copying = await compare({
    question: "build: the copy itself, up to the renamed file on disk",
    ours: { name: "copy", run: () => timed(output, () => copyParts(base, modelDir, output)) },
    baseline: { name: "cp and sync", run: () => timed(copy, () => copySync(encoderfile, copy)) },
    rounds: 7,
    goal: { ms: 1.5 },
  });
  const others: Comparison[] = [];
  for (const target of TARGETS.filter(({ name }) => name !== hostTarget().name)) {
    const otherBase = await buildBase(target, BENCH_FOLDER);
    const flags = ["--target", target.name, "--base", otherBase, "-o", output];
    const comparison = await compare({
      question: `build: whole command for ${target.name}`,
      ours: {
        name: target.os === "darwin" ? "encoderfile build, signing included" : "encoderfile build",
        run: () => timed(output, () => runQuietly(base, "build", modelDir, ...flags)),
      },
      baseline: {
        name: "the same for this machine",
        run: () => timed(output, () => runQuietly(base, "build", modelDir, "-o", output)),
      },
      rounds: 5,
      goal: {},
    });
    others.push(comparison);
  }
  return [whole, copying, ...others];
}

function copySync(from: string, to: string): void {
  runQuietly("cp", from, to);
  runQuietly("sync", to);
}

function copyHashSync(from: string, to: string): void {
  runQuietly("sha256sum", from);
  copySync(from, to);
}

/** The bytes of a build as the builder moves them, without its hashing: cp does not hash either. */
function copyParts(base: string, modelDir: string, output: string): void {
  const paths = [base, join(modelDir, "tokenizer.json"), join(modelDir, "model.onnx")];
  writeFileAtomically(output, { force: false, mode: 0o755 }, (sink) => {
    let byteOffset = 0;
    for (const path of paths) {
      using source = new FileSource(path);
      const whole = { byteOffset: 0, byteLength: source.byteLength };
      forEachChunk(source, whole, (chunk, position) => sink.write(chunk, byteOffset + position));
      byteOffset += source.byteLength;
    }
  });
}

/** The output is removed before the clock starts: overwriting costs the file system something else. */
async function timed(output: string, work: () => void): Promise<{ ms: number }> {
  rmSync(output, { force: true });
  const startedMs = performance.now();
  work();
  return { ms: performance.now() - startedMs };
}
