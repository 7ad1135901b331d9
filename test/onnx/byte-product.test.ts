// Products of bytes, which some processors compute wrongly unless the library is told.
import { expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "../../src/gen/onnx_pb.ts";
import { largestProduct, needsLongProducts, PROBE_MODEL } from "../../src/onnx/byte-product.ts";
import { attachNative, prepareNative, type ScannedModel } from "../../src/onnx/index.ts";

attachNative(prepareNative());

const EXACT = 255 * 127 * 16;

function graphOf(...operators: readonly string[]): ScannedModel {
  return { operators: new Map(operators.map((name) => [name, 1])) } as unknown as ScannedModel;
}

test("PROBE_MODEL is one product of bytes and signed bytes", () => {
  const { graph, opsetImport } = fromBinary(ModelProtoSchema, PROBE_MODEL);
  expect(opsetImport.map(({ version }) => version)).toEqual([10n]);
  expect(graph?.node.map(({ opType, input, output }) => [opType, input, output])).toEqual([
    ["MatMulInteger", ["a", "b"], ["y"]],
  ]);
});

test("largestProduct() is exact, or what 16 bits hold", () => {
  expect([EXACT, 8 * 32_767]).toContain(largestProduct());
});

test("needsLongProducts() depends on the processor for graphs with products of bytes", () => {
  const overflows = process.arch === "x64" && largestProduct() !== EXACT;
  expect(needsLongProducts(graphOf("MatMul", "Softmax"))).toBe(false);
  for (const operator of ["MatMulInteger", "com.microsoft:DynamicQuantizeMatMul"]) {
    expect(needsLongProducts(graphOf(operator))).toBe(overflows);
  }
});

const QEMU = "qemu-x86_64-static";

test.skipIf(process.arch !== "x64" || Bun.which(QEMU) === null)(
  "needsLongProducts() is true of a processor without VNNI (needs qemu)",
  () => {
    const script = `
      import { attachNative, prepareNative } from "./src/onnx/index.ts";
      import { largestProduct, needsLongProducts } from "./src/onnx/byte-product.ts";
      attachNative(prepareNative());
      const operators = new Map([["com.microsoft:MatMulIntegerToFloat", 1]]);
      console.log(needsLongProducts({ operators }), largestProduct());`;
    const command = [QEMU, "-cpu", "Haswell", process.execPath, "-e", script];
    const { stdout } = Bun.spawnSync(command, { cwd: `${import.meta.dir}/../..` });
    expect(stdout.toString().trim()).toBe(`true ${8 * 32_767}`);
  },
  60_000,
);
