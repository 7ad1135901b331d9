// `encoderfile inspect`, `verify` and `extract`: what can be done with a file without running it.
// Each imports what it needs when it runs, so that --help loads none of it.
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
    const report = inspectFile(source);
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
    const report = verifyFile(source);
    await input.output.print(input.flag("json") ? printReportJson(report) : printVerify(report));
    return report.ok ? EXIT_OK : EXIT_CODE.invalid_file;
  },
};

export const extractCommand: CommandSpec = {
  name: "extract",
  summary: "give the original files of an encoderfile back",
  operands: [FILE],
  options: [
    { flags: "-o, --output <folder>", description: "folder to write to", required: true },
    { flags: "--force", description: "replace files in an existing folder" },
    JSON_OPTION,
  ],
  run: async (input) => {
    const { extractAssets, openFile } = await import("../../format/index.ts");
    const { printReportJson, table } = await import("../../inspect/index.ts");
    using source = await openOperand(input);
    const folder = input.text("output") ?? "";
    const files = extractAssets(openFile(source), folder, { force: input.flag("force") });
    const rows = files.map(({ path, byteLength, sha256 }) => [path, `${byteLength} bytes`, sha256]);
    await input.output.print(
      input.flag("json") ? printReportJson({ folder, files }) : `${table(rows)}\n`,
    );
    return EXIT_OK;
  },
};

async function openOperand(input: CommandInput) {
  const { FileSource } = await import("../../io/index.ts");
  return new FileSource(input.operands[0] ?? "");
}
