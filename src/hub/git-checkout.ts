// A clone of a hub's repository: the commit that is checked out, if the hub has it, and its files compared with git's.
// Reads git's files and runs no git, which would run what a repository's settings say.
import { join } from "node:path";
import { FileSource, fileFacts, listFiles, readTextFile } from "../io/index.ts";
import type { Checkout } from "./checkout.ts";
import { digestOf, gitBlobId } from "./digest.ts";
import { ENDPOINT_DEFAULT } from "./environment.ts";
import { isSafeName } from "./file-name.ts";
import { GitObjects } from "./git-object.ts";
import { GitWork, historyTooLarge } from "./git-work.ts";
import { isCommit } from "./reference.ts";

/** Settings, lists of branches and the like. */
const TEXT_BYTES_MAX = 1024 * 1024;
/** A commit, or the name of another ref. */
const REF_BYTES_MAX = 4096;
const REF_LIMITS = { depthMax: 8, entriesMax: 10_000 };
/** Repositories of models have some tens of commits. */
const HISTORY_MAX = 2000;
/** Files from here on are probably kept in LFS, where git has a pointer only. */
const LARGE_BYTES = 100_000;

/** One clone: what was read of it is kept, and bounded for all that is asked of it together. */
type Clone = {
  readonly git: string;
  readonly work: GitWork;
  readonly objects: GitObjects;
  readonly packedRefs: ReadonlyMap<string, string>;
};

/** Undefined for a folder that is no clone from the public hub. Throws `HUB_HISTORY_TOO_LARGE`, as its result does. */
export function findGitCheckout(root: string): Checkout | undefined {
  const git = join(root, ".git");
  if (fileFacts(git)?.kind !== "folder") return undefined;
  const repository = hubRepository(readText(join(git, "config")));
  if (repository === undefined) return undefined;
  const work = new GitWork();
  const objects = new GitObjects(git, work);
  const clone = { git, work, objects, packedRefs: readPackedRefs(git) };
  const commit = resolveRef(clone, "HEAD");
  if (commit === undefined) return undefined;
  const found = { kind: "a git clone", repository, endpoint: ENDPOINT_DEFAULT };
  if (!isFetched(clone, commit)) {
    const flaw = `no branch of origin leads to commit ${commit}, which is checked out`;
    return { ...found, flaw, commitOf: () => undefined };
  }
  const isSame = (name: string) =>
    isSafeName(name) && isUnchanged(join(root, name), blobOf(clone, commit, name));
  return { ...found, commitOf: (name) => (isSame(name) ? commit : undefined) };
}

/** The address of "origin" at the hub, without the user and password it may hold. */
function hubRepository(config: string): string | undefined {
  const origin = /^\[remote "origin"\]\s*$([^[]*)/m.exec(config)?.[1] ?? "";
  // No line feeds among the spaces: a file of nothing else would be looked through once for each of them.
  const url = /^[ \t]*url[ \t]*=[ \t]*"?([^"\s]+)"?[ \t\r]*$/m.exec(origin)?.[1] ?? "";
  const path =
    /^(?:(?:https|ssh):\/\/(?:[^@/]*@)?(?:huggingface\.co|hf\.co)\/|git@hf\.co:)(.*)$/.exec(
      url,
    )?.[1];
  const name = path?.replace(/\/$/, "").replace(/\.git$/, "");
  const isModel = name !== undefined && /^[\w.-]+(\/[\w.-]+)?$/.test(name);
  return isModel && !/^(datasets|spaces)\//.test(name) ? name : undefined;
}

/** The commit a name stands for: a file with it or with another name, or a line of the packed ones. */
function resolveRef({ git, packedRefs }: Clone, name: string): string | undefined {
  const text = readText(join(git, name), REF_BYTES_MAX).trim();
  const other = /^ref: (refs\/\S+)$/.exec(text)?.[1];
  if (other === undefined) return isCommit(text) ? text : undefined;
  if (!isSafeName(other)) return undefined;
  const direct = readText(join(git, other), REF_BYTES_MAX).trim();
  if (direct !== "") return isCommit(direct) ? direct : undefined;
  return packedRefs.get(other);
}

function readPackedRefs(git: string): ReadonlyMap<string, string> {
  const lines = readText(join(git, "packed-refs")).split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [, commit, name] = /^([0-9a-f]{40}) (refs\/\S+)$/.exec(line.trim()) ?? [];
      return commit === undefined || name === undefined ? [] : [[name, commit] as const];
    }),
  );
}

/** Whether the commit came from the hub: those made here are behind no branch of "origin". */
function isFetched(clone: Clone, commit: string): boolean {
  const pending = remoteCommits(clone);
  const seen = new Set(pending);
  // Most clones have the tip of a branch checked out: then nothing of its history need be read.
  if (seen.has(commit)) return true;
  for (const next of pending) {
    if (next === commit) return true;
    if (seen.size > HISTORY_MAX) throw historyTooLarge();
    for (const parent of parentsOf(clone, next)) {
      if (!seen.has(parent)) pending.push(parent);
      seen.add(parent);
    }
  }
  return false;
}

function remoteCommits(clone: Clone): string[] {
  const { git, packedRefs } = clone;
  const folder = join(git, "refs", "remotes", "origin");
  const loose =
    fileFacts(folder)?.kind === "folder"
      ? listFiles(folder, REF_LIMITS).map((name) =>
          resolveRef(clone, `refs/remotes/origin/${name}`),
        )
      : [];
  const packed = [...packedRefs].filter(([name]) => name.startsWith("refs/remotes/origin/"));
  const commits = [...loose, ...packed.map(([, commit]) => commit)];
  return [...new Set(commits.filter((commit) => commit !== undefined))];
}

function parentsOf({ objects }: Clone, id: string): readonly string[] {
  const found = objects.read(id);
  if (found?.type !== "commit") return [];
  const [head = ""] = Buffer.from(found.content).toString("latin1").split("\n\n", 1);
  return [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent]) => parent ?? "");
}

/** The name of a file's content in a commit. */
function blobOf({ objects, work }: Clone, commit: string, path: string): string | undefined {
  const found = objects.read(commit);
  if (found?.type !== "commit") return undefined;
  let id = /^tree ([0-9a-f]{40})\n/.exec(Buffer.from(found.content).toString("latin1"))?.[1];
  for (const part of path.split("/")) {
    const tree = id === undefined ? undefined : objects.read(id);
    work.spend(tree?.content.length ?? 0);
    id = tree?.type === "tree" ? entryOf(tree.content, part) : undefined;
  }
  return id;
}

/** Entries are: mode in octal, space, name, zero byte, 20 bytes of the id. Links to elsewhere are none. */
function entryOf(tree: Uint8Array, name: string): string | undefined {
  const bytes = Buffer.from(tree.buffer, tree.byteOffset, tree.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    const entry = bytes.toString("utf8", at, end);
    const space = entry.indexOf(" ");
    if (entry.slice(space + 1) === name && /^(100|40)/.test(entry.slice(0, space))) {
      return bytes.toString("hex", end + 1, end + 21);
    }
    at = end + 21;
  }
  return undefined;
}

/** Whether the file is the content git has by this name, or what the pointer git has leads to. */
function isUnchanged(path: string, id: string | undefined): boolean {
  if (id === undefined || fileFacts(path)?.kind !== "file") return false;
  using source = new FileSource(path);
  const isPlain = () => digestOf(source, "git") === id;
  const isPointed = () => {
    const hex = digestOf(source, "sha256");
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${hex}\nsize ${source.byteLength}\n`;
    return gitBlobId(new TextEncoder().encode(pointer)) === id;
  };
  return source.byteLength < LARGE_BYTES ? isPlain() || isPointed() : isPointed() || isPlain();
}

/** Empty for what is no text of a sensible length: nothing follows from it. */
function readText(path: string, byteLengthMax = TEXT_BYTES_MAX): string {
  const facts = fileFacts(path);
  if (facts?.kind !== "file" || facts.byteLength > byteLengthMax) return "";
  return readTextFile(path, byteLengthMax);
}
