// Door of the module `tensor`.
export { sigmoid, softmax } from "./activation.ts";
export { type DenseOptions, dense } from "./dense.ts";
export { ELEMENTWISE, type Elementwise } from "./elementwise.ts";
export { float16ToFloat32 } from "./half.ts";
export { type LayerNormOptions, layerNorm } from "./layer-norm.ts";
export { cosine, l2Normalize, NORM_EPSILON } from "./norm.ts";
export { POOL_MODES, type PoolMode, pool } from "./pool.ts";
export { inputRows, tokenRows } from "./rows.ts";
export { argmax, indexOfNonFinite } from "./select.ts";
export { type SparsePoolMode, sparsePool } from "./sparse-pool.ts";
export type { BatchMask, Matrix, OutputTensor } from "./tensor.ts";
