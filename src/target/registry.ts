// The systems an encoderfile can run on, read from targets/*.json. Knows names and facts, not how to build for them.
import darwinArm64 from "../../targets/darwin-arm64.json" with { type: "json" };
import darwinX64 from "../../targets/darwin-x64.json" with { type: "json" };
import linuxArm64 from "../../targets/linux-arm64.json" with { type: "json" };
import linuxX64 from "../../targets/linux-x64.json" with { type: "json" };
import { assert, CodedError } from "../error/index.ts";

/** One system. Field meanings: targets/README.md. Paths are relative to the npm package. */
export type Target = {
  readonly name: string;
  readonly os: "linux" | "darwin";
  readonly arch: "x64" | "arm64";
  readonly aliases: readonly string[];
  readonly bunTarget: string;
  readonly onnxruntime: {
    readonly version: string;
    readonly package: string;
    readonly library: string;
    readonly addon: string;
  };
  readonly pageSize: number;
  readonly requires: string;
};

/** Every target, in the order of their names. */
export const TARGETS: readonly Target[] = Object.freeze(
  [darwinArm64, darwinX64, linuxArm64, linuxX64].map(checkTarget),
);

/**
 * The target of this name or alias ("linux-x64", "x86_64-unknown-linux-gnu").
 * Throws `TARGET_UNKNOWN`, with the reason when the name is one that other tools know.
 */
export function findTarget(name: string): Target {
  const wanted = name.trim().toLowerCase();
  const found = TARGETS.find((target) => target.name === wanted || target.aliases.includes(wanted));
  if (found) return found;
  const known = TARGETS.map((target) => target.name);
  throw new CodedError(
    "TARGET_UNKNOWN",
    `Cannot use target ${JSON.stringify(name)}${whyNot(wanted)}: expected ${known.join(", ")}`,
    { detail: { target: name, known } },
  );
}

function whyNot(name: string): string {
  if (name.includes("musl")) return " as ONNX Runtime has no library for musl";
  if (name.includes("windows") || name.includes("win32")) return " as Windows is not supported";
  return "";
}

/** A defect in targets/*.json is a programmer mistake: it fails the first import, and with it every test. */
export function checkTarget(
  target: {
    readonly [K in keyof Target]: K extends "os" | "arch" ? string : Target[K];
  },
): Target {
  const { name, os, arch } = target;
  assert(os === "linux" || os === "darwin", `os of target ${name} is linux or darwin`);
  assert(arch === "x64" || arch === "arm64", `arch of target ${name} is x64 or arm64`);
  assert(name === `${os}-${arch}`, `target ${name} is named after its os and arch`);
  assert(target.bunTarget.startsWith("bun-"), `bunTarget of target ${name} begins with bun-`);
  // Weights start on 64 KiB boundaries; a larger page could not be mapped there.
  const { pageSize } = target;
  const isPowerOfTwo = Number.isInteger(Math.log2(pageSize));
  assert(isPowerOfTwo && pageSize <= 65_536, `pageSize of target ${name} divides 64 KiB`);
  assert(/^\d+\.\d+\.\d+$/.test(target.onnxruntime.version), `target ${name} pins onnxruntime`);
  return Object.freeze({ ...target, os, arch });
}
