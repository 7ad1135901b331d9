// Door of the module `inspect`.
export { inspectFile, inspectOpened } from "./inspect-file.ts";
export { printInspect, printReportJson, printVerify } from "./print.ts";
export type {
  AssetReport,
  EntailmentReport,
  GraphReport,
  InspectReport,
  LayerReport,
  TokenizerReport,
  ValueReport,
} from "./report.ts";
export { table } from "./table.ts";
