// The command `selftest`: does the model answer as it did when the file was built?
import { baseIdentity } from "../../about/index.ts";
import { CodedError, printable } from "../../error/index.ts";
import { assetSource } from "../../format/index.ts";
import { FileRole } from "../../gen/manifest_pb.ts";
import type {
  Difference,
  Golden,
  GoldenContext,
  GoldenDocument,
  PlacedGolden,
} from "../../golden/index.ts";
import { FileSource } from "../../io/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_CODE, EXIT_OK } from "../exit-code.ts";
import type { Payload } from "./payload.ts";
import type { BatchCheck, Replayed } from "./replay.ts";

export function selftestCommand(payload: Payload): CommandSpec {
  return {
    name: "selftest",
    summary: "ask the model again what it was asked when this file was built",
    options: [
      {
        flags: "--golden <file>",
        description: "inputs with the answers they must get, as well; may be given several times",
        repeatable: true,
      },
      { flags: "--json", description: "print the result as JSON" },
    ],
    notes:
      `Exits with ${EXIT_CODE.invalid_file} when an answer differs, and names the first difference; with ` +
      `${EXIT_CODE.not_found} when there is nothing to ask.`,
    run: (input) => runSelftest(payload, input),
  };
}

type Asked = Replayed & Pick<Source, "place">;

type Report = {
  readonly replayed: readonly Asked[];
  /** Undefined when it was not done; `reason` says why. */
  readonly batch: BatchCheck | undefined;
  readonly reason: string;
};

async function runSelftest(payload: Payload, input: CommandInput): Promise<number> {
  const golden = await import("../../golden/index.ts");
  const stored = readStored(payload, golden);
  const { loadEngine } = await import("../../runtime/index.ts");
  const engine = loadEngine(payload.opened, payload.path);
  try {
    const given = await readGiven(input, { engine, stored, golden });
    const own = (stored?.goldens ?? []).map((golden) => ({ golden, place: undefined }));
    const goldens = [...own, ...given];
    if (goldens.length === 0) throw nothingToAsk(payload);
    await engine.ready;
    const report = await ask(engine, goldens, stored);
    await input.output.print(
      input.flag("json") ? await printJson(report, payload) : await printText(report, payload),
    );
    const differing = findDiffering(report);
    if (differing.length > 0) throw differs(payload, differing);
    return EXIT_OK;
  } finally {
    await engine.close();
  }
}

type GoldenModule = typeof import("../../golden/index.ts");

function readStored({ opened }: Payload, golden: GoldenModule): GoldenDocument | undefined {
  const asset = opened.assets.find(({ role }) => role === FileRole.GOLDENS);
  if (asset === undefined) return undefined;
  const source = assetSource(opened, asset);
  return golden.readStoredGoldens(readBounded(source, golden));
}

/** One byte more than is allowed is enough to see that there are too many. */
function readBounded(
  source: { readonly byteLength: number; read(byteOffset: number, byteLength: number): Uint8Array },
  { GOLDENS_BYTES_MAX }: GoldenModule,
): Uint8Array {
  return source.read(0, Math.min(source.byteLength, GOLDENS_BYTES_MAX + 1));
}

/** A golden with the place it was given in; stored ones have none. */
type Source = { readonly golden: Golden; readonly place: string | undefined };

/** The goldens of --golden, each of which can be asked. Throws `GOLDEN_INVALID` with everything that is wrong. */
async function readGiven(
  input: CommandInput,
  about: {
    readonly engine: Engine;
    readonly stored: GoldenDocument | undefined;
    readonly golden: GoldenModule;
  },
): Promise<readonly Source[]> {
  const paths = input.list("golden");
  if (paths.length === 0) return [];
  const { engine, stored, golden } = about;
  const { taskOfModel } = await import("../../task/index.ts");
  const { contextOf } = await import("./replay.ts");
  const task = taskOfModel(engine.model).id;
  const precision = stored?.precision ?? "float32";
  const context = await contextOf(engine);
  const given: Source[] = [];
  const faults: string[] = [];
  for (const path of paths) {
    using source = new FileSource(path);
    const bytes = readBounded(source, golden);
    const read = golden.readGivenGoldens(bytes, { task, precision, before: given.length });
    const unaskable = read.goldens.flatMap((placed) => whyUnaskable(placed, context, golden));
    const prefix = paths.length === 1 ? "" : `${path}: `;
    faults.push(...[...read.problems, ...unaskable].map((fault) => prefix + fault));
    for (const placed of read.goldens) {
      given.push({ golden: placed.golden, place: `${path} ${placed.place}` });
    }
  }
  if (faults.length === 0) return given;
  const count = faults.length === 1 ? "1 problem" : `${faults.length} problems`;
  const named = paths.map((path) => `"${path}"`).join(", ");
  throw new CodedError("GOLDEN_INVALID", `Cannot take the goldens of ${named}: found ${count}`, {
    detail: { problems: faults },
  });
}

function whyUnaskable(
  { place, golden }: PlacedGolden,
  context: GoldenContext,
  { prepareGolden }: GoldenModule,
): readonly string[] {
  try {
    prepareGolden(golden, context);
    return [];
  } catch (thrown) {
    const error = CodedError.from(thrown);
    if (error.code === "INTERNAL") throw thrown;
    return [`${place}: ${error.message}`];
  }
}

function nothingToAsk({ opened }: Payload): CodedError {
  return new CodedError(
    "GOLDEN_NOT_FOUND",
    `Cannot test "${opened.source.name}" as it holds no goldens: name a file of them with --golden`,
  );
}

async function ask(
  engine: Engine,
  goldens: readonly Source[],
  stored: GoldenDocument | undefined,
): Promise<Report> {
  const { compareBatch, contextOf, replay } = await import("./replay.ts");
  const context = await contextOf(engine);
  const replayed: Asked[] = [];
  for (const { golden, place } of goldens) {
    replayed.push({ ...(await replay(engine, golden, context)), place });
  }
  const own = replayed.filter(({ golden }) => golden.origin === "builder");
  const answered = own.filter(({ difference }) => difference?.path !== "");
  if (stored?.batchInvariant === false) {
    return { replayed, batch: undefined, reason: WHY_NOT_COMPARED[stored.precision] };
  }
  if (answered.length < 2) {
    return { replayed, batch: undefined, reason: "fewer than two texts of the build's own" };
  }
  const texts = answered.map(({ golden }) => golden);
  return { replayed, batch: await compareBatch(engine, texts, context), reason: "" };
}

/** Answers to the same text need not have the same bits in a batch. */
const WHY_NOT_COMPARED: Readonly<Record<GoldenDocument["precision"], string>> = {
  rough:
    "this graph computes with rounded numbers (float16 or quantised), which may vary with the batch",
  float32: "that this graph depends on the batch was accepted when it was built",
};

type Differing = {
  readonly what: string;
  /** Where the expected answer was given; undefined when the build stored it. */
  readonly place: string | undefined;
  readonly difference: Difference;
};

function findDiffering({ replayed, batch }: Report): readonly Differing[] {
  const goldens = replayed.flatMap(({ golden: { name, operation }, place, difference }) =>
    difference === undefined
      ? []
      : [{ what: `golden "${name}" (${operation})`, place, difference }],
  );
  const inBatch = batch?.difference;
  return inBatch === undefined
    ? goldens
    : [...goldens, { what: "batch", place: undefined, difference: inBatch }];
}

function differs({ opened }: Payload, differing: readonly Differing[]): CodedError {
  const [first] = differing;
  const { what = "", place } = first ?? {};
  const { path = "", expected = "", found = "" } = first?.difference ?? {};
  const others = differing.length - 1;
  const more = others === 0 ? "" : `: and ${others} more`;
  const where = path === "" ? "" : ` at ${path}`;
  return new CodedError(
    "GOLDEN_DIFFERS",
    `Cannot vouch for "${opened.source.name}" as ${what}${
      place === undefined ? "" : `, given in ${place},`
    } differs${where}: expected ${expected}, found ${found}${more}: ` +
      (place === undefined
        ? 'see whether "verify" finds the file intact: if so, this machine computes something else'
        : "is that answer meant for this model?"),
    { detail: { golden: what, path, expected, found, differing: differing.length } },
  );
}

/** What answered: the numbers of a model depend on it. */
function machineOf({ opened }: Payload) {
  // Asked for late: other commands start without it.
  const { cpus } = process.getBuiltinModule("node:os");
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    onnxruntime:
      baseIdentity()?.onnxruntime ?? opened.manifest.base?.onnxruntimeVersion ?? "unknown",
  };
}

async function printText({ replayed, batch, reason }: Report, payload: Payload): Promise<string> {
  const { table } = await import("../../inspect/index.ts");
  const { printDifference } = await import("../../golden/index.ts");
  const say = (difference: Difference | undefined) =>
    difference === undefined ? "ok" : printDifference(difference);
  const rows = replayed.map(
    ({ golden, difference }) => [golden.name, golden.operation, say(difference)] as const,
  );
  const inBatch =
    batch === undefined
      ? `not compared: ${reason}`
      : batch.difference === undefined
        ? `ok: ${batch.texts} texts have the same bits alone and together`
        : say(batch.difference);
  const held = replayed.filter(({ difference }) => difference === undefined).length;
  const { processor, onnxruntime } = machineOf(payload);
  const machine = printable(`ONNX Runtime ${onnxruntime} on ${processor}`);
  return `${table([...rows, ["batch", "", inBatch]])}\n\n${held} of ${replayed.length} goldens hold (${machine})\n`;
}

async function printJson({ replayed, batch, reason }: Report, payload: Payload): Promise<string> {
  const { printReportJson } = await import("../../inspect/index.ts");
  return printReportJson({
    path: payload.opened.source.name,
    modelDigest: payload.opened.modelDigest,
    ok: [...replayed, batch].every((one) => one?.difference === undefined),
    ...machineOf(payload),
    goldens: replayed.map(({ golden: { name, origin, operation }, difference = null }) => ({
      name,
      origin,
      operation,
      difference,
    })),
    batch:
      batch === undefined
        ? { texts: 0, difference: null, reason }
        : { texts: batch.texts, difference: batch.difference ?? null, reason: null },
  });
}
