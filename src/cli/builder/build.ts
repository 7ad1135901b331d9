// `encoderfile build`: command line and configuration file -> settings -> builder, and how the result is shown.
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { baseIdentity } from "../../about/index.ts";
import {
  type BuildEnvironment,
  type BuildResult,
  buildEncoderfile,
  FIELDS,
  mergeSettings,
  readConfigFile,
  readSetting,
  type SettingId,
  type Settings,
} from "../../builder/index.ts";
import { CodedError } from "../../error/index.ts";
import { printReportJson, table } from "../../inspect/index.ts";
import type { CommandInput, CommandSpec, OptionSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import type { Output } from "../output.ts";

const SETTING_IDS = Object.keys(FIELDS) as SettingId[];

/** The command, with a flag for every setting that has one. */
export function createBuildCommand(about: Pick<CommandSpec, "name" | "summary">): CommandSpec {
  return { ...about, ...BUILD };
}

const BUILD: Omit<CommandSpec, "name" | "summary"> = {
  operands: [
    { name: "[model-dir]", description: "folder with model.onnx and tokenizer.json, or a graph" },
  ],
  options: [
    { flags: "-f, --file <config>", description: "read settings from a YAML file" },
    ...SETTING_IDS.flatMap(optionsOf),
    { flags: "--force", description: "overwrite the output" },
    { flags: "--json", description: "print the result as JSON" },
  ],
  notes: `What is not said is found in the model's files, and printed with its origin.
The command line wins over the file.

Examples:
  encoderfile build ./all-MiniLM-L6-v2 -o minilm.encoderfile
  encoderfile build ./model --task token_classification --max-length 256
  encoderfile build -f encoderfile.yml --force`,
  run: runBuild,
};

/** Flags of the settings come from their table. */
function optionsOf(id: SettingId): readonly OptionSpec[] {
  const { flags, meaning, fallback } = FIELDS[id] as { flags?: string } & (typeof FIELDS)["name"];
  if (flags === undefined) return [];
  const option = { flags, description: `${meaning} (default: ${fallback})` };
  if (id !== "normalize") return [option];
  return [option, { flags: "--no-normalize", description: "leave vectors as they are" }];
}

async function runBuild(input: CommandInput): Promise<number> {
  const { output } = input;
  const settings = readSettings(input);
  const startedMs = performance.now();
  const result = buildEncoderfile(settings, environment(), {
    force: input.flag("force"),
    onProgress: (step, fraction) => output.progress(printProgress(step, fraction)),
  });
  output.progress("");
  const durationMs = Math.round(performance.now() - startedMs);
  await output.print(
    input.flag("json") ? printJson(result, durationMs) : printText(result, durationMs, output),
  );
  return EXIT_OK;
}

/** Throws `USAGE` with everything that is wrong about the flags, `BUILD_CONFIG_INVALID` about the file. */
function readSettings(input: CommandInput): Settings {
  const context = { folder: process.cwd(), home: homedir() };
  const settings: Partial<Record<SettingId, { value: unknown; source: string }>> = {};
  const problems: string[] = [];
  const take = (id: SettingId, raw: unknown, source: string) => {
    if (raw === undefined) return;
    const read = readSetting(id, raw, context);
    if ("complaint" in read) problems.push(`${source}: ${read.complaint}`);
    else settings[id] = { value: read.value, source };
  };
  take("modelDir", input.operands[0], "model directory");
  for (const id of SETTING_IDS) {
    const flag = longFlag(id);
    if (flag !== undefined) take(id, rawOption(id, flag, input), `--${flag}`);
  }
  if (problems.length > 0) {
    throw new CodedError(
      "USAGE",
      `Cannot build: found ${problems.length} wrong on the command line`,
      {
        detail: { problems },
      },
    );
  }
  const file = input.text("file");
  const fromFile = file === undefined ? {} : readConfigFile(resolve(file), context.home);
  // Each value was read by the reader of its field, which is what the type says.
  const merged = mergeSettings(fromFile, settings as Settings);
  if (merged.modelDir === undefined && merged.weights === undefined) {
    throw new CodedError(
      "USAGE",
      "Cannot build as no model was named: give a model directory, --weights, or a file with -f",
    );
  }
  return merged;
}

function longFlag(id: SettingId): string | undefined {
  const { flags } = FIELDS[id] as { flags?: string };
  return flags === undefined ? undefined : /--([a-z-]+)/.exec(flags)?.[1];
}

function rawOption(id: SettingId, flag: string, input: CommandInput): unknown {
  const name = flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (id === "normalize" || id === "allowBatchDependence") return input.toggle(name);
  if (id !== "inputs") return input.text(name);
  const pairs = input.list(name).map((pair) => {
    const at = pair.indexOf("=");
    return [at < 0 ? pair : pair.slice(0, at), at < 0 ? "" : pair.slice(at + 1)] as const;
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** Bases lie in the cache, beside this executable, or in dist/ when the program runs from source. */
function environment(): BuildEnvironment {
  const cache =
    process.platform === "darwin"
      ? join(homedir(), "Library/Caches")
      : process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const beside =
    baseIdentity() === undefined
      ? resolve(dirname(Bun.main), "../dist")
      : dirname(process.execPath);
  return {
    executable: process.execPath,
    folders: [beside, join(cache, "encoderfile")],
    workingFolder: process.cwd(),
  };
}

function printProgress(step: string, fraction: number | undefined): string {
  return fraction === undefined ? `${step} ...` : `${step} ${Math.floor(fraction * 100)} %`;
}

function printText(result: BuildResult, durationMs: number, output: Output): string {
  const decisions = result.decisions.map(
    ({ setting, value, source }) => [setting, value, `(${source})`] as const,
  );
  const { base, target } = result;
  const rows = [...decisions, ["base", `${target} ${base.version}`, `(${base.source})`] as const];
  const size = `${(result.byteLength / 1e6).toFixed(1)} MB`;
  const done = `${output.styled("green", "Wrote")} ${result.path}`;
  return `${table(rows)}

${done} (${result.name} ${result.version}, ${result.target}, ${size}, ${(durationMs / 1000).toFixed(2)} s)
model digest ${result.modelDigest}
`;
}

function printJson(result: BuildResult, durationMs: number): string {
  const { model, decisions, ...rest } = result;
  return printReportJson({
    ...rest,
    durationMs,
    labels: model.labels,
    maxLength: model.tokenizer?.maxLength ?? 0,
    width: model.width,
    decisions: decisions.map(({ setting, value, source }) => ({ setting, value, source })),
  });
}
