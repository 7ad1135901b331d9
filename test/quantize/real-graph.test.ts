// Graphs as exporters write them: those of the fixture maker and the real ones, before and after rounding.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as ort from "onnxruntime-node";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { FileSource } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { CALIBRATION_TEXTS, compareQuality, quantizeGraph } from "../../src/quantize/index.ts";
import { loadTokenizer } from "../../src/tokenizer/index.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { type Feeds, run } from "./graph.ts";

const SEQUENCE = 12;

/** Two rows of ids below `vocabulary`, and a padded one, for whatever inputs the graph has. */
function feedsFor(path: string, vocabulary: number): Feeds {
  using source = new FileSource(path);
  const { inputs } = scanModel(source).graph;
  const rows = Number(inputs[0]?.shape[0]?.size ?? -1n);
  const dims = [rows > 0 ? rows : 3, SEQUENCE];
  const count = dims[0]! * SEQUENCE;
  const numbers: Readonly<Record<string, (place: number) => number>> = {
    input_ids: (place) => (place * 7919 + 3) % vocabulary,
    attention_mask: (place) => (place % SEQUENCE < 9 || place < SEQUENCE ? 1 : 0),
    position_ids: (place) => place % SEQUENCE,
  };
  return Object.fromEntries(
    inputs.map(({ name, elementType }) => {
      const values = Array.from({ length: count }, (_, place) => numbers[name]?.(place) ?? 0);
      const tensor =
        elementType === 6
          ? new ort.Tensor("int32", Int32Array.from(values), dims)
          : new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
      return [name, tensor];
    }),
  );
}

function quantizeFile(path: string) {
  using source = new FileSource(path);
  return quantizeGraph(source, (location, { byteOffset, byteLength }) => {
    using file = new FileSource(join(dirname(path), location));
    return file.read(byteOffset, byteLength);
  });
}

/** The least cosine between rows of the first output. */
async function leastCosine(path: string, rounded: Uint8Array, vocabulary: number): Promise<number> {
  const feeds = feedsFor(path, vocabulary);
  // By path: external data is found beside the file only.
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4 });
  const name = session.outputNames[0] ?? "";
  const before = (await session.run(feeds))[name]!;
  const columns = before.dims.at(-1) ?? 1;
  const after = (await run(rounded, feeds))[name]!;
  const matrix = (data: Float32Array) => ({ data, rows: data.length / columns, columns });
  const left = matrix(Float32Array.from(before.data as Float32Array));
  return compareQuality("vector", [left], [matrix(after)]).minCosine ?? Number.NaN;
}

const HIDDEN = { hidden: 64, intermediate: 128, vocabulary: 2048 } as const;

const FIXTURES: readonly (FixtureOptions & { readonly products: number })[] = [
  { head: "embedding", opset: 11, products: 12 },
  { head: "embedding", opset: 21, products: 12 },
  { head: "sentence-embedding", pooled: true, products: 12 },
  { head: "sequence-classification", products: 13 },
  { head: "token-classification", products: 12 },
  { head: "reranking", products: 13 },
  { head: "masked-lm", products: 14 },
  { head: "embedding", externalData: true, externalFiles: 2, products: 12 },
  { head: "embedding", inputType: "int32", inputs: ["input_ids", "position_ids"], products: 12 },
  { head: "embedding", fixedBatch: 2, fixedLength: SEQUENCE, products: 12 },
];

describe("quantizeGraph() of fixtures", () => {
  test.each(FIXTURES)("rounds every linear layer and the table of words: %j", async (options) => {
    const { products, ...fixture } = options;
    const path = join(await makeFixture({ ...HIDDEN, ...fixture }), "model.onnx");
    const { bytes, report } = quantizeFile(path);
    expect(report.quantized.filter((name) => /word_embeddings/.test(name))).toHaveLength(1);
    expect(report.quantized).toHaveLength(products + 1);
    expect(await leastCosine(path, bytes, HIDDEN.vocabulary)).toBeGreaterThan(0.999);
    // In float32 the table of words alone has more.
    expect(bytes.byteLength).toBeLessThan(480_000);
  });

  test.each(["int8", "uint8", "qdq"] as const)(
    "leaves one alone that is %s already",
    async (quantised) => {
      const folder = await makeFixture({ head: "embedding", quantised });
      const { report } = quantizeFile(join(folder, "model.onnx"));
      expect(report.quantized).toEqual([]);
      expect(report.kept.filter(({ reason }) => reason === "already quantised")).toHaveLength(12);
    },
  );

  test("leaves one of float16 alone", async () => {
    const folder = await makeFixture({ head: "embedding", dtype: "float16" });
    const { report } = quantizeFile(join(folder, "model.onnx"));
    expect(report.quantized).toEqual([]);
    expect(new Set(report.kept.map(({ reason }) => reason))).toContain(
      "its weights are float16, not float32",
    );
  });
});

const shared = sharedModelsDir();

/** Vocabulary a graph takes, and layers that are large enough to be rounded. */
const REAL: readonly (readonly [path: string, vocabulary: number, layers: number])[] = [
  ["bert-tiny-random/embedding/model.onnx", 1000, 1],
  ["bert-tiny-random/sentence_embedding/model.onnx", 1000, 1],
  ["bert-tiny-random/sequence_classification/model.onnx", 1000, 1],
  ["bert-tiny-random/token_classification/model.onnx", 1000, 1],
  ["distilbert-tiny-random/model.onnx", 1000, 0],
  ["movie-review-sentiment/model.onnx", 1000, 1],
  ["regex-embedder/model.onnx", 1000, 1],
  ["tribuo-tinybert/tinybert.onnx", 1000, 8],
  ["arabic-diacritics/model.onnx", 50, 36],
  ["vespa-transformers/dummy_transformer.onnx", 20, 0],
  ["vespa-transformers/dummy_transformer_mlm.onnx", 1000, 2],
  ["vespa-transformers/dummy_transformer_without_type_ids.onnx", 20, 0],
  ["vespa-transformers/random_encoder.onnx", 1000, 1],
];

describe.skipIf(shared === undefined)("quantizeGraph() of real models", () => {
  test.each(REAL)("keeps the answers of %s", async (name, vocabulary, layers) => {
    const path = join(shared ?? "", name);
    const { bytes, report } = quantizeFile(path);
    expect(report.quantized).toHaveLength(layers);
    expect(await leastCosine(path, bytes, vocabulary)).toBeGreaterThan(0.99);
    if (layers > 0) expect(bytes.byteLength).toBeLessThan(0.7 * readFileSync(path).byteLength);
  });

  test(
    "agrees with the float32 model at least as often as the int8 model its authors published",
    async () => {
      const folder = join(shared ?? "", "arabic-diacritics");
      const tokenizer = loadTokenizer(readFileSync(join(folder, "tokenizer.json")));
      const texts = [
        ...CALIBRATION_TEXTS.filter((text) => /\p{Script=Arabic}/u.test(text)),
        ...ARABIC,
      ];
      const original = readFileSync(join(folder, "model.onnx"));
      const published = readFileSync(join(folder, "model_quantized.onnx"));
      const rounded = quantizeFile(join(folder, "model.onnx")).bytes;
      const logits = async (bytes: Uint8Array) => {
        const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
        const answers = [];
        for (const text of texts) {
          const ids = BigInt64Array.from(tokenizer.encode(text).ids, BigInt);
          const dims = [1, ids.length];
          const feeds = {
            input_ids: new ort.Tensor("int64", ids, dims),
            attention_mask: new ort.Tensor(
              "int64",
              ids.map(() => 1n),
              dims,
            ),
          };
          const { data, dims: shape } = (await session.run(feeds))[session.outputNames[0]!]!;
          const columns = shape.at(-1) ?? 1;
          answers.push({
            data: Float32Array.from(data as Float32Array),
            rows: ids.length,
            columns,
          });
        }
        return answers;
      };
      const expected = await logits(original);
      const ours = compareQuality("class", expected, await logits(rounded));
      const theirs = compareQuality("class", expected, await logits(published));
      expect(ours.rows).toBeGreaterThan(500);
      expect(ours.agreement).toBeGreaterThanOrEqual(theirs.agreement ?? 1);
      expect(ours.agreement).toBeGreaterThan(0.98);
    },
    RECURRENT_MS,
  );
});

/** The model reads a text letter by letter, six times. */
const RECURRENT_MS = 60_000;

/** Sentences without diacritics, which the model is asked for. */
const ARABIC: readonly string[] = [
  "ذهب الولد إلى المدرسة في الصباح الباكر وعاد منها بعد الظهر",
  "يعيش في هذه القرية الصغيرة عدد قليل من الناس يعملون في الزراعة وصيد السمك",
  "اجتمع الوزراء أمس لمناقشة الميزانية الجديدة ولم يصدر عنهم أي قرار",
  "كان الجو باردا جدا فأشعل الحارس النار وجلس ينتظر طلوع الشمس",
  "هل تعرف متى يصل القطار القادم من المدينة الكبيرة",
  "قرأت في الجريدة أن سعر الخبز سوف يرتفع في الشهر المقبل",
  "العلم نور والجهل ظلام ومن طلب العلا سهر الليالي",
  "أعدت الأم الطعام للضيوف ثم جلست معهم تحدثهم عن رحلتها الطويلة",
  "سافر أخي إلى بلاد بعيدة ليدرس الطب ويرجع بعد سنوات طبيبا ماهرا",
  "نام القط على الكرسي القديم قرب النافذة المفتوحة",
];
