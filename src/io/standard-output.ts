// Whether standard output leads anywhere. Not how to write to it.
import { readFileSync } from "node:fs";

// The same on every Linux this runs on; node:fs does not name it.
const O_CLOEXEC = 0o2000000;

/**
 * False when the process was started without a standard output (`>&-`). The runtime then opens /dev/null in its place,
 * so that no write fails; but it marks it to be closed on exec, and nothing inherited through exec can be. Only Linux
 * shows the mark, in `factsPath`; elsewhere, and when in doubt, it is true.
 */
export function hasStandardOutput(factsPath = "/proc/self/fdinfo/1"): boolean {
  if (process.platform !== "linux") return true;
  try {
    const facts = readFileSync(factsPath, "utf8");
    const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(facts)?.[1] ?? "0", 8);
    return (flags & O_CLOEXEC) === 0;
  } catch {
    // Without /proc nobody knows.
    return true;
  }
}
