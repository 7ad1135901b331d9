// What a hub says when it gives nothing, in words a person can act on. It says why in a header of its own.
import { CodedError } from "../error/index.ts";
import type { HubEnvironment } from "./environment.ts";
import { type HubReference, printHubReference } from "./reference.ts";

/** Statuses that are answers of a hub: they come with a reason. */
export const REFUSALS: readonly number[] = [401, 403, 404];

type Refusal = {
  readonly status: number;
  readonly headers: Headers;
  /** The file that was asked for; undefined for the repository itself. */
  readonly file?: string;
};

/** Of an answer with one of `REFUSALS`: `HUB_NOT_FOUND` or `HUB_DENIED`. */
export function refusalOf(
  { status, headers, file }: Refusal,
  reference: HubReference,
  { endpoint, token }: HubEnvironment,
): CodedError {
  const { repository, revision } = reference;
  const reason = headers.get("x-error-code") ?? "";
  const attempt = `Cannot fetch "${printHubReference(reference)}"`;
  const detail = { status, reason };
  const page = `${endpoint}/${repository}`;
  if (reason === "GatedRepo") {
    const signIn = token === undefined ? ` and set HF_TOKEN (${endpoint}/settings/tokens)` : "";
    const message =
      `${attempt} as its authors give it to those only who accept their conditions: ` +
      `do so at ${page}${signIn}`;
    return new CodedError("HUB_DENIED", message, { detail });
  }
  if (reason === "RevisionNotFound") {
    const message = `${attempt} as the repository has no revision "${revision}": see ${page}/commits/main`;
    return new CodedError("HUB_NOT_FOUND", message, { detail });
  }
  if (reason === "EntryNotFound" && file !== undefined) {
    const message = `${attempt} as it has no file "${file}" any more: try again`;
    return new CodedError("HUB_NOT_FOUND", message, { detail });
  }
  if (headers.get("x-error-message") === "Access to this resource is disabled.") {
    return new CodedError("HUB_DENIED", `${attempt} as the hub has disabled it: see ${page}`, {
      detail,
    });
  }
  if (status === 403) {
    const message = `${attempt} as the hub denies access to it: check what the token in HF_TOKEN may read`;
    return new CodedError("HUB_DENIED", message, { detail });
  }
  // Without a token the hub does not tell private repositories from those that are not there.
  const remedy =
    token === undefined
      ? "check the name, or set HF_TOKEN if it is private"
      : "check the name, and whether the token in HF_TOKEN may read it";
  const message = `${attempt} as there is no such repository at ${endpoint}, or it is private: ${remedy}`;
  return new CodedError("HUB_NOT_FOUND", message, { detail });
}
