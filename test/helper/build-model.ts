// Builds a model directory against a fake base, and reads the result back.
import { type BuildResult, buildEncoderfile, type Settings } from "../../src/builder/index.ts";
import { thrownBy } from "./coded.ts";
import { writeFakeBase } from "./fake-base.ts";
import type { TempDir } from "./temp-dir.ts";

type Plain = { readonly [Id in keyof Settings]?: NonNullable<Settings[Id]>["value"] };

/** Settings as a command line would give them. */
export function settingsOf(plain: Plain): Settings {
  const entries = Object.entries(plain).map(([id, value]) => [id, { value, source: `--${id}` }]);
  return Object.fromEntries(entries) as Settings;
}

/** Builds `modelDir` to "out.encoderfile" in the folder. */
export function build(folder: TempDir, modelDir: string, plain: Plain = {}): BuildResult {
  const base = writeFakeBase(folder.join("base"));
  const settings = settingsOf({ modelDir, base, output: folder.join("out.encoderfile"), ...plain });
  const environment = {
    executable: "/none",
    cacheFolder: "/none",
    folders: [],
    workingFolder: folder.path,
  };
  return buildEncoderfile(settings, environment, { force: true });
}

/** The problems for which a build of the folder is refused. */
export function buildProblems(
  folder: TempDir,
  modelDir: string,
  plain: Plain = {},
): readonly string[] {
  const error = thrownBy(() => build(folder, modelDir, plain));
  if (error.code !== "BUILD_MODEL_INVALID") throw error;
  return error.detail["problems"] as readonly string[];
}

/** What was decided, by setting: "value (source)". */
export function decisionsOf(result: BuildResult): Readonly<Record<string, string>> {
  return Object.fromEntries(
    result.decisions.map(({ setting, value, source }) => [setting, `${value} (${source})`]),
  );
}
