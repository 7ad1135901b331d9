// Finds the payload this process is to run: the one in its own executable. Every start comes through here, --help too:
// it reads the manifest and nothing else, and imports neither engine nor tokenizer.
import { baseIdentity } from "../../about/index.ts";
import { hasPayload, type OpenedFile, openFile } from "../../format/index.ts";
import { FileSource } from "../../io/index.ts";

/** The opened file and the real path it lies at. */
export type Payload = { readonly opened: OpenedFile; readonly path: string };

/** Names the file to run when the program runs from source, where the executable is the compiler's. */
const FILE_VARIABLE = "ENCODERFILE_FILE";

/** Undefined in a plain base, and in what is left of a payload. Throws the coded reason when the payload is damaged. */
export function openPayload(
  env: Readonly<Record<string, string | undefined>>,
): Payload | undefined {
  const identity = baseIdentity();
  const path = identity === undefined ? env[FILE_VARIABLE] : process.execPath;
  if (path === undefined) return undefined;
  const source = new FileSource(path);
  if (hasPayload(source)) return { opened: openFile(source), path: source.realPath };
  source.close();
  return undefined;
}
