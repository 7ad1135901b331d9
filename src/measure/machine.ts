// The machine that measures and the program that runs on it: what figures depend on.
import { cpus } from "node:os";
import { baseIdentity, VERSION } from "../about/index.ts";
import type { OpenedFile } from "../format/index.ts";
import { usableCores } from "../runtime/index.ts";

export type MachineFacts = {
  readonly version: string;
  /** Such as "linux-x64". */
  readonly target: string;
  readonly onnxruntime: string;
  /** As the system calls it. */
  readonly processor: string;
  /** Cores this process may keep busy. */
  readonly cores: number;
};

/** Longer names are none; the system's are below a hundred characters. */
const PROCESSOR_CHARACTERS_MAX = 120;

export function machineFacts({ manifest }: OpenedFile): MachineFacts {
  const base = baseIdentity();
  return {
    version: VERSION,
    target: base?.target ?? `${process.platform}-${process.arch}`,
    onnxruntime: base?.onnxruntime ?? (manifest.base?.onnxruntimeVersion || "unknown"),
    processor: cpus()[0]?.model.trim().slice(0, PROCESSOR_CHARACTERS_MAX) || "unknown",
    cores: usableCores().count,
  };
}
