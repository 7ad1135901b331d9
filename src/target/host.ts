// Which target this machine is.
import { CodedError } from "../error/index.ts";
import { TARGETS, type Target } from "./registry.ts";

/** The target of the running machine. Throws `TARGET_UNSUPPORTED_HOST` when there is none. */
export function hostTarget(
  host: { readonly platform: string; readonly arch: string } = process,
): Target {
  const found = TARGETS.find((target) => target.os === host.platform && target.arch === host.arch);
  if (found) return found;
  const known = TARGETS.map((target) => target.name);
  throw new CodedError(
    "TARGET_UNSUPPORTED_HOST",
    `Cannot choose a target for this machine as it is "${host.platform}-${host.arch}": ` +
      `name one of ${known.join(", ")} with --target`,
    { detail: { platform: host.platform, arch: host.arch, known } },
  );
}
