// `encoderfile build`: command line and configuration file -> settings -> builder, and how the result is shown.
import { homedir } from "node:os";
import { resolve } from "node:path";
import { baseIdentity } from "../../about/index.ts";
import {
  type BuildResult,
  buildEncoderfile,
  FIELDS,
  type Field,
  type HubDecision,
  mergeSettings,
  type ReadSettings,
  readConfigFile,
  readSetting,
  type SettingId,
  type Settings,
} from "../../builder/index.ts";
import { CodedError, isCodedError, printable } from "../../error/index.ts";
import { describeQuantization, printReportJson, table } from "../../inspect/index.ts";
import { fileFacts } from "../../io/index.ts";
import { findTarget, printRequirements } from "../../target/index.ts";
import type { CommandInput, CommandSpec, OptionSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { BASE_OPTIONS, basePlaces, provideBase } from "./bases.ts";
import { fetchModel } from "./fetch-model.ts";

const SETTING_IDS = Object.keys(FIELDS) as SettingId[];

/** Switches that are found, so that someone may want them off; with what that means. */
const REFUSALS: Readonly<Partial<Record<SettingId, string>>> = {
  normalize: "leave vectors as they are",
  oneAtATime: "run texts in batches, whatever the trial finds",
};

/** The command, with a flag for every setting that has one. */
export function createBuildCommand(about: Pick<CommandSpec, "name" | "summary">): CommandSpec {
  return { ...about, ...BUILD };
}

const BUILD: Omit<CommandSpec, "name" | "summary"> = {
  operands: [
    {
      name: "[model-dir]",
      description:
        "folder with model.onnx and tokenizer.json, a graph, or hf:owner/name[@revision] on the Hugging Face hub",
    },
  ],
  options: [
    { flags: "-f, --file <config>", description: "read settings from a YAML file" },
    ...SETTING_IDS.flatMap(optionsOf),
    { flags: "--force", description: "overwrite the output" },
    ...BASE_OPTIONS,
    { flags: "--json", description: "print the result as JSON" },
  ],
  notes: `What is not said is found in the model's files, and printed with its origin.
The command line wins over the file; a model directory on it replaces all of the file's paths.
Relative paths of the model's files count from the working directory, else from the model's.

Examples:
  encoderfile build ./all-MiniLM-L6-v2 -o minilm.encoderfile
  encoderfile build ./model --task token_classification --max-length 256
  encoderfile build hf:Xenova/all-MiniLM-L6-v2 --weights fp16
  encoderfile build -f encoderfile.yml --force`,
  run: runBuild,
};

/** Flags of the settings come from their table. */
function optionsOf(id: SettingId): readonly OptionSpec[] {
  const { flags, repeatable = false, meaning, fallback } = FIELDS[id] as Field;
  if (flags === undefined) return [];
  const option = { flags, repeatable, description: `${meaning} (default: ${fallback})` };
  const refusal = REFUSALS[id];
  return refusal === undefined
    ? [option]
    : [option, { flags: `--no-${longFlag(id)}`, description: refusal }];
}

async function runBuild(input: CommandInput): Promise<number> {
  const { output } = input;
  const flags = readFlags(input);
  const merged = mergeSettings(readFile(input.text("file"), flags), flags);
  const isOffline = input.flag("offline");
  const { settings, faults, decisions, hubEndpoint } = await fetchModel(merged, {
    output,
    isOffline,
  });
  const environment = {
    ...basePlaces(input, settings.cacheDir?.value),
    workingFolder: process.cwd(),
  };
  let startedMs = performance.now();
  const build = () =>
    buildEncoderfile(settings, environment, {
      force: input.flag("force"),
      hubEndpoint,
      ...(faults === undefined ? {} : { faults }),
      onProgress: drawProgress(output),
    });
  let built: BuildResult;
  try {
    built = build();
  } catch (thrown) {
    output.progress("");
    // Only when nothing but the base is missing it is worth a long download.
    const isLone = isCodedError(thrown, "BASE_NOT_FOUND") && !("problems" in thrown.detail);
    if (!isLone) throw thrown;
    if (!(await provideBase(settings, environment, input))) throw thrown;
    startedMs = performance.now();
    built = build();
  }
  const result = { ...built, decisions: [...decisions, ...built.decisions] };
  output.progress("");
  const durationMs = Math.round(performance.now() - startedMs);
  const suffix = findTarget(result.target).executableSuffix;
  if (!result.path.toLowerCase().endsWith(suffix)) {
    output.note(
      `Windows starts only what is called *${suffix}: rename it to ${printable(`${result.path}${suffix}`)} there`,
    );
  }
  await output.print(
    input.flag("json") ? printJson(result, durationMs) : printText(result, durationMs, output),
  );
  return EXIT_OK;
}

function readFile(path: string | undefined, flags: ReadSettings): ReadSettings {
  if (path === undefined) return { settings: {}, problems: [], faulty: [] };
  try {
    return readConfigFile(resolve(path), homedir());
  } catch (thrown) {
    // Alone it has a code of its own; else it is one of the problems.
    if (flags.problems.length === 0) throw thrown;
    const { message } = CodedError.from(thrown);
    return { settings: {}, problems: [{ field: "--file", message }], faulty: SETTING_IDS };
  }
}

/** Everything the flags say, and everything that is wrong with them. */
function readFlags(input: CommandInput): ReadSettings {
  const context = { folder: process.cwd(), home: homedir() };
  const settings: Partial<Record<SettingId, unknown>> = {};
  const problems: { readonly field: string; readonly message: string }[] = [];
  const faulty: SettingId[] = [];
  const take = (id: SettingId, raw: unknown, source: string) => {
    if (raw === undefined) return;
    const read = readSetting(id, raw, { ...context, source });
    if ("given" in read) settings[id] = read.given;
    else {
      problems.push({ field: source, message: read.complaint });
      faulty.push(id);
    }
  };
  const swallowed = swallowedWords(input);
  const [word, ...words] = swallowed;
  const isModelDir =
    input.operands.length === 0 &&
    words.length === 0 &&
    word !== undefined &&
    fileFacts(word) !== undefined;
  take("modelDir", isModelDir ? word : input.operands[0], "model directory");
  for (const id of SETTING_IDS) {
    const flag = longFlag(id);
    if (flag === undefined) continue;
    const raw = rawOption(id, flag, { input, leftOut: isModelDir ? swallowed : [] });
    const repeated = repeatedName(flag, id, input);
    if (repeated !== undefined) {
      problems.push({ field: `--${flag}`, message: `${JSON.stringify(repeated)} is given twice` });
    }
    take(id, raw, raw === false ? `--no-${flag}` : `--${flag}`);
  }
  // Each value was read by the reader of its field, which is what the type says.
  return { settings: settings as Settings, problems, faulty };
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function longFlag(id: SettingId): string | undefined {
  const { flags } = FIELDS[id] as Field;
  return flags === undefined ? undefined : /--([a-z-]+)/.exec(flags)?.[1];
}

/** Whether the flag takes several words, "name=value" each: it also takes what stands behind them. */
function takesPairs(id: SettingId): boolean {
  const { flags = "" } = FIELDS[id] as Field;
  return flags.endsWith("...>");
}

/** Words without "=" behind such a flag: one alone is the model directory where no other was named. */
function swallowedWords(input: CommandInput): readonly string[] {
  return SETTING_IDS.filter(takesPairs)
    .flatMap((id) => input.list(camelCase(longFlag(id) ?? "")))
    .filter((word) => !word.includes("="));
}

function rawOption(
  id: SettingId,
  flag: string,
  { input, leftOut }: { readonly input: CommandInput; readonly leftOut: readonly string[] },
): unknown {
  const name = camelCase(flag);
  const { flags = "", repeatable } = FIELDS[id] as Field;
  if (!flags.includes("<")) return input.toggle(name);
  const values = input.list(name);
  if (repeatable === true) return values.length === 0 ? undefined : values;
  if (!takesPairs(id)) return input.text(name);
  const pairs = values.filter((word) => !leftOut.includes(word)).map(splitPair);
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

/** Name and value of "name=value". */
function splitPair(pair: string): readonly [name: string, value: string | undefined] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** A name that `--prompt name=text` or its like was given for twice. */
function repeatedName(flag: string, id: SettingId, input: CommandInput): string | undefined {
  if (!takesPairs(id)) return undefined;
  const names = input.list(camelCase(flag)).map((pair) => splitPair(pair)[0]);
  return names.find((name, index) => names.indexOf(name) < index);
}

/** Steps in which progress is drawn: what changes more often is noise in a log that looks like a terminal. */
const PROGRESS_STEPS = 10;

/** Draws a line for each step and tenth of it, and none twice. */
function drawProgress(output: Output): (step: string, fraction?: number) => void {
  let drawn = "";
  return (step, fraction) => {
    const tenths = Math.floor((fraction ?? 0) * PROGRESS_STEPS);
    const line = `${step} ...${tenths === 0 ? "" : ` ${tenths * (100 / PROGRESS_STEPS)} %`}`;
    if (line === drawn) return;
    drawn = line;
    output.progress(line);
  };
}

/** With what was decided before the build. */
type Shown = Omit<BuildResult, "decisions"> & { readonly decisions: readonly HubDecision[] };

function printText(result: Shown, durationMs: number, output: Output): string {
  const decisions = result.decisions.map(
    ({ setting, value, source }) => [setting, value, `(${source})`] as const,
  );
  const { base, target } = result;
  const rows = [...decisions, ["base", `${target} ${base.version}`, `(${base.source})`] as const];
  const size = `${(result.byteLength / 1e6).toFixed(1)} MB`;
  const done = `${output.styled("green", "Wrote")} ${printable(result.path)}`;
  const name = printable(`${result.name} ${result.version}`);
  return `${table(rows)}

${done} (${name}, ${result.target}, ${size}, ${(durationMs / 1000).toFixed(2)} s)
${needsLine(target)}model digest ${result.modelDigest}
`;
}

/** What another machine must offer. This one does: its own base is running. */
function needsLine(name: string): string {
  if (name === baseIdentity()?.target) return "";
  const target = findTarget(name);
  const caveat = target.experimental ? " (experimental: nothing for this target was ever run)" : "";
  return `needs ${printRequirements(target)}${caveat}\n`;
}

function printJson(result: Shown, durationMs: number): string {
  const { model, decisions, ...rest } = result;
  return printReportJson({
    ...rest,
    durationMs,
    labels: model.labels,
    maxLength: model.tokenizer?.maxLength ?? 0,
    width: model.width,
    ...(model.quantization && { quantization: describeQuantization(model.quantization) }),
    decisions: decisions.map(({ setting, value, source }) => ({ setting, value, source })),
  });
}
