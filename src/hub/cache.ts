// One repository's folder in the cache of the hub's own clients, laid out as they do: blobs named after their digest,
// a folder of links to them for each commit, and a file for each branch or tag that holds its commit.
import { basename, dirname, join, relative } from "node:path";
import { CodedError } from "../error/index.ts";
import {
  fileFacts,
  listFiles,
  readLink,
  readTextFile,
  removeFile,
  writeFileAtomically,
  writeLink,
} from "../io/index.ts";
import { type FileDigest, hasDigest, parseDigest } from "./digest.ts";
import { readEndpointNote, writeEndpointNote } from "./endpoint-note.ts";
import type { HubFile } from "./listing.ts";
import { type HubReference, isCommit } from "./reference.ts";

/** More files than any snapshot of a model has. */
const SNAPSHOT_LIMITS = { depthMax: 8, entriesMax: 50_000 };
/** A commit and a line break. */
const REF_BYTES_MAX = 100;

/** What a file in the cache is, by the look of it. */
export type CacheState = "whole" | "damaged" | "missing";

/** Paths of one repository in the cache, and what lies there. */
export class RepositoryCache {
  readonly #folder: string;

  constructor(cacheFolder: string, { repository }: Pick<HubReference, "repository">) {
    this.#folder = join(cacheFolder, `models--${repository.replaceAll("/", "--")}`);
  }

  /** The folder that shows the repository as it is at the commit. */
  snapshot(commit: string): string {
    return join(this.#folder, "snapshots", commit);
  }

  /** Where the content of a file lies. */
  blob({ hex }: FileDigest): string {
    return join(this.#folder, "blobs", hex);
  }

  /** The commit that is cached for a revision, with a snapshot of it; undefined when there is none. */
  findCommit(revision: string): string | undefined {
    const commit = isCommit(revision) ? revision : this.#readRef(revision);
    const isThere = commit !== undefined && fileFacts(this.snapshot(commit))?.kind === "folder";
    return isThere ? commit : undefined;
  }

  /** Remembers what a branch or tag stands for. Written last: who finds it finds the files. */
  writeRef(revision: string, commit: string): void {
    if (isCommit(revision)) return;
    const path = this.#ref(revision);
    if (this.#readRef(revision) === commit) return;
    this.#clearWay(["refs", ...revision.split("/")]);
    writeFileAtomically(path, { force: true, mode: 0o644 }, (sink) =>
      sink.write(Buffer.from(commit), 0),
    );
  }

  /** Which hub the commit came from; undefined where nobody noted it. */
  readEndpoint(commit: string): string | undefined {
    return readEndpointNote(this.#folder, commit);
  }

  /** Notes it for builds that ask nobody. */
  writeEndpoint(commit: string, endpoint: string): void {
    writeEndpointNote(this.#folder, commit, endpoint);
  }

  /** The files of a snapshot that were fetched, each with the digest its link tells. */
  listSnapshot(commit: string): ReadonlyMap<string, HubFile> {
    const folder = this.snapshot(commit);
    const files = listFiles(folder, SNAPSHOT_LIMITS).map((name) => {
      const byteLength = fileFacts(join(folder, name))?.byteLength;
      return [name, { name, byteLength, digest: digestOfLink(join(folder, name)) }] as const;
    });
    return new Map(files);
  }

  /** Of a file in a snapshot, its bytes compared with the digest. */
  check(commit: string, name: string, digest: FileDigest): CacheState {
    return checkFile(join(this.snapshot(commit), name), digest);
  }

  /** Of a blob, its bytes compared with its name. */
  checkBlob(digest: FileDigest): CacheState {
    return checkFile(this.blob(digest), digest);
  }

  /** Makes a blob appear in a snapshot. Links are relative, so that the cache can be moved. */
  link(commit: string, name: string, digest: FileDigest): void {
    const path = join(this.snapshot(commit), name);
    this.#clearWay(["snapshots", commit, ...name.split("/")]);
    writeLink(path, relative(dirname(path), this.blob(digest)));
  }

  /**
   * Makes sure that the folders above a place are folders of this cache: links would lead what is written elsewhere, or
   * nowhere, and are removed. What else is in the way may be of use to somebody, and is told.
   */
  #clearWay(parts: readonly string[]): void {
    let path = this.#folder;
    for (const [index, part] of parts.entries()) {
      path = join(path, part);
      const isLast = index === parts.length - 1;
      if (readLink(path) !== undefined) {
        if (!isLast) removeFile(path);
        continue;
      }
      const kind = fileFacts(path)?.kind;
      if (kind !== undefined && (kind === "folder") === isLast) throw inTheWay(path, kind, isLast);
    }
  }

  #ref(revision: string): string {
    return join(this.#folder, "refs", revision);
  }

  #readRef(revision: string): string | undefined {
    const path = this.#ref(revision);
    const facts = fileFacts(path);
    if (facts?.kind !== "file" || facts.byteLength > REF_BYTES_MAX) return undefined;
    const text = readTextFile(path, REF_BYTES_MAX).trim();
    return isCommit(text) ? text : undefined;
  }
}

/** The digest a link into the cache names; undefined for what is no such link. */
export function digestOfLink(path: string): FileDigest | undefined {
  const target = readLink(path);
  if (target === undefined || basename(dirname(target)) !== "blobs") return undefined;
  return parseDigest(basename(target));
}

function inTheWay(path: string, found: string, isLast: boolean): CodedError {
  const wanted = isLast ? "file" : "folder";
  return new CodedError(
    isLast ? "IO_NOT_A_FILE" : "IO_NOT_A_FOLDER",
    `Cannot use the cache of the hub as "${path}" must be a ${wanted}: found a ${found}: remove it`,
    { detail: { found, expected: wanted } },
  );
}

function checkFile(path: string, digest: FileDigest): CacheState {
  if (fileFacts(path)?.kind !== "file") return "missing";
  return hasDigest(path, digest) ? "whole" : "damaged";
}
