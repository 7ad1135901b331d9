// Folders that came from a hub, told by what its clients leave beside the files: which commit they are of, and whether
// a file is still what that commit has. Asks nobody, and believes no file before its digest was compared.
import { join } from "node:path";
import { fileFacts, readTextFile } from "../io/index.ts";
import { digestOfLink } from "./cache.ts";
import { hasDigest, parseDigest } from "./digest.ts";
import { readEndpointNote } from "./endpoint-note.ts";
import { isSafeName } from "./file-name.ts";
import { isCommit } from "./reference.ts";

/** What is known of a folder's files. `name` is a path below the folder, with forward slashes. */
export type Checkout = {
  /** How it is told, for people. */
  readonly kind: string;
  /** "owner/name"; undefined where the layout does not tell it. */
  readonly repository: string | undefined;
  /** Address of the hub; undefined where the layout does not tell it. */
  readonly endpoint: string | undefined;
  /** Why no file can be of a commit, where that is so for all of them. */
  readonly flaw?: string;
  /** The commit a file is of, if its bytes are what that commit has; undefined if they are not or nothing tells. */
  commitOf(name: string): string | undefined;
};

/** Of lines that say commit, digest and time. */
const METADATA_BYTES_MAX = 4096;

/** Repository and commit of a snapshot in the cache of the hub's clients, by its path alone. */
export function findSnapshot(
  folder: string,
):
  | { readonly repository: string; readonly commit: string; readonly repositoryFolder: string }
  | undefined {
  const match = /^(.*\/models--([\w.-]+))\/snapshots\/([0-9a-f]{40})(?:\/|$)/.exec(folder);
  const [, repositoryFolder, name, commit] = match ?? [];
  if (repositoryFolder === undefined || name === undefined || commit === undefined) {
    return undefined;
  }
  // The first "--" stands for the slash; models of the hub's first years have none.
  return { repository: name.replace("--", "/"), commit, repositoryFolder };
}

/** Each file is a link to a blob that is named after its digest. */
export function snapshotCheckout(
  folder: string,
  { repository, commit, repositoryFolder }: NonNullable<ReturnType<typeof findSnapshot>>,
): Checkout {
  return {
    kind: "a snapshot in the hub's cache",
    repository,
    endpoint: readEndpointNote(repositoryFolder, commit),
    commitOf: (name) => {
      const path = join(folder, name);
      const digest = isSafeName(name) ? digestOfLink(path) : undefined;
      return digest !== undefined && isFile(path) && hasDigest(path, digest) ? commit : undefined;
    },
  };
}

/** Where the hub's clients keep notes on files they put into a folder of the user's choice; formerly, and now. */
const NOTE_FOLDERS: readonly string[] = [".cache/huggingface/download", ".huggingface/download"];

/** Each file has a note with commit and digest. No note tells the repository. */
export function localDownload(root: string): Checkout | undefined {
  const notes = NOTE_FOLDERS.map((name) => join(root, name)).find(
    (path) => fileFacts(path)?.kind === "folder",
  );
  if (notes === undefined) return undefined;
  return {
    kind: "notes of the hub's client",
    repository: undefined,
    endpoint: undefined,
    commitOf: (name) => {
      const note = isSafeName(name) ? join(notes, `${name}.metadata`) : "";
      if (!isFile(note) || !isFile(join(root, name))) return undefined;
      const [commit = "", etag = ""] = readTextFile(note, METADATA_BYTES_MAX).split(/\r?\n/);
      const digest = parseDigest(etag);
      const isWhole = digest !== undefined && hasDigest(join(root, name), digest);
      return isCommit(commit) && isWhole ? commit : undefined;
    },
  };
}

function isFile(path: string): boolean {
  return fileFacts(path)?.kind === "file";
}
