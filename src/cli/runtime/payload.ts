// Finds the payload this process is to run: the one in its own executable. Every start comes through here, --help too:
// it reads the manifest and nothing else, and imports neither engine nor tokenizer.
import { type BaseIdentity, baseIdentity } from "../../about/index.ts";
import { CodedError } from "../../error/index.ts";
import { hasPayload, type OpenedFile, openFile } from "../../format/index.ts";
import { FileSource } from "../../io/index.ts";

/** The opened file and the real path it lies at. */
export type Payload = { readonly opened: OpenedFile; readonly path: string };

/** Names the file to run when the program runs from source, where the executable is the compiler's. */
const FILE_VARIABLE = "ENCODERFILE_FILE";

/** Undefined in a plain base. Throws the coded reason when the payload is damaged, or what is left of one. */
export function openPayload(
  env: Readonly<Record<string, string | undefined>>,
): Payload | undefined {
  const identity = baseIdentity();
  const path = identity === undefined ? env[FILE_VARIABLE] : process.execPath;
  if (path === undefined) return undefined;
  const source = new FileSource(path);
  if (hasPayload(source)) return { opened: openFile(source), path: source.realPath };
  source.close();
  if (identity !== undefined) checkBareBase(identity, source);
  return undefined;
}

/**
 * A file that was cut short would otherwise be taken for the builder. Code signing on macOS may change the length of
 * an honest base, so only Linux is held to it.
 */
function checkBareBase({ length }: BaseIdentity, { name, byteLength }: FileSource): void {
  if (process.platform !== "linux" || byteLength === length) return;
  throw new CodedError(
    "CLI_PAYLOAD_DAMAGED",
    `Cannot run "${name}" as it must be a base of ${length} bytes or end in a footer: found ${byteLength} bytes ` +
      "and no footer: it was cut short or added to, get it anew",
    { detail: { expected: length, found: byteLength } },
  );
}
