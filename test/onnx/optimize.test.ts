// Graphs rewritten once: the same answers to the last bit, the same bytes each time, the weights inside.
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import type { Model } from "../../src/gen/manifest_pb.ts";
import { type ByteSource, FileSource, MemorySource } from "../../src/io/index.ts";
import {
  attachNative,
  openSession,
  optimizeGraph,
  prepareNative,
  renderModel,
  scanModel,
} from "../../src/onnx/index.ts";
import { inlineModel } from "../../src/onnx/inline.ts";
import { thrownBy } from "../helper/coded.ts";

const SHAPE = { hidden: 64, intermediate: 128, vocabulary: 2048 } as const;

async function openFixture(options: FixtureOptions = {}): Promise<FileSource> {
  return new FileSource(join(await makeFixture({ ...SHAPE, ...options }), "model.onnx"));
}

function rangeOf({ realPath, byteLength }: FileSource) {
  return { path: realPath, byteOffset: 0, byteLength };
}

function optimize(source: FileSource): MemorySource {
  const locate = () => rangeOf(source);
  return new MemorySource(optimizeGraph({ scanned: scanModel(source), source, locate }), "graph");
}

/** The numbers the graph gives three texts. */
function answer(source: ByteSource): Float32Array {
  const scanned = scanModel(source);
  const session = openSession({ scanned, source, intraOpThreads: 1 });
  const inputs = scanned.graph.inputs.map(({ name }) => ({ name, role: roleOf(name) }));
  const model = { inputs, output: scanned.graph.outputs[0]!.name } as unknown as Model;
  const sequences = [3, 9, 40].map((length) => ({
    ids: Int32Array.from({ length }, (_, index) => 5 + ((index * 37) % 2000)),
    typeIds: new Int32Array(length),
  }));
  const data = session.run(sequences, model).output.data.slice();
  session.close();
  return data;
}

/** As the manifest numbers them. */
function roleOf(name: string): number {
  return ["", "input_ids", "attention_mask", "token_type_ids"].indexOf(name);
}

beforeAll(() => attachNative(prepareNative()));

describe("optimizeGraph()", () => {
  test.each([[{}], [{ quantised: "int8" }], [{ quantised: "qdq" }]] as const)(
    "answers as the graph it was made of, with fewer nodes: %j",
    async (options) => {
      using source = await openFixture(options);
      const optimized = optimize(source);
      const scanned = scanModel(optimized);
      expect(scanned.nodes.length).toBeLessThan(scanModel(source).nodes.length);
      expect(scanned.externalFiles).toEqual([]);
      expect(answer(optimized)).toEqual(answer(source));
    },
  );

  test("changes the last bits of float16 graphs at most, whose sums are in float32", async () => {
    using source = await openFixture({ dtype: "float16" });
    const expected = answer(source);
    const found = answer(optimize(source));
    const worst = found.reduce((most, x, at) => Math.max(most, Math.abs(x - expected[at]!)), 0);
    expect(worst).toBeLessThan(1e-5);
  });

  test("gives the same bytes for the same graph", async () => {
    using source = await openFixture();
    const bytes = optimize(source).read(0, 1000);
    expect(optimize(source).read(0, 1000)).toEqual(bytes);
    expect(Buffer.from(bytes).toString("latin1")).not.toContain("encoderfile-optimize-");
  });

  test("throws ONNX_LOAD_FAILED for what the library cannot load", async () => {
    using source = await openFixture();
    const broken = new MemorySource(source.read(0, 5000), "broken");
    const error = thrownBy(() => optimizeGraph({ scanned: scanModel(source), source: broken }));
    expect(error.code).toBe("ONNX_LOAD_FAILED");
  });
});

describe("inlineModel()", () => {
  test("gives a model that was told where its weights are the bytes of each again", async () => {
    using source = await openFixture();
    const scanned = scanModel(source);
    const rendered = new MemorySource(
      renderModel(scanned, source, () => rangeOf(source)),
      "small",
    );
    const inlined = new MemorySource(
      inlineModel(scanModel(rendered), rendered, ({ byteOffset, byteLength }) =>
        source.read(byteOffset, byteLength),
      ),
      "whole",
    );
    expect(tensorsOf(inlined)).toEqual(tensorsOf(source));
  });

  test("throws ONNX_UNSUPPORTED for more than one message holds", async () => {
    using source = await openFixture();
    const scanned = scanModel(source);
    const place = { kind: "external", location: "w", byteOffset: 0, byteLength: 2 ** 31 } as const;
    const [first] = scanned.initializers;
    const error = thrownBy(() =>
      inlineModel({ ...scanned, initializers: [{ ...first!, place }] }, source, () => {
        throw new Error("Nothing is read");
      }),
    );
    expect(error.code).toBe("ONNX_UNSUPPORTED");
    expect(error.message).toContain("without --optimize");
  });
});

function tensorsOf(source: ByteSource): unknown[] {
  return scanModel(source).initializers.map(({ name, dims, elementType, place }) => ({
    ...{ name, dims, elementType },
    bytes:
      place.kind === "raw"
        ? new Bun.CryptoHasher("sha256")
            .update(source.read(place.byteOffset, place.byteLength))
            .digest("hex")
        : place.kind,
  }));
}
