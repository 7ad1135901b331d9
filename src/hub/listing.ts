// A hub's answer about a repository at a revision -> its commit and files. The answer may say anything.
import { CodedError } from "../error/index.ts";
import { type FileDigest, parseDigest } from "./digest.ts";
import { isSafeName } from "./file-name.ts";
import { isCommit } from "./reference.ts";

/** One file of a repository. */
export type HubFile = {
  /** Relative path with forward slashes, checked to stay below a folder. */
  readonly name: string;
  /** Undefined where the hub did not say. */
  readonly byteLength: number | undefined;
  /** Undefined where nothing tells it: such a file cannot be checked. */
  readonly digest: FileDigest | undefined;
};

export type Listing = {
  /** The commit the revision stood for when it was asked. */
  readonly commit: string;
  /** By name. Files whose names lead elsewhere are left out, as if they were not there. */
  readonly files: ReadonlyMap<string, HubFile>;
};

/** The largest repositories of models have some thousand files. */
const FILES_MAX = 50_000;

/** Throws `HUB_ANSWER_INVALID`. */
export function parseListing(text: string): Listing {
  const answer = parseJson(text);
  const { sha, siblings } = isObject(answer) ? answer : {};
  if (typeof sha !== "string" || !isCommit(sha)) throw invalid("a commit of 40 digits as sha");
  if (!Array.isArray(siblings) || siblings.length > FILES_MAX) {
    throw invalid(`a list of up to ${FILES_MAX} files as siblings`);
  }
  const files = siblings.flatMap((item: unknown) => {
    const file = readFile(item);
    return isSafeName(file.name) ? [[file.name, file] as const] : [];
  });
  return { commit: sha, files: new Map(files) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's complaint says nothing of what the answer should have been.
    throw invalid("JSON");
  }
}

function readFile(item: unknown): HubFile {
  const { rfilename, size, blobId, lfs } = isObject(item) ? item : {};
  if (typeof rfilename !== "string") throw invalid("a name for each file");
  const large = isObject(lfs) ? lfs : undefined;
  const hex = large === undefined ? blobId : large["sha256"];
  const digest = typeof hex === "string" ? parseDigest(hex) : undefined;
  const isRight = (digest?.algorithm === "sha256") === (large !== undefined);
  return {
    name: rfilename,
    byteLength: readLength(large?.["size"] ?? size),
    digest: isRight ? digest : undefined,
  };
}

function readLength(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(expected: string): CodedError {
  return new CodedError(
    "HUB_ANSWER_INVALID",
    `Cannot read the hub's answer as it must hold ${expected}: is HF_ENDPOINT a hub?`,
  );
}
