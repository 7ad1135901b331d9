// Finds the payload in an executable: normally the one this process runs from.
import { hasPayload, type OpenedFile, openFile } from "../format/index.ts";
import { FileSource } from "../io/index.ts";

export type OpenedSelf = { readonly opened: OpenedFile; readonly path: string };

/** Undefined when the file is a plain base. Throws the coded reason when it has a payload that is damaged. */
export function openSelf(executable: string): OpenedSelf | undefined {
  const source = new FileSource(executable);
  if (!hasPayload(source)) {
    source.close();
    return undefined;
  }
  return { opened: openFile(source), path: source.realPath };
}
