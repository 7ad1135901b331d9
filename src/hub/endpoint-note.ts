// Which hub a commit in the cache came from: a note of our own in the repository's folder, as the layout of the hub's
// clients has no place for it. They ignore the file.
import { join } from "node:path";
import { isCodedError } from "../error/index.ts";
import { fileFacts, readTextFile, writeFileAtomically } from "../io/index.ts";
import { endpointOf } from "./environment.ts";
import { isCommit } from "./reference.ts";

const NOTE_NAME = ".encoderfile.json";
/** More commits of one model than anybody keeps; an older one is forgotten. */
const COMMITS_MAX = 100;
const NOTE_BYTES_MAX = 64 * 1024;

/** Address of the hub the commit was last fetched from; undefined where nobody noted it. */
export function readEndpointNote(repositoryFolder: string, commit: string): string | undefined {
  return readNotes(join(repositoryFolder, NOTE_NAME)).get(commit);
}

/** A cache that cannot be written goes without: what is built now knows its hub. */
export function writeEndpointNote(
  repositoryFolder: string,
  commit: string,
  endpoint: string,
): void {
  const path = join(repositoryFolder, NOTE_NAME);
  const notes = readNotes(path);
  if (notes.get(commit) === endpoint) return;
  const others = [...notes].filter(([other]) => other !== commit);
  const endpoints = Object.fromEntries([...others, [commit, endpoint]].slice(-COMMITS_MAX));
  const bytes = Buffer.from(`${JSON.stringify({ endpoints }, undefined, 2)}\n`);
  if (bytes.length > NOTE_BYTES_MAX) return;
  try {
    writeFileAtomically(path, { force: true, mode: 0o644 }, (sink) => sink.write(bytes, 0));
  } catch (thrown) {
    if (!isCodedError(thrown)) throw thrown;
  }
}

/** By commit. What is damaged, or no address, is no note. */
function readNotes(path: string): ReadonlyMap<string, string> {
  if (fileFacts(path)?.kind !== "file") return new Map();
  let value: unknown;
  try {
    value = JSON.parse(readTextFile(path, NOTE_BYTES_MAX));
  } catch (thrown) {
    if (isCodedError(thrown) || thrown instanceof SyntaxError) return new Map();
    throw thrown;
  }
  const { endpoints } = fieldsOf(value);
  return new Map(
    Object.entries(fieldsOf(endpoints)).flatMap(([commit, text]) => {
      const endpoint = typeof text === "string" ? endpointOf(text) : undefined;
      return isCommit(commit) && endpoint !== undefined ? [[commit, endpoint] as const] : [];
    }),
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
