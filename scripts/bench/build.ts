// How long does a build take: the whole command, and its copy beside `cp` of the same bytes?
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writeEncoderfile } from "../../src/format/index.ts";
import { ModelType } from "../../src/gen/metadata_pb.ts";
import { FileSource } from "../../src/io/index.ts";
import { type Comparison, compare } from "./measure.ts";
import { BENCH_FOLDER, benchSubject, runQuietly } from "./subject.ts";

export async function benchBuild(): Promise<Comparison[]> {
  const { modelDir, base, encoderfile } = await benchSubject();
  const output = join(BENCH_FOLDER, "built.encoderfile");
  const copy = join(BENCH_FOLDER, "copied.encoderfile");
  const cp = {
    name: "cp of the result",
    run: () => timed(copy, () => runQuietly("cp", encoderfile, copy)),
  };
  const whole = await compare({
    question: "build: whole command, validation and trial inference included",
    ours: {
      name: "encoderfile build",
      run: () => timed(output, () => runQuietly(base, "build", modelDir, "-o", output)),
    },
    baseline: cp,
    rounds: 7,
    goal: {},
  });
  const copying = await compare({
    question: "build: hashing and writing the file, without the rest of the command",
    ours: { name: "write", run: () => timed(output, () => write(base, modelDir, output)) },
    baseline: cp,
    rounds: 7,
    goal: { ms: 1.5 },
  });
  return [whole, copying];
}

function write(base: string, modelDir: string, output: string): void {
  using baseSource = new FileSource(base);
  using weights = new FileSource(join(modelDir, "model.onnx"));
  using tokenizer = new FileSource(join(modelDir, "tokenizer.json"));
  writeEncoderfile(
    {
      base: baseSource,
      manifest: { modelType: ModelType.SENTENCE_EMBEDDING, name: "bench", version: "1" },
      assets: [
        { kind: "weights", content: weights },
        { kind: "tokenizer", content: tokenizer },
      ],
    },
    output,
  );
}

/** The output is removed before the clock starts: overwriting costs the file system something else. */
async function timed(output: string, work: () => void): Promise<{ ms: number }> {
  rmSync(output, { force: true });
  const startedMs = performance.now();
  work();
  return { ms: performance.now() - startedMs };
}
