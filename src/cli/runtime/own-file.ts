// The commands `inspect`, `verify`, `extract` and `licences` of an encoderfile, which are about the very file that
// runs.

import type { CommandSpec } from "../command.ts";
import { EXIT_CODE, EXIT_OK } from "../exit-code.ts";
import { EXTRACT_OPTIONS, extract } from "../extract.ts";
import type { Payload } from "./payload.ts";

const JSON_OPTION = { flags: "--json", description: "print the result as JSON" };

export function inspectCommand({ opened }: Payload): CommandSpec {
  return {
    name: "inspect",
    summary: "show what is in this file",
    options: [JSON_OPTION],
    run: async (input) => {
      const { inspectOpened, printInspect, printReportJson } = await import(
        "../../inspect/index.ts"
      );
      const report = inspectOpened(opened);
      await input.output.print(input.flag("json") ? printReportJson(report) : printInspect(report));
      return EXIT_OK;
    },
  };
}

export function verifyCommand({ opened }: Payload): CommandSpec {
  return {
    name: "verify",
    summary: "check every byte of this file",
    options: [JSON_OPTION],
    notes: `Exits with ${EXIT_CODE.invalid_file} when a part is damaged, and names it.`,
    run: async (input) => {
      const { verifyFile } = await import("../../format/index.ts");
      const { printReportJson, printVerify } = await import("../../inspect/index.ts");
      const report = { path: opened.source.name, ...verifyFile(opened.source) };
      await input.output.print(input.flag("json") ? printReportJson(report) : printVerify(report));
      return report.ok ? EXIT_OK : EXIT_CODE.invalid_file;
    },
  };
}

export function extractCommand({ opened }: Payload): CommandSpec {
  return {
    name: "extract",
    summary: "give the original files of this file back",
    options: EXTRACT_OPTIONS,
    run: (input) => extract(opened, input),
  };
}

export function licencesCommand({ opened }: Payload): CommandSpec {
  return {
    name: "licences",
    summary: "print the licences of the model, of this program and of what it contains",
    options: [],
    run: async ({ output }) => {
      const { programLicences } = await import("../../about/index.ts");
      const { printModelLicence } = await import("../../inspect/index.ts");
      await output.print(printModelLicence(opened));
      await output.print(`\n${await programLicences()}`);
      return EXIT_OK;
    },
  };
}
