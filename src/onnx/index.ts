// Door of the module `onnx`.
export { type PaddedBatch, padBatch, paddedLength, type TokenSequence } from "./batch.ts";
export {
  BFLOAT16,
  elementTypeName,
  FLOAT16,
  FLOAT32,
  INT32,
  INT64,
  STRING,
  tensorByteLength,
} from "./element-type.ts";
export { attachNative, type PreparedNative, prepareNative } from "./native.ts";
export { optimizeGraph } from "./optimize.ts";
export { type FileRange, renderModel } from "./render.ts";
export {
  type GraphNode,
  type Initializer,
  type ScannedModel,
  scanModel,
  type TensorPlace,
} from "./scan.ts";
export { openSession, Session, type SessionOptions } from "./session.ts";
