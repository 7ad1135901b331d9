// Finds the payload this process is to run: the one in its own executable.
import { baseIdentity } from "../../about/index.ts";
import { type OpenedSelf, openSelf } from "../../runtime/index.ts";

/** Names the file to run when the program runs from source, where the executable is the compiler's. */
const FILE_VARIABLE = "ENCODERFILE_FILE";

/** Undefined in a plain base. Throws the coded reason when the payload is damaged. */
export function openPayload(
  env: Readonly<Record<string, string | undefined>>,
): OpenedSelf | undefined {
  if (baseIdentity() !== undefined) return openSelf(process.execPath);
  const path = env[FILE_VARIABLE];
  return path === undefined ? undefined : openSelf(path);
}
