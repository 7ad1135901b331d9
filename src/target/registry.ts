// The systems an encoderfile can run on, one for each file of targets/. Knows names and facts, not how to build for
// them.
import { CodedError } from "../error/index.ts";
import { checkTarget, type Target } from "./check-target.ts";
import { targetFiles } from "./target-files.ts" with { type: "macro" };

/** Every target, in the order of their names. */
export const TARGETS: readonly Target[] = Object.freeze(targetFiles().map(checkTarget));

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
  if (/windows|win32|mingw/.test(name)) return " as of Windows only x64 is known, with MSVC";
  return "";
}

/**
 * What a machine of the target must offer, as people read it:
 * "glibc 2.28 or newer, libstdc++.so.6 (CXXABI_1.3.11, GLIBCXX_3.4.22)".
 */
export function printRequirements({ requires }: Target): string {
  const libraries = Object.entries(requires.libraries).map(([name, versions]) =>
    versions.length === 0 ? name : `${name} (${versions.join(", ")})`,
  );
  return [`${requires.system} ${requires.version} or newer`, ...libraries].join(", ");
}

/** What the base of a target is called in a folder: "encoderfile-linux-x64". */
export function baseFileName({ name, executableSuffix }: Target): string {
  return `encoderfile-${name}${executableSuffix}`;
}
