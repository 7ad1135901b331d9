// How a model on a hub is named: `hf:owner/name`, with a revision behind an @.

/** A repository and what was asked of it: a branch, a tag or a commit. */
export type HubReference = {
  /** "owner/name", or a name alone, as models of the hub's first years have. */
  readonly repository: string;
  readonly revision: string;
};

const PREFIX = "hf:";
const REVISION_DEFAULT = "main";

/** What the hub allows for a repository's name, both parts together. */
const REPOSITORY_LENGTH_MAX = 96;
/** Longer than any branch; becomes the name of a file. */
const REVISION_LENGTH_MAX = 200;

/** One part of a repository's name. The hub reserves "--", which stands for "/" in its cache. */
const NAME = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/;

/** Whether the text is meant as a model on a hub; a folder of such a name is `./hf:...`. */
export function isHubReference(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The reference, or what is wrong with it in words that follow the name of a field. */
export function parseHubReference(text: string): HubReference | { readonly complaint: string } {
  const [repository = "", revision = REVISION_DEFAULT] = splitOnce(text.slice(PREFIX.length), "@");
  const parts = repository.split("/");
  const isNamed = parts.length <= 2 && parts.every((part) => NAME.test(part));
  if (!isNamed || repository.length > REPOSITORY_LENGTH_MAX) {
    return {
      complaint: `expected ${PREFIX}owner/name or ${PREFIX}owner/name@revision: ${show(text)}`,
    };
  }
  if (!isRevision(revision)) {
    return { complaint: `expected a branch, a tag or a commit after the @: ${show(text)}` };
  }
  return { repository, revision };
}

/** The reference as it is written. */
export function printHubReference({ repository, revision }: HubReference): string {
  return `${PREFIX}${repository}@${revision}`;
}

/** A whole commit, which never comes to mean another. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Names of branches may hold slashes; as a path they must stay where they are put. */
function isRevision(text: string): boolean {
  return (
    text.length <= REVISION_LENGTH_MAX &&
    text.split("/").every((part) => /^[\w.+#=-]+$/.test(part) && !/^\.|\.$|\.\.|\.lock$/.test(part))
  );
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}

function show(text: string): string {
  return `found ${JSON.stringify(text.slice(0, 200))}`;
}
