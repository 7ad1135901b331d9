// `encoderfile inspect`, `verify` and `extract`: what can be done with a file without running it.
// Each imports what it needs when it runs, so that --help loads none of it.
import { isCodedError } from "../../error/index.ts";
import type { VerifyReport } from "../../format/index.ts";
import type { FileSource } from "../../io/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_CODE, EXIT_OK } from "../exit-code.ts";
import { EXTRACT_OPTIONS, extract } from "../extract.ts";

const FILE = { name: "<file>", description: "an encoderfile" };
const JSON_OPTION = { flags: "--json", description: "print the result as JSON" };

export const inspectCommand: CommandSpec = {
  name: "inspect",
  summary: "show what is in an encoderfile",
  operands: [FILE],
  options: [JSON_OPTION],
  run: async (input) => {
    const { inspectFile, printInspect, printReportJson } = await import("../../inspect/index.ts");
    using source = await openOperand(input);
    const report = await explaining(source, () => inspectFile(source));
    await input.output.print(input.flag("json") ? printReportJson(report) : printInspect(report));
    return EXIT_OK;
  },
};

export const verifyCommand: CommandSpec = {
  name: "verify",
  summary: "check every byte of an encoderfile",
  operands: [FILE],
  options: [JSON_OPTION],
  notes: `Exits with ${EXIT_CODE.invalid_file} when a part is damaged, and names it.`,
  run: async (input) => {
    const { verifyFile } = await import("../../format/index.ts");
    const { printReportJson, printVerify } = await import("../../inspect/index.ts");
    using source = await openOperand(input);
    const report = { path: source.name, ...(await explainDamage(source, verifyFile(source))) };
    await input.output.print(input.flag("json") ? printReportJson(report) : printVerify(report));
    return report.ok ? EXIT_OK : EXIT_CODE.invalid_file;
  },
};

export const extractCommand: CommandSpec = {
  name: "extract",
  summary: "give the original files of an encoderfile back",
  operands: [FILE],
  options: EXTRACT_OPTIONS,
  notes: `Example:
  encoderfile extract minilm.encoderfile -o minilm`,
  run: runExtract,
};

export const licencesCommand: CommandSpec = {
  name: "licences",
  summary: "print the licences of this program and of what it contains",
  options: [],
  notes: "An encoderfile prints those of its model as well: ./model.encoderfile licences",
  run: async ({ output }) => {
    const { programLicences } = await import("../../about/index.ts");
    await output.print(await programLicences());
    return EXIT_OK;
  },
};

async function runExtract(input: CommandInput): Promise<number> {
  const { openFile } = await import("../../format/index.ts");
  using source = await openOperand(input);
  return await extract(await explaining(source, () => openFile(source)), input);
}

async function openOperand(input: CommandInput): Promise<FileSource> {
  const { FileSource } = await import("../../io/index.ts");
  return new FileSource(input.operands[0] ?? "");
}

/** Runs a reader; of a file that is no encoderfile it says what it is instead. */
async function explaining<T>(source: FileSource, read: () => T): Promise<T> {
  try {
    return read();
  } catch (thrown) {
    if (!isCodedError(thrown, "FORMAT_NOT_ENCODERFILE")) throw thrown;
    const { explainNoEncoderfile } = await import("../../builder/index.ts");
    throw explainNoEncoderfile(source);
  }
}

/** What never was an encoderfile is not damaged: that is refused; what is left of one is named. */
async function explainDamage(source: FileSource, report: VerifyReport): Promise<VerifyReport> {
  const { hasPayload } = await import("../../format/index.ts");
  const [footer, ...others] = report.parts;
  // An intact seal would be a part of its own.
  if (report.ok || footer === undefined || others.length > 0 || hasPayload(source)) return report;
  const { explainNoEncoderfile } = await import("../../builder/index.ts");
  const reason = explainNoEncoderfile(source);
  if (reason.code === "FORMAT_NOT_ENCODERFILE") throw reason;
  return { ...report, parts: [{ ...footer, message: reason.message }] };
}
