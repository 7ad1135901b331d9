// How `serve` comes by the profile `tune` wrote: the file it is told of, or the one beside the executable. Settings
// win.
import { CodedError } from "../../error/index.ts";
import { fileFacts, readTextFile } from "../../io/index.ts";
import type { TuneProfile } from "../../measure/index.ts";
import type { Payload } from "./payload.ts";
import type { ServeSettings } from "./serve-option.ts";

/** What is to be told of the profile once there is a log. */
export type ProfileNote = { readonly level: "info" | "warn"; readonly text: string };

export type ProfiledSettings = ServeSettings & { readonly profileNotes: readonly ProfileNote[] };

/** Stands for no profile at all, not even the one beside the executable. */
const NO_PROFILE = "off";

/** Where `tune` writes, and `serve` looks, unless told otherwise. */
export function profilePath({ path }: Payload): string {
  return `${path}.profile.json`;
}

/**
 * The settings with what the profile says of workers, threads and batches. A profile that was asked for and is of
 * another model or machine is refused (`MEASURE_PROFILE_FOREIGN`), as is one that cannot be read; one that merely lies
 * there is left out and told of.
 */
export async function applyProfile(
  payload: Payload,
  settings: ServeSettings,
): Promise<ProfiledSettings> {
  const { profile: named } = settings;
  const path = named ?? profilePath(payload);
  if (named === NO_PROFILE) return { ...settings, profileNotes: [] };
  if (named === undefined && !liesThere(path)) return { ...settings, profileNotes: [] };
  try {
    return withProfile(settings, await readProfile(payload, path), path);
  } catch (thrown) {
    const error = CodedError.from(thrown);
    if (named !== undefined || error.code === "INTERNAL") throw thrown;
    const text = `the profile beside this file is left out: ${error.message}`;
    return { ...settings, profileNotes: [{ level: "warn", text }] };
  }
}

/** What cannot even be looked at is not there. */
function liesThere(path: string): boolean {
  try {
    return fileFacts(path) !== undefined;
  } catch {
    return false;
  }
}

async function readProfile({ opened }: Payload, path: string): Promise<TuneProfile> {
  const measure = await import("../../measure/index.ts");
  const profile = measure.parseProfile(readTextFile(path, measure.PROFILE_BYTES_MAX), path);
  const here = { modelDigest: opened.modelDigest, ...measure.machineFacts(opened) };
  const mismatch = measure.profileMismatch(profile, here);
  if (mismatch === undefined) return profile;
  throw new CodedError(
    "MEASURE_PROFILE_FOREIGN",
    `Cannot take the profile "${path}" as it must be of this model and machine: ${mismatch}: ` +
      "run tune here, or leave the profile out",
  );
}

/** Workers and threads belong together: one of them given, neither is the profile's. */
function withProfile(
  settings: ServeSettings,
  { choice }: TuneProfile,
  path: string,
): ProfiledSettings {
  const { workers, threadsPerWorker, latency } = settings;
  const isSplit = latency || (workers ?? threadsPerWorker) !== undefined;
  const split = isSplit
    ? {}
    : { workers: choice.workers, threadsPerWorker: choice.threadsPerWorker };
  // What was measured for other threads says nothing of these.
  const batchTokens = settings.batchTokens ?? (isSplit ? undefined : choice.batchTokens);
  const taken = isSplit
    ? "left out, as workers or threads were given"
    : `${choice.workers} workers of ${choice.threadsPerWorker} threads, ${batchTokens} tokens a batch`;
  const note: ProfileNote = { level: "info", text: `profile "${path}": ${taken}` };
  return { ...settings, ...split, batchTokens, profileNotes: [note] };
}
