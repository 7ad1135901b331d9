// Whether this processor multiplies bytes without loss. AVX2, and AVX-512 without VNNI, add the products of two pairs
// in 16 bits, which overflow for large weights; the library can be told to take a longer way, but does not see for
// itself when it needs to.
import { Tensor } from "onnxruntime-common";
import { createNativeSession, LOG_SEVERITY_FATAL } from "./native.ts";
import type { ScannedModel } from "./scan.ts";

/** Operators of graphs with weights of one byte. */
const BYTE_PRODUCT = /Integer|DynamicQuantize|QLinear|QAttention|QGemm/;

/** A model of one node, y = MatMulInteger(a: uint8, b: int8); opset 10, shapes left open. */
export const PROBE_MODEL: Uint8Array = Uint8Array.fromBase64(
  "CAU6PgoYCgFhCgFiEgF5Ig1NYXRNdWxJbnRlZ2VyEgFnWgkKAWESBAoCCAJaCQoBYhIECgIIA2IJCgF5EgQKAggGQgIQCg==",
);
const TERMS = 16;
const BYTE_MAX = 255;
const SIGNED_BYTE_MAX = 127;

let overflows: boolean | undefined;

/**
 * Whether the library must be told to take the longer way for this graph, which makes its products nearly twice as slow
 * where there is no need. The first call for a graph with such products tries one, which takes a millisecond. The addon
 * must be attached to this thread.
 */
export function needsLongProducts({ operators }: ScannedModel): boolean {
  if (process.arch !== "x64") return false;
  if (![...operators.keys()].some((operator) => BYTE_PRODUCT.test(operator))) return false;
  overflows ??= largestProduct() !== BYTE_MAX * SIGNED_BYTE_MAX * TERMS;
  return overflows;
}

/** The product of the largest bytes as this processor computes it. */
export function largestProduct(): number {
  const native = createNativeSession();
  const { buffer, byteOffset, byteLength } = PROBE_MODEL;
  const options = {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: LOG_SEVERITY_FATAL,
  };
  native.loadModel(buffer as ArrayBuffer, byteOffset, byteLength, options);
  try {
    const weights = new Int8Array(TERMS * TERMS).fill(SIGNED_BYTE_MAX);
    const feeds = {
      a: new Tensor("uint8", new Uint8Array(TERMS).fill(BYTE_MAX), [1, TERMS]),
      b: new Tensor("int8", weights, [TERMS, TERMS]),
    };
    return Number(native.run(feeds, { y: null }, {})["y"]?.data[0]);
  } finally {
    native.dispose();
  }
}
