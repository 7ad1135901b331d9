// Door of the module `quantize`.
export { CALIBRATION_TEXTS } from "./calibration-text.ts";
export type { ReadExternal } from "./constant.ts";
export type { KeptLayer } from "./layer.ts";
export {
  type AnswerKind,
  compareQuality,
  cutFigure,
  failedFigure,
  printFigure,
  type Quality,
  type QualityGate,
} from "./quality.ts";
export {
  type QuantizedGraph,
  type QuantizeOptions,
  type QuantizeReport,
  Quantizer,
  quantizeGraph,
} from "./quantize-graph.ts";
export { type FoundLayers, type LayerTrial, rankLayers, searchKept } from "./search.ts";
