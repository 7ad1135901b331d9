// Running a graph in place: padding, binding, kinds of inputs and outputs, and the loading of native files.
import { describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { type OnnxModel, writeOnnxModel } from "../../scripts/fixture/onnx-writer.ts";
import { CodedError } from "../../src/error/index.ts";
import { InputRole, type Model, ModelSchema } from "../../src/gen/manifest_pb.ts";
import { FileSource } from "../../src/io/index.ts";
import {
  attachNative,
  openSession,
  padBatch,
  paddedLength,
  prepareNative,
  renderModel,
  scanModel,
} from "../../src/onnx/index.ts";
import { createMemoryFile, loadGlobally } from "../../src/onnx/linux-loader.ts";
import { thrownBy } from "../helper/coded.ts";
import { createTempDir, type TempDir } from "../helper/temp-dir.ts";
import { modelBytes, tinyModel } from "./tiny-graph.ts";

attachNative(prepareNative());

const model = (fields: object = {}): Model =>
  create(ModelSchema, {
    inputs: [{ name: "input_ids", role: InputRole.INPUT_IDS }],
    output: "hidden",
    tokenizer: { padId: 0 },
    ...fields,
  });

const sequence = (...ids: number[]) => ({
  ids: Int32Array.from(ids),
  typeIds: new Int32Array(ids.length).fill(1),
});

/** Opens a model that lies `byteOffset` bytes into a larger file, as it does in an executable. */
function openAt(folder: TempDir, onnx: OnnxModel, byteOffset: number, reusesOutput = false) {
  const bytes = modelBytes(onnx);
  const path = folder.join("holder.bin");
  writeFileSync(path, Buffer.concat([Buffer.alloc(byteOffset, 7), bytes]));
  const whole = new FileSource(path);
  const source = {
    name: "model.onnx",
    byteLength: bytes.byteLength,
    read: (offset: number, length: number) => whole.read(byteOffset + offset, length),
  };
  const scanned = scanModel(source);
  const range = { path: whole.realPath, byteOffset, byteLength: bytes.byteLength };
  const how = { intraOpThreads: 1, reusesOutput };
  const session = openSession({ scanned, source, locate: () => range, ...how });
  return { session, scanned, source, range };
}

describe("Session.run()", () => {
  test("writes over the last output only where that was asked for", () => {
    using folder = createTempDir();
    const batches = [
      [sequence(5, 6)],
      [sequence(1), sequence(2)],
      [sequence(7, 8, 9), sequence(3)],
    ];
    const kept = openAt(folder, tinyModel(), 0).session;
    const reused = openAt(folder, tinyModel(), 0, true).session;
    const outputs = batches.map((batch) => kept.run(batch, model()).output);
    const seen = batches.map((batch) => {
      const { output } = reused.run(batch, model());
      return { shape: output.shape, data: [...output.data], memory: output.data.buffer };
    });
    expect(seen.map(({ shape, data }) => ({ shape: [...shape], data }))).toEqual(
      outputs.map(({ shape, data }) => ({ shape: [...shape], data: [...data] })),
    );
    // The last is the largest: the next one fits.
    const next = reused.run(batches[0]!, model()).output;
    expect(next.data.buffer === seen.at(-1)?.memory).toBe(true);
    expect([...next.data]).toEqual([...outputs[0]!.data]);
    expect(new Set(outputs.map(({ data }) => data.buffer)).size).toBe(outputs.length);
    kept.close();
    reused.close();
  });

  test.each([0, 65536, 12_345])(
    "reads weights in place at offset %p of a larger file",
    (offset) => {
      using folder = createTempDir();
      const { session } = openAt(folder, tinyModel(), offset);
      const { output, mask } = session.run([sequence(5, 6, 63), sequence(2)], model());
      expect(output.shape).toEqual([2, 3, 32]);
      const first = [0, 1, 2].map((row) => output.data[row * 32]);
      expect(first).toEqual([5, 6, 63]);
      expect(output.data[1]).toBe(5.5);
      // The second sequence is padded with id 0.
      expect([3, 4, 5].map((row) => output.data[row * 32])).toEqual([2, 0, 0]);
      expect([...mask.data]).toEqual([1, 1, 1, 1, 0, 0]);
      session.close();
    },
  );

  test.each(["int32", "float32", "int64"] as const)("feeds %s inputs", (inputType) => {
    using folder = createTempDir();
    const { session } = openAt(folder, tinyModel({ inputType }), 64);
    expect(session.run([sequence(9)], model()).output.data[0]).toBe(9);
    session.close();
  });

  test("runs a graph with a fixed batch size piece by piece", () => {
    using folder = createTempDir();
    const { session } = openAt(folder, tinyModel({ dims: [2, "sequence"] }), 0);
    const sequences = [sequence(1, 2), sequence(3), sequence(4, 5)];
    const { output } = session.run(sequences, model());
    expect(output.shape).toEqual([3, 2, 32]);
    const ids = Array.from({ length: 6 }, (_, row) => output.data[row * 32]);
    expect(ids).toEqual([1, 2, 3, 0, 4, 5]);
    session.close();
  });

  test("answers an id outside of the table with ONNX_RUN_FAILED", () => {
    using folder = createTempDir();
    const { session } = openAt(folder, tinyModel(), 0);
    expect(thrownBy(() => session.run([sequence(64)], model())).code).toBe("ONNX_RUN_FAILED");
    expect(session.run([sequence(63)], model()).output.data[0]).toBe(63);
    session.close();
  });

  test("refuses an output that is no float with ONNX_UNSUPPORTED", () => {
    using folder = createTempDir();
    const { nodes, outputs, ...rest } = tinyModel();
    const integers = {
      ...rest,
      nodes: nodes.slice(0, 1),
      initializers: [],
      outputs: [{ name: "index", type: "int64" as const, dims: ["batch", "sequence"] }],
    };
    expect(outputs).toHaveLength(1);
    const { session } = openAt(folder, integers, 0);
    const error = thrownBy(() => session.run([sequence(1)], model({ output: "index" })));
    expect(error.code).toBe("ONNX_UNSUPPORTED");
    expect(error.message).toContain("found int64");
    session.close();
  });

  test("reads external data from a file beside the model", async () => {
    using folder = createTempDir();
    const external = { locations: ["weights.bin"], byteLengthMin: 1, alignment: 64 };
    await writeOnnxModel(folder.join("model.onnx"), tinyModel(), external);
    const source = new FileSource(folder.join("model.onnx"));
    const data = new FileSource(folder.join("weights.bin"));
    const locate = (file?: string) => {
      const { realPath, byteLength } = file === undefined ? source : data;
      return { path: realPath, byteOffset: 0, byteLength };
    };
    const session = openSession({ scanned: scanModel(source), source, locate, intraOpThreads: 1 });
    expect(session.run([sequence(7)], model()).output.data[0]).toBe(7);
    session.close();
  });
});

describe("openSession()", () => {
  test("gives ORT's reason with ONNX_LOAD_FAILED", () => {
    using folder = createTempDir();
    const graph = tinyModel();
    const wrong = {
      ...graph,
      nodes: [{ ...graph.nodes[0]!, opType: "NoSuchOperator" }, graph.nodes[1]!],
    };
    const error = thrownBy(() => openAt(folder, wrong, 0));
    expect(error.code).toBe("ONNX_LOAD_FAILED");
    expect(error.message).toContain("NoSuchOperator");
    expect(error.message).not.toMatch(/\n|\.cc:/);
  });

  test("refuses a tensor beyond the end of its file", () => {
    using folder = createTempDir();
    const { scanned, source, range } = openAt(folder, tinyModel(), 0);
    const short = { ...range, byteLength: 100 };
    expect(thrownBy(() => renderModel(scanned, source, () => short)).code).toBe("ONNX_MALFORMED");
  });

  test("renderModel() leaves a graph that holds no weights", () => {
    using folder = createTempDir();
    const { scanned, source, range } = openAt(folder, tinyModel({ vocabulary: 10_000 }), 0);
    expect(renderModel(scanned, source, () => range).byteLength).toBeLessThan(1000);
  });
});

describe("padBatch()", () => {
  const rows = (fields: object, role: InputRole) => [
    ...padBatch([sequence(7, 8, 9), sequence(5)], model(fields)).values(role),
  ];

  test("pads on the right with the padding id, segments and mask with 0", () => {
    const fields = { tokenizer: { padId: 1 } };
    expect(rows(fields, InputRole.INPUT_IDS)).toEqual([7, 8, 9, 5, 1, 1]);
    expect(rows(fields, InputRole.TOKEN_TYPE_IDS)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(rows(fields, InputRole.ATTENTION_MASK)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(rows(fields, InputRole.POSITION_IDS)).toEqual([0, 1, 2, 0, 0, 0]);
    expect(rows(fields, InputRole.ZEROS)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("pads on the left and counts positions from the first real token", () => {
    const fields = { tokenizer: { padId: 1, padLeft: true } };
    expect(rows(fields, InputRole.INPUT_IDS)).toEqual([7, 8, 9, 1, 1, 5]);
    expect(rows(fields, InputRole.ATTENTION_MASK)).toEqual([1, 1, 1, 0, 0, 1]);
    expect(rows(fields, InputRole.POSITION_IDS)).toEqual([0, 1, 2, 0, 0, 0]);
  });

  test("pads to a fixed length", () => {
    expect(rows({ tokenizer: { fixedLength: 4 } }, InputRole.INPUT_IDS)).toEqual([
      ...[7, 8, 9, 0],
      ...[5, 0, 0, 0],
    ]);
  });

  const LENGTHS: readonly (readonly [object, number, number])[] = [
    [{ padMultiple: 8, maxLength: 64 }, 3, 8],
    [{ padMultiple: 8, maxLength: 64 }, 8, 8],
    [{ padMultiple: 8, maxLength: 64 }, 9, 16],
    // No multiple fits below the limit.
    [{ padMultiple: 8, maxLength: 20 }, 17, 20],
    [{ padMultiple: 64, maxLength: 20 }, 3, 20],
    [{ padMultiple: 8 }, 3, 8],
    [{ padMultiple: 1, maxLength: 64 }, 3, 3],
    [{ padMultiple: 0, maxLength: 64 }, 3, 3],
    // Longer than the limit says: nothing is cut here.
    [{ padMultiple: 8, maxLength: 20 }, 21, 21],
    [{ padMultiple: 8, maxLength: 20, fixedLength: 30 }, 3, 30],
  ];

  test.each(LENGTHS)("paddedLength() of %j for %p tokens is %p", (tokenizer, longest, expected) => {
    expect(paddedLength(longest, model({ tokenizer }))).toBe(expected);
    const long = { ids: new Int32Array(longest), typeIds: new Int32Array(longest) };
    const { mask } = padBatch([sequence(1), long], model({ tokenizer }));
    expect(mask.sequence).toBe(expected);
    // A graph with a fixed batch size is padded twice.
    expect(padBatch([sequence(1)], model({ tokenizer }), expected).mask.sequence).toBe(expected);
  });

  test("pads to a multiple on the left", () => {
    const fields = { tokenizer: { padMultiple: 4, padLeft: true, maxLength: 64 } };
    expect(rows(fields, InputRole.INPUT_IDS)).toEqual([0, 7, 8, 9, 0, 0, 0, 5]);
    expect(rows(fields, InputRole.POSITION_IDS)).toEqual([0, 0, 1, 2, 0, 0, 0, 0]);
  });

  test.each([
    ["RoBERTa's padding index", 2, false, [2, 3, 4, 2, 1, 1]],
    ["the same on the left", 2, true, [2, 3, 4, 1, 1, 2]],
    ["a first position of 1", 1, false, [1, 2, 3, 1, 0, 0]],
  ] as const)("counts positions from %s", (_, firstPosition, padLeft, expected) => {
    const fields = { firstPosition, tokenizer: { padLeft } };
    expect(rows(fields, InputRole.POSITION_IDS)).toEqual([...expected]);
  });

  test("tells how many tokens pooling leaves out, if any", () => {
    const plain = padBatch([sequence(7, 8), sequence(5)], model()).mask;
    expect(plain.skipped).toBeUndefined();
    const skipping = { ...sequence(7, 8), skipped: 2 };
    const { mask } = padBatch([sequence(5), skipping], model());
    expect([...(mask.skipped ?? [])]).toEqual([0, 2]);
  });
});

describe.skipIf(process.platform !== "linux")("memory files", () => {
  test("createMemoryFile() copies a range of a file", async () => {
    using folder = createTempDir();
    writeFileSync(folder.join("f"), "0123456789");
    const path = createMemoryFile("name", { path: folder.join("f"), byteOffset: 2, byteLength: 5 });
    expect(await Bun.file(path).text()).toBe("23456");
    expect(await Bun.file(createMemoryFile("name", Buffer.from("abc"))).text()).toBe("abc");
  });

  test("a missing file or a broken library is ONNX_NATIVE_FAILED", () => {
    using folder = createTempDir();
    const missing = { path: folder.join("missing"), byteOffset: 0, byteLength: 1 };
    expect(thrownBy(() => createMemoryFile("name", missing)).code).toBe("ONNX_NATIVE_FAILED");
    const short = { path: folder.join("short"), byteOffset: 0, byteLength: 10 };
    writeFileSync(short.path, "123");
    expect(thrownBy(() => createMemoryFile("name", short)).code).toBe("ONNX_NATIVE_FAILED");
    chmodSync(short.path, 0o755);
    const error = thrownBy(() => loadGlobally(short.path));
    expect(error.code).toBe("ONNX_NATIVE_FAILED");
    expect(error).toBeInstanceOf(CodedError);
  });
});
