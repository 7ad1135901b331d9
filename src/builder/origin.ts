// Where the files of a model come from, as far as their folder tells and their bytes bear out.
import { join } from "node:path";
import { isCodedError } from "../error/index.ts";
import { type Checkout, ENDPOINT_DEFAULT, findCheckout } from "../hub/index.ts";
import { fileFacts } from "../io/index.ts";
import type { Findings } from "./findings.ts";
import type { ModelFile } from "./model-file.ts";

/** Empty texts where nothing is known. */
export type Origin = {
  readonly repository: string;
  readonly revision: string;
  /** Address of the hub; "" for the public one, undefined where nothing tells it. */
  readonly endpoint: string | undefined;
};

const UNKNOWN: Origin = { repository: "", revision: "", endpoint: undefined };

/**
 * Repository and commit, if every file is what that commit has: one that was changed or is from elsewhere is none of
 * its, and a statement about some files would be read as one about all.
 */
export function readOrigin(
  folder: string,
  files: readonly ModelFile[],
  findings: Findings,
): Origin {
  try {
    return originOf(folder, files, findings);
  } catch (thrown) {
    // What clients and git leave beside a model is not needed to build it.
    if (!isCodedError(thrown) || thrown.code === "INTERNAL") throw thrown;
    findings.note("repository", "not stated", thrown.message);
    return UNKNOWN;
  }
}

function originOf(folder: string, files: readonly ModelFile[], findings: Findings): Origin {
  if (fileFacts(folder)?.kind !== "folder") return UNKNOWN;
  const checkout = findCheckout(folder);
  if (checkout === undefined) return UNKNOWN;
  const { kind, repository = "", endpoint, flaw } = checkout;
  if (flaw !== undefined) {
    findings.note("repository", "not stated", `${kind}, but ${flaw}`);
    return UNKNOWN;
  }
  const commits = new Map<string | undefined, string>();
  for (const { name, path } of files) {
    const isInside = path === join(folder, name);
    commits.set(isInside ? checkout.commitOf(name) : undefined, name);
    // One that is not of the commit decides; the others need not be read.
    if (commits.has(undefined)) break;
  }
  const foreign = commits.get(undefined);
  const [revision, ...others] = [...commits.keys()].filter((commit) => commit !== undefined);
  if (foreign !== undefined || revision === undefined || others.length > 0) {
    const reason =
      foreign === undefined
        ? "the files are of different commits"
        : `${foreign} is not as in a commit of it`;
    findings.note("repository", "not stated", `${kind}, but ${reason}`);
    return UNKNOWN;
  }
  const known = repository === "" ? `commit ${revision}` : `${repository} at ${revision}`;
  findings.note("repository", known, `${kind}${hubOf(checkout)}`);
  return { repository, revision, endpoint: endpoint === ENDPOINT_DEFAULT ? "" : endpoint };
}

/** Which hub, where it is not the public one, or that nothing tells it. */
function hubOf({ repository, endpoint }: Checkout): string {
  if (repository === undefined || endpoint === ENDPOINT_DEFAULT) return "";
  return endpoint === undefined ? ", which does not tell of which hub" : `, of ${endpoint}`;
}
