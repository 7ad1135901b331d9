// Door of the module `inspect`.
export { inspectFile, inspectOpened } from "./inspect-file.ts";
export { printInspect, printReportJson, printVerify, table } from "./print.ts";
export type {
  AssetReport,
  GraphReport,
  InspectReport,
  TokenizerReport,
  ValueReport,
} from "./report.ts";
