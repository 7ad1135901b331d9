// Door of the module `tensor`.
export type { BatchMask, Matrix, OutputTensor } from "./tensor.ts";
