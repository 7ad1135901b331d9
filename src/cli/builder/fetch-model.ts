// `build hf:owner/name`: the model is fetched into the cache of the hub's clients first, as a build reads folders.
import { homedir } from "node:os";
import {
  fetchHubModel,
  type HubDecision,
  isOnHub,
  type MergedSettings,
} from "../../builder/index.ts";
import { readHubEnvironment } from "../../hub/index.ts";
import type { Output } from "../output.ts";
import { createProgressBar } from "../progress-bar.ts";

/** Settings that name a folder, whatever they named before. */
export type LocalModel = MergedSettings & {
  readonly decisions: readonly HubDecision[];
  /** The hub it came from, where it is not the usual one. */
  readonly hubEndpoint: string | undefined;
};

/** Fetches the model if it is on a hub. Throws what the hub, downloads and the choice of a graph throw. */
export async function fetchModel(
  merged: MergedSettings,
  { output, isOffline }: { readonly output: Output; readonly isOffline: boolean },
): Promise<LocalModel> {
  const { settings, faults } = merged;
  if (!isOnHub(settings)) return { ...merged, decisions: [], hubEndpoint: undefined };
  if (faults !== undefined) {
    // The build is refused: nothing is fetched for it, and nothing is said of a model that is not here.
    const { modelDir: _, ...others } = settings;
    const faulty = [...faults.faulty, "modelDir" as const];
    return {
      settings: others,
      faults: { ...faults, faulty },
      decisions: [],
      hubEndpoint: undefined,
    };
  }
  const environment = readHubEnvironment(process.env, { home: homedir(), isOffline });
  const draw = createProgressBar(output);
  try {
    const fetched = await fetchHubModel(settings, environment, {
      onProgress: (file, done, total) => draw(`Fetching ${file}`, done, total),
      onNote: (sentence) => output.note(sentence),
    });
    const { decisions, endpoint } = fetched;
    return { settings: fetched.settings, decisions, hubEndpoint: endpoint };
  } finally {
    output.progress("");
  }
}
