// Door of the module `inspect`.
export { describeQuantization } from "./describe-model.ts";
export { inspectFile, inspectOpened } from "./inspect-file.ts";
export { printInspect, printReportJson, printVerify } from "./print.ts";
export { printModelLicence } from "./print-licence.ts";
export type {
  AssetReport,
  EntailmentReport,
  GraphReport,
  InspectReport,
  LayerReport,
  QuantizationReport,
  TokenizerReport,
  ValueReport,
} from "./report.ts";
export { table } from "./table.ts";
