// `encoderfile inspect`, `verify` and `extract`: what can be done with a file without running it.
// Each imports what it needs when it runs, so that --help loads none of it.
import { CodedError, isCodedError } from "../../error/index.ts";
import type { VerifyReport } from "../../format/index.ts";
import type { FileSource } from "../../io/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_CODE, EXIT_OK } from "../exit-code.ts";

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
    const report = { path: source.name, ...verifyFile(source) };
    await refuseForeign(source, report);
    await input.output.print(input.flag("json") ? printReportJson(report) : printVerify(report));
    return report.ok ? EXIT_OK : EXIT_CODE.invalid_file;
  },
};

export const extractCommand: CommandSpec = {
  name: "extract",
  summary: "give the original files of an encoderfile back",
  operands: [FILE],
  options: [
    {
      flags: "-o, --output <folder>",
      description: "folder to write to (required)",
      required: true,
    },
    {
      flags: "--force",
      description:
        "write into a folder that is not empty: replaces files of the same names, keeps and names all others",
    },
    JSON_OPTION,
  ],
  notes: `Example:
  encoderfile extract minilm.encoderfile -o minilm`,
  run: runExtract,
};

async function runExtract(input: CommandInput): Promise<number> {
  const { extractAssets, openFile } = await import("../../format/index.ts");
  const { printReportJson, table } = await import("../../inspect/index.ts");
  using source = await openOperand(input);
  const path = input.text("output") ?? "";
  const force = input.flag("force");
  const opened = await explaining(source, () => openFile(source));
  // Looked at first, so that a folder named by mistake is refused before anything is written to it.
  const before = force ? await listFolder(path) : [];
  const extracted = refusingFull(path, () => extractAssets(opened, path, { force }));
  const files = extracted.map(({ path: name, ...facts }) => ({ name, ...facts }));
  const otherFiles = before.filter((name) => !files.some((file) => file.name === name));
  if (input.flag("json")) {
    await input.output.print(printReportJson({ path, files, otherFiles }));
    return EXIT_OK;
  }
  const rows = files.map(({ name, byteLength, sha256 }) => [name, `${byteLength} bytes`, sha256]);
  await input.output.print(`${table(rows)}\n`);
  if (otherFiles.length > 0) {
    const kept = otherFiles.map((name) => [name]);
    input.output.note(`Kept what is not of this encoderfile:\n${table(kept)}`);
  }
  return EXIT_OK;
}

/** As deep as the paths of assets may go, and more entries than any model folder has. */
const FOLDER_LIMITS = { depthMax: 32, entriesMax: 10_000 };

/** What a folder holds already: what stays there would be taken for a part of the model by a build. */
async function listFolder(path: string): Promise<readonly string[]> {
  const { fileFacts, listFiles } = await import("../../io/index.ts");
  return fileFacts(path)?.kind === "folder" ? listFiles(path, FOLDER_LIMITS) : [];
}

/** Says what --force would do where that is the way out. */
function refusingFull<T>(folder: string, extract: () => T): T {
  try {
    return extract();
  } catch (thrown) {
    if (!isCodedError(thrown, "IO_ALREADY_EXISTS")) throw thrown;
    throw new CodedError(
      "IO_ALREADY_EXISTS",
      `Cannot extract to "${folder}" as the folder is not empty: choose another one with -o, or write into it with ` +
        "--force, which replaces files of the same names and keeps all others",
      { cause: thrown },
    );
  }
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

/** What never was an encoderfile is not damaged. */
async function refuseForeign(source: FileSource, { ok, parts }: VerifyReport): Promise<void> {
  const { hasPayload } = await import("../../format/index.ts");
  // An intact seal would be a part of its own.
  if (ok || parts.length > 1 || hasPayload(source)) return;
  const { explainNoEncoderfile } = await import("../../builder/index.ts");
  const reason = explainNoEncoderfile(source);
  if (reason.code === "FORMAT_NOT_ENCODERFILE") throw reason;
}
