// One load in a process of its own: prints its time and memory as JSON. Arguments: mapped|buffer, path.
import { readFileSync } from "node:fs";
import { InferenceSession } from "onnxruntime-node";
import { assetSource, openFile, requireAsset } from "../../src/format/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { attachNative, openSession, prepareNative, scanModel } from "../../src/onnx/index.ts";

/** Both ways get the same options, so that only the way of loading differs. */
const SESSION_OPTIONS = {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: "extended",
  enableCpuMemArena: false,
  enableMemPattern: false,
  logSeverityLevel: 3,
} as const;

const keep: unknown[] = [];

function anonymousBytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

function loadMapped(path: string): void {
  const source = new FileSource(path);
  const opened = openFile(source);
  const weights = requireAsset(opened, "weights");
  const model = assetSource(opened, weights);
  const { byteOffset, byteLength } = weights;
  const locate = () => ({ path: source.realPath, byteOffset, byteLength });
  keep.push(openSession({ scanned: scanModel(model), source: model, locate, intraOpThreads: 1 }));
}

async function loadBuffer(path: string): Promise<void> {
  const bytes = readFileSync(path);
  keep.push(bytes, await InferenceSession.create(bytes, SESSION_OPTIONS));
}

const [way = "", path = ""] = process.argv.slice(2);
// The library itself is loaded beforehand in both ways.
attachNative(prepareNative());
Bun.gc(true);
const before = anonymousBytes();
const startedMs = performance.now();
if (way === "mapped") loadMapped(path);
else await loadBuffer(path);
const ms = performance.now() - startedMs;
console.log(JSON.stringify({ ms, "anonymous MB": (anonymousBytes() - before) / 1e6 }));
process.exit(0);
