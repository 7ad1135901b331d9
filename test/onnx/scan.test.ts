// Reading a graph: what it says, and what becomes of damaged and hostile ones.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeOnnxModel } from "../../scripts/fixture/onnx-writer.ts";
import { CodedError } from "../../src/error/index.ts";
import { FileSource, MemorySource } from "../../src/io/index.ts";
import { elementTypeName, scanModel, tensorByteLength } from "../../src/onnx/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { FailingSource } from "../helper/failing-source.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { modelBytes, tableValues, tinyModel } from "./tiny-graph.ts";

const good = modelBytes(tinyModel());
const sourceOf = (bytes: Uint8Array) => new MemorySource(bytes, "model.onnx");

describe("scanModel()", () => {
  test("reads the signature, operators and where tensors lie", () => {
    const { graph, initializers, nodes, operators, externalFiles } = scanModel(sourceOf(good));
    expect(graph.producer).toBe("test 1");
    expect(graph.irVersion).toBe(8n);
    expect(graph.opsets.map(({ domain, version }) => [domain, version])).toEqual([["", 14n]]);
    expect(graph.inputs.map(({ name, elementType }) => [name, elementType])).toEqual([
      ["input_ids", 7],
    ]);
    expect(graph.inputs[0]?.shape.map(({ size, name }) => [size, name])).toEqual([
      [-1n, "batch"],
      [-1n, "sequence"],
    ]);
    expect(graph.outputs[0]?.shape.map(({ size }) => size)).toEqual([-1n, -1n, 32n]);
    expect([...operators]).toEqual([
      ["Cast", 1],
      ["Gather", 1],
    ]);
    expect(nodes[1]?.inputs).toEqual(["table", "index"]);
    expect(externalFiles).toEqual([]);
    const [table] = initializers;
    expect(table?.dims).toEqual([64, 32]);
    if (table?.place.kind !== "raw") throw new Error("The table lies in the model");
    const { byteOffset, byteLength } = table.place;
    const expected = new Uint8Array(tableValues(64, 32).buffer);
    expect(Buffer.compare(good.subarray(byteOffset, byteOffset + byteLength), expected)).toBe(0);
  });

  test("does not read the tensors", () => {
    const large = modelBytes(tinyModel({ vocabulary: 20_000 }));
    let bytesRead = 0;
    const counting = {
      name: "large.onnx",
      byteLength: large.byteLength,
      read(byteOffset: number, byteLength: number) {
        bytesRead += byteLength;
        return large.subarray(byteOffset, byteOffset + byteLength);
      },
    };
    scanModel(counting);
    expect(bytesRead).toBeLessThan(large.byteLength / 20);
  });

  test("names external files once and leaves initializers out of the inputs", async () => {
    using folder = createTempDir();
    const model = tinyModel();
    const listed = {
      ...model,
      inputs: [...model.inputs, { name: "table", type: "float32" as const, dims: [64, 32] }],
    };
    const external = { locations: ["model.onnx_data"], byteLengthMin: 1, alignment: 64 };
    await writeOnnxModel(folder.join("model.onnx"), listed, external);
    using source = new FileSource(folder.join("model.onnx"));
    const { externalFiles, graph, initializers } = scanModel(source);
    expect(externalFiles).toEqual(["model.onnx_data"]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["input_ids"]);
    expect(initializers[0]?.place).toMatchObject({ kind: "external", byteLength: 64 * 32 * 4 });
  });

  const offsets = [
    ["16", undefined],
    ["0x10", "ONNX_MALFORMED"],
    ["1e3", "ONNX_MALFORMED"],
    [" 16", "ONNX_MALFORMED"],
    ["-1", "ONNX_MALFORMED"],
    ["99999999999999999999", "ONNX_MALFORMED"],
  ] as const;
  test.each(offsets)("reads the external offset %p as digits only", (offset, code) => {
    const field = (number: number, ...parts: readonly (string | Uint8Array)[]) => {
      const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
      return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
    };
    const entry = (key: string, value: string) => field(13, field(1, key), field(2, value));
    const place = [entry("location", "data"), entry("offset", offset), entry("length", "8")];
    const tensor = field(5, field(8, "w"), ...place, Uint8Array.of(14 << 3, 1));
    const source = sourceOf(field(7, tensor, field(12, field(1, "output"))));
    if (code === undefined) expect(scanModel(source).externalFiles).toEqual(["data"]);
    else expect(thrownBy(() => scanModel(source)).code).toBe(code);
  });

  test("reads functions the model defines, with the operators in them", () => {
    const field = (number: number, content: string | Uint8Array) => {
      const key = (number << 3) | 2;
      const tag = key < 128 ? [key] : [(key % 128) | 128, key >> 7];
      return Buffer.concat([Uint8Array.from([...tag, content.length]), Buffer.from(content)]);
    };
    const node = Buffer.concat([field(2, "y"), field(4, "DynamicQuantizeLinear")]);
    const layer = Buffer.concat([field(1, "Layer"), field(7, node), field(10, "my.layers")]);
    const plain = Buffer.concat([field(1, "Plain"), field(10, "ai.onnx")]);
    const source = sourceOf(Buffer.concat([good, field(25, layer), field(25, plain)]));
    const { functions, operators, nodes } = scanModel(source);
    expect([...functions]).toEqual(["my.layers:Layer", "Plain"]);
    expect(operators.get("DynamicQuantizeLinear")).toBe(1);
    expect(nodes).toHaveLength(2);
  });

  test("answers every truncation with ONNX_MALFORMED", () => {
    for (let length = 0; length < good.byteLength; length += length < 200 ? 1 : 61) {
      expect(thrownBy(() => scanModel(sourceOf(good.slice(0, length)))).code).toBe(
        "ONNX_MALFORMED",
      );
    }
  });

  test("answers every flipped structure byte with a result or a coded error", () => {
    const structure = good.byteLength - 64 * 32 * 4;
    for (let index = 0; index < structure; index++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = good.slice();
        bytes[index] = (bytes[index] ?? 0) ^ flip;
        try {
          scanModel(sourceOf(bytes));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(CodedError);
        }
      }
    }
  });

  test("passes a fault at every read on", () => {
    for (let failAt = 0; ; failAt++) {
      const source = new FailingSource(sourceOf(good), failAt);
      try {
        scanModel(source);
        expect(failAt).toBeGreaterThan(0);
        return;
      } catch (thrown) {
        expect((thrown as CodedError).code).toBe("IO_READ_FAILED");
      }
    }
  });

  const hostile: readonly (readonly [string, readonly number[]])[] = [
    ["an empty file", []],
    ["a text file", [...Buffer.from("version https://git-lfs.github.com/spec/v1\n")]],
    ["a length near 2^63", [0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ["an endless number", Array<number>(40).fill(0xff)],
    ["two graphs", [0x3a, 0x00, 0x3a, 0x00]],
    ["a graph without outputs", [0x08, 0x08, 0x3a, 0x00]],
    ["a group", [0x3b, 0x3c]],
  ];
  test.each(hostile)("refuses %s", (_, bytes) => {
    expect(thrownBy(() => scanModel(sourceOf(Uint8Array.from(bytes)))).code).toBe("ONNX_MALFORMED");
  });

  const shared = sharedModelsDir();
  test.skipIf(shared === undefined)(
    "reads models of several exporters (needs shared models)",
    () => {
      const paths = [
        "bert-tiny-random/embedding/model.onnx",
        "arabic-diacritics/model_quantized.onnx",
        "tribuo-tinybert/tinybert.onnx",
        "distilbert-tiny-random/model.onnx",
        "vespa-transformers/dummy_transformer_mlm.onnx",
      ];
      const summaries = paths.map((path) => {
        using source = new FileSource(join(shared ?? "", path));
        const { graph, operators } = scanModel(source);
        const standard = graph.opsets.find(({ domain }) => domain === "")?.version;
        return [Number(standard), graph.inputs.length, graph.outputs.length, operators.size > 5];
      });
      expect(summaries).toEqual([
        [18, 3, 1, true],
        [16, 2, 1, true],
        [11, 3, 2, true],
        [11, 2, 1, true],
        [12, 3, 1, true],
      ]);
    },
  );
});

describe("tensorByteLength()", () => {
  const rows: readonly (readonly [number, readonly number[], number | undefined])[] = [
    [1, [2, 3], 24],
    [10, [5], 10],
    [22, [3], 2],
    [7, [], 8],
    [8, [1], undefined],
    [99, [1], undefined],
    [1, [2 ** 40, 2 ** 40], undefined],
  ];
  test.each(rows)("type %p of %p has %p bytes", (type, dims, expected) => {
    expect(tensorByteLength(type, dims)).toBe(expected);
  });

  test("elementTypeName() names what it knows and numbers what it does not", () => {
    expect([1, 16, 77].map(elementTypeName)).toEqual(["float32", "bfloat16", "type 77"]);
  });
});

test("a model written to disk and read back is the same to scanModel()", () => {
  using folder = createTempDir();
  writeFileSync(folder.join("m.onnx"), good);
  using source = new FileSource(folder.join("m.onnx"));
  expect(scanModel(source).initializers).toEqual(scanModel(sourceOf(good)).initializers);
});
