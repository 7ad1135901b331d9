// What the user said of a build, on the command line or in a file: values with their origin, and their faults.
import { isAbsolute } from "node:path";
import type { ErrorCode } from "../error/index.ts";
import type { Problem } from "../task/index.ts";
import { FIELDS, type Field, type SettingId } from "./config.ts";
import type { ReadContext } from "./field.ts";

/** A setting with the place it was given in, such as "--task" or "encoderfile.yml line 3". */
export type Given<T> = {
  readonly value: T;
  readonly source: string;
  /** Of files of the model: the relative path as it was written, which may also count from the model directory. */
  readonly relative?: string;
  /** Place of another word on the matter that this one overrides. */
  readonly replaced?: string;
};

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** What the user said; absent settings are found in the model's files. */
export type Settings = {
  readonly [Id in SettingId]?: Given<ValueOf<(typeof FIELDS)[Id]>>;
};

/** What could not be read: the build is refused, but not before the rest was looked at. */
export type SettingFaults = {
  readonly problems: readonly Problem[];
  /** Settings whose value is unknown now: nothing may be concluded from their absence. */
  readonly faulty: readonly SettingId[];
};

/** `code` is what the refusal is called. */
export type BuildFaults = SettingFaults & { readonly code: ErrorCode };

/** Everything one source says. */
export type ReadSettings = SettingFaults & { readonly settings: Settings };

/** Files of the model, which a relative path may name from the model directory too. */
const MODEL_FILES: readonly SettingId[] = ["weights", "config", "tokenizer", "tokenizerConfig"];

/** Reads one setting, given at `source`. The complaint, if any, does not name the field. */
export function readSetting(
  id: SettingId,
  raw: unknown,
  { source, ...context }: ReadContext & { readonly source: string },
): { readonly given: Given<unknown> } | { readonly complaint: string } {
  const read = FIELDS[id].read(raw, context);
  if ("complaint" in read) return read;
  const written = typeof raw === "string" && MODEL_FILES.includes(id) ? raw.trim() : "";
  const isRelative = written !== "" && !isAbsolute(written) && !/^~(\/|$)/.test(written);
  return {
    given: { value: read.value, source, ...(isRelative ? { relative: written } : {}) },
  };
}

/** What a file may say of the place of the model. A model directory on the command line stands for all of it. */
const PATHS: readonly SettingId[] = ["modelDir", ...MODEL_FILES];

export type MergedSettings = { readonly settings: Settings; readonly faults?: BuildFaults };

/** Settings of the command line win over those of the file; what is wrong with either refuses the build. */
export function mergeSettings(file: ReadSettings, commandLine: ReadSettings): MergedSettings {
  const own = Object.keys(commandLine.settings) as SettingId[];
  const overridden = new Set([...own, ...(own.includes("modelDir") ? PATHS : [])]);
  const kept = (id: SettingId) => !overridden.has(id);
  const problems = [...commandLine.problems, ...file.problems];
  const faulty = [...commandLine.faulty, ...file.faulty.filter(kept)];
  const code = commandLine.problems.length > 0 ? "USAGE" : "BUILD_CONFIG_INVALID";
  return {
    settings: {
      ...Object.fromEntries(Object.entries(file.settings).filter(([id]) => kept(id as SettingId))),
      ...commandLine.settings,
      ...modelDirOf(file.settings, commandLine.settings),
    },
    ...(problems.length > 0 ? { faults: { problems, faulty, code } } : {}),
  };
}

/** The model directory of the command line, with the place in the file where another one is named. */
function modelDirOf(file: Settings, { modelDir }: Settings): Pick<Settings, "modelDir"> {
  if (modelDir === undefined) return {};
  const replaced = PATHS.map((id) => file[id]?.source).find((source) => source !== undefined);
  const isOther = replaced !== undefined && file.modelDir?.value !== modelDir.value;
  return { modelDir: { ...modelDir, ...(isOther ? { replaced } : {}) } };
}
