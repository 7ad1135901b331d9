// Run by a test in a process of its own, as memory that others gave back hides what a session takes: opens a session of
// the model in argv[2], sharing weights or not by argv[3], and prints how many anonymous bytes that took.
import { readFileSync } from "node:fs";
import { FileSource } from "../../src/io/index.ts";
import { attachNative, openSession, prepareNative, scanModel } from "../../src/onnx/index.ts";

attachNative(prepareNative());
const source = new FileSource(process.argv[2] ?? "");
const locate = () => ({ path: source.realPath, byteOffset: 0, byteLength: source.byteLength });
const scanned = scanModel(source);
const before = anonymousBytes();
const session = openSession({
  ...{ scanned, source, locate, intraOpThreads: 1 },
  sharesWeights: process.argv[3] === "shared",
});
console.log(anonymousBytes() - before);
session.close();

function anonymousBytes(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
