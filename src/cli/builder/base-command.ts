// `encoderfile base`: the bases of other targets on this machine.
import { baseIdentity, VERSION } from "../../about/index.ts";
import {
  addBase,
  type BasePlaces,
  basePathOf,
  type CachedBase,
  howToGet,
  intactBase,
  knownBaseOf,
  listCachedBases,
  type RejectedBase,
  readCachedBase,
  rejectedBases,
  releasedBaseUrl,
  removeCachedBases,
} from "../../base/index.ts";
import { CodedError, printable } from "../../error/index.ts";
import { printReportJson, table } from "../../inspect/index.ts";
import { findTarget, TARGETS } from "../../target/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import { BASE_OPTIONS, basePlaces, baseRelease, describeRejected, fetchShown } from "./bases.ts";

/** The command with its options. */
export function createBaseCommand(about: Pick<CommandSpec, "name" | "summary">): CommandSpec {
  return { ...about, ...BASE };
}

const BASE: Omit<CommandSpec, "name" | "summary"> = {
  operands: [
    { name: "<action>", description: "list, add, remove or path" },
    { name: "[file]", description: "of add: a base, or a release's encoderfile-base-*.gz" },
  ],
  options: [
    { flags: "--target <target>", description: "system the base is for" },
    { flags: "--all", description: "of remove: the bases of every target and version" },
    { flags: "--cache-dir <folder>", description: "folder to use in place of the user's cache" },
    ...BASE_OPTIONS,
    { flags: "--json", description: "print the result as JSON" },
  ],
  notes: `A base is what a model is appended to; "build --target" fetches the one it needs.

Examples:
  encoderfile base list
  encoderfile base add --target linux-arm64
  encoderfile base add encoderfile-base-${VERSION}-linux-arm64.gz
  encoderfile base path --target linux-arm64
  encoderfile base remove --all`,
  run: runBase,
};

type Action = (input: CommandInput, places: BasePlaces) => Promise<unknown>;

const ACTIONS: Readonly<Record<string, Action>> = { list, add, remove, path };

async function runBase(input: CommandInput): Promise<number> {
  const [name = "", file, more] = input.operands;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    throw usage(`the action must be list, add, remove or path: found ${JSON.stringify(name)}`);
  }
  const surplus = name === "add" ? more : file;
  if (surplus !== undefined) {
    throw usage(`"base ${name}" takes no ${JSON.stringify(surplus)}: name a target with --target`);
  }
  await action(input, basePlaces(input, input.text("cacheDir")));
  return EXIT_OK;
}

function targetOf(input: CommandInput): string | undefined {
  const text = input.text("target");
  return text === undefined ? undefined : findTarget(text).name;
}

function requireTarget(input: CommandInput, action: string): string {
  const target = targetOf(input);
  if (target !== undefined) return target;
  throw usage(`"base ${action}" must know for which system: name it with --target`);
}

function usage(reason: string): CodedError {
  return new CodedError("USAGE", `Cannot read the command line: ${reason}`);
}

/** One line of the list. */
type Row = {
  readonly target: string;
  readonly version: string;
  /** Whether a build can use it at once, or how it would get it. */
  readonly state:
    | "this executable"
    | "in the cache"
    | "found"
    | "not the release's"
    | "released"
    | "not here";
  readonly path?: string;
  readonly byteLength?: number;
  readonly sha256?: string;
  readonly origin?: string;
};

async function list(input: CommandInput, places: BasePlaces): Promise<void> {
  const release = baseRelease(input, places);
  const current = TARGETS.map(({ name }): Row => {
    const row = { target: name, version: VERSION };
    if (baseIdentity()?.target === name) {
      return { ...row, state: "this executable", path: places.executable };
    }
    const cached = readCachedBase(places.cacheFolder, VERSION, name);
    const found = basePathOf(name, places);
    if (cached !== undefined && cached.path === found) return cachedRow(cached);
    if (found !== undefined) return { ...row, state: "found", path: found };
    // A build would fetch another, and say so.
    const [rejected] = rejectedBases(name, places);
    if (rejected !== undefined) return rejectedRow(row, rejected);
    const known = knownBaseOf(name, release.known);
    if (known === undefined) return { ...row, state: "not here" };
    return { ...row, state: "released", ...known.base, origin: releasedBaseUrl(name, release) };
  });
  const others = cachedBases(places).filter(({ version }) => version !== VERSION);
  const rows = [...current, ...others.map(cachedRow)];
  await input.output.print(
    input.flag("json")
      ? printReportJson({ cacheFolder: places.cacheFolder, bases: rows })
      : `${table(rows.map(printRow))}\n`,
  );
}

function cachedRow(cached: CachedBase): Row {
  const { target, version, path, byteLength, sha256, origin } = cached;
  return { target, version, state: "in the cache", path, byteLength, sha256, origin };
}

function rejectedRow(row: Pick<Row, "target" | "version">, { path, sha256 }: RejectedBase): Row {
  const state = "not the release's";
  return { ...row, state, path, ...(sha256 === undefined ? {} : { sha256 }) };
}

function printRow({ target, version, state, path, origin }: Row): readonly string[] {
  return [target, version, state, printable(path ?? origin ?? "")];
}

function cachedBases({ cacheFolder }: BasePlaces): readonly CachedBase[] {
  return listCachedBases(
    cacheFolder,
    TARGETS.map(({ name }) => name),
  );
}

async function add(input: CommandInput, places: BasePlaces): Promise<void> {
  const file = input.operands[1];
  const target = targetOf(input);
  if ((file === undefined) === (target === undefined)) {
    throw usage('"base add" must be given either a file or a --target');
  }
  const release = baseRelease(input, places);
  const here = target === undefined ? undefined : intactBase(target, release);
  const added =
    here ??
    (file === undefined
      ? await fetchShown(target ?? "", release, input.output)
      : await addBase(file, release, { onNote: (sentence) => input.output.note(sentence) }));
  const done = here === undefined ? "Added" : "Already here:";
  await input.output.print(
    input.flag("json")
      ? printReportJson(added)
      : `${input.output.styled("green", done)} ${added.target} ${added.version}: ${printable(added.path)}\n`,
  );
}

async function remove(input: CommandInput, places: BasePlaces): Promise<void> {
  const isAll = input.flag("all");
  const target = targetOf(input);
  if (target === undefined && !isAll) {
    throw usage(
      '"base remove" must know for which system: name it with --target, or all with --all',
    );
  }
  const removed = removeCachedBases(places.cacheFolder, {
    targets: target === undefined ? TARGETS.map(({ name }) => name) : [target],
    ...(isAll ? {} : { version: VERSION }),
  });
  if (removed.length === 0 && target !== undefined) {
    throw new CodedError(
      "BASE_NOT_FOUND",
      `Cannot remove the base for ${target} as the cache "${places.cacheFolder}" has none`,
      { detail: { target } },
    );
  }
  const lines = removed.map((base) => `Removed ${printable(base.path)}\n`);
  await input.output.print(
    input.flag("json") ? printReportJson({ removed }) : lines.join("") || "Nothing to remove\n",
  );
}

async function path(input: CommandInput, places: BasePlaces): Promise<void> {
  const target = requireTarget(input, "path");
  const found = basePathOf(target, places);
  if (found === undefined) {
    for (const rejected of rejectedBases(target, places)) {
      input.output.note(describeRejected(rejected, target));
    }
    throw new CodedError(
      "BASE_NOT_FOUND",
      `Cannot name the base for ${target} as none is on this machine: ${howToGet(target, places)}`,
      { detail: { target } },
    );
  }
  await input.output.print(
    input.flag("json") ? printReportJson({ target, path: found }) : `${found}\n`,
  );
}
