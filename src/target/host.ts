// Which target this machine is.
import { CodedError } from "../error/index.ts";
import type { Target } from "./check-target.ts";
import { TARGETS } from "./registry.ts";

/** What Node calls a system, where targets call it otherwise. */
const OS_OF_PLATFORM: Readonly<Record<string, string>> = { win32: "windows" };

/** The target of the running machine. Throws `TARGET_UNSUPPORTED_HOST` when there is none. */
export function hostTarget(
  host: { readonly platform: string; readonly arch: string } = process,
): Target {
  const os = OS_OF_PLATFORM[host.platform] ?? host.platform;
  const found = TARGETS.find((target) => target.os === os && target.arch === host.arch);
  if (found) return found;
  const known = TARGETS.map((target) => target.name);
  throw new CodedError(
    "TARGET_UNSUPPORTED_HOST",
    `Cannot choose a target for this machine as it is "${host.platform}-${host.arch}": ` +
      `name one of ${known.join(", ")} with --target`,
    { detail: { platform: host.platform, arch: host.arch, known } },
  );
}
