// Numbers of stored arrays: every type that is read, against bit patterns written out.
import { describe, expect, test } from "bun:test";
import { FileSource } from "../../src/io/index.ts";
import { readFloats, scanSafetensors } from "../../src/safetensors/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { fileOf, sourceOf, sourceOfArrays } from "./safetensors-file.ts";

describe("readFloats", () => {
  const f16 = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000);
  const bf16 = Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f7f, 0xff80, 0x8000);
  test.each<[string, ArrayBufferView, number[]]>([
    ["F32", Float32Array.of(1, -2, 1e-45, 3e38, -0, 0.1), [1, -2, 1e-45, 3e38, -0, 0.1]],
    ["F16", f16, [1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY, -0]],
    ["BF16", bf16, [1, -2, 2 ** -133, (2 - 2 ** -7) * 2 ** 127, Number.NEGATIVE_INFINITY, -0]],
    ["F64", Float64Array.of(1, -2, 0.1, 1e300, 1e-300, -0), [1, -2, 0.1, Infinity, 0, -0]],
  ])("readFloats() of %s gives float32", (dtype, bytes, expected) => {
    const source = sourceOfArrays({ a: { dtype, shape: [2, 3], bytes } });
    const floats = readFloats(source, scanSafetensors(source).get("a")!);
    expect(floats).toEqual(Float32Array.from(expected));
  });

  test("readFloats() of F32 keeps the bits of a NaN", () => {
    const bytes = Uint32Array.of(0x7fc12345);
    const source = sourceOfArrays({ a: { dtype: "F32", shape: [], bytes } });
    const floats = readFloats(source, scanSafetensors(source).get("a")!);
    expect([...new Uint32Array(floats.buffer)]).toEqual([0x7fc12345]);
  });

  test.each([
    ["F32", 4],
    ["F16", 2],
    ["BF16", 2],
    ["F64", 8],
  ])("readFloats() of %s reads at any offset", (dtype, size) => {
    for (let shift = 0; shift < 8; shift++) {
      const source = sourceOfArrays({
        shift: { dtype: "U8", shape: [shift], bytes: new Uint8Array(shift) },
        a: { dtype, shape: [3], bytes: new Uint8Array(3 * size) },
      });
      const floats = readFloats(source, scanSafetensors(source).get("a")!);
      expect(floats).toEqual(Float32Array.of(0, 0, 0));
    }
  });

  test("readFloats() gives memory of its own", () => {
    const source = sourceOfArrays({ a: { dtype: "F32", shape: [1], bytes: Float32Array.of(5) } });
    const array = scanSafetensors(source).get("a")!;
    readFloats(source, array)[0] = 7;
    expect(readFloats(source, array)[0]).toBe(5);
  });

  test("readFloats() reads a file on disk", async () => {
    using folder = createTempDir();
    const header = { a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } };
    const data = new Uint8Array(Float32Array.of(1.5, -3).buffer);
    await Bun.write(folder.join("a.safetensors"), fileOf(header, data));
    const source = new FileSource(folder.join("a.safetensors"));
    const floats = readFloats(source, scanSafetensors(source).get("a")!);
    expect(floats).toEqual(Float32Array.of(1.5, -3));
  });

  test.each(["I64", "F8_E4M3", "F4", "nonsense"])(
    "readFloats() refuses the type %s with SAFETENSORS_UNSUPPORTED",
    (dtype) => {
      const header = { "linear.weight": { dtype, shape: [0], data_offsets: [0, 0] } };
      const source = sourceOf(header);
      const array = scanSafetensors(source).get("linear.weight")!;
      const error = thrownBy(() => readFloats(source, array));
      expect(error.code).toBe("SAFETENSORS_UNSUPPORTED");
      expect(error.kind).toBe("unsupported");
      expect(error.message).toBe(
        `Cannot read the tensor "linear.weight" of "dense.safetensors" as it has the type ${dtype}: ` +
          "expected F32, F16, BF16, F64: save the model in float32",
      );
    },
  );

  test("readFloats() allocates nothing for an array above 1 GiB", () => {
    const byteLength = 2 ** 30 + 4;
    const header = { a: { dtype: "F32", shape: [byteLength / 4], data_offsets: [0, byteLength] } };
    const start = fileOf(header);
    const source = {
      name: "dense.safetensors",
      byteLength: start.length + byteLength,
      read: (byteOffset: number, length: number) => start.slice(byteOffset, byteOffset + length),
    };
    const array = scanSafetensors(source).get("a")!;
    const error = thrownBy(() => readFloats(source, array));
    expect(error.code).toBe("SAFETENSORS_UNSUPPORTED");
    expect(error.message).toContain("has 1073741828 bytes: expected at most 1073741824");
  });
});
