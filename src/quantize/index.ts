// Door of the module `quantize`.
export type { ReadExternal } from "./constant.ts";
export type { KeptLayer } from "./layer.ts";
export {
  type QuantizedGraph,
  type QuantizeOptions,
  type QuantizeReport,
  Quantizer,
  quantizeGraph,
} from "./quantize-graph.ts";
