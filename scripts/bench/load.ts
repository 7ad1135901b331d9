// How long until a session is ready, and how much memory of its own does it take: weights mapped in place inside the
// executable, or handed to ONNX Runtime in a buffer?
import { join } from "node:path";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { benchSubject, ROOT } from "./subject.ts";

export async function benchLoad(): Promise<Comparison[]> {
  const { modelDir, encoderfile } = await benchSubject();
  return [
    await compare({
      question: "load: session ready",
      ours: { name: "mapped in the executable", run: () => load("mapped", encoderfile) },
      baseline: { name: "buffer", run: () => load("buffer", join(modelDir, "model.onnx")) },
      rounds: 9,
      goal: { ms: 0.6, "anonymous MB": 0.5 },
    }),
  ];
}

/** Each load has a process of its own: memory once taken is not given back. */
async function load(way: "mapped" | "buffer", path: string): Promise<Figures> {
  const script = join(ROOT, "scripts/bench/load-process.ts");
  const { stdout, exitCode } = Bun.spawnSync([process.execPath, script, way, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (exitCode !== 0) throw new Error(`Loading ${path} ${way} failed`);
  return JSON.parse(stdout.toString()) as Figures;
}
