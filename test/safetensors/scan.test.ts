// Headers of safetensors files: right ones of this test and of real models, and hostile ones.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { CodedError } from "../../src/error/index.ts";
import { FileSource, MemorySource } from "../../src/io/index.ts";
import { readFloats, scanSafetensors } from "../../src/safetensors/index.ts";
import { thrownBy } from "../helper/coded.ts";
import { seededRandom } from "../helper/seeded-random.ts";
import { sharedModelsDir } from "../helper/shared-models.ts";
import { fileOf, sourceOf, withLength } from "./safetensors-file.ts";

const models = sharedModelsDir();

function reasonOf(source: MemorySource): string {
  const error = thrownBy(() => scanSafetensors(source));
  expect(error.code).toBe("SAFETENSORS_INVALID");
  expect(error.kind).toBe("invalid_config");
  expect(error.message).toStartWith('Cannot read "dense.safetensors" as ');
  return String(error.detail["reason"]);
}

const F32_2 = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
const eight = new Uint8Array(8);

describe("scanSafetensors", () => {
  test("scanSafetensors() gives the arrays in the order of their bytes", () => {
    const header = {
      b: { dtype: "I64", shape: [], data_offsets: [12, 20] },
      __metadata__: { format: "pt" },
      a: { dtype: "F16", shape: [2, 3], data_offsets: [0, 12] },
      empty: { dtype: "F32", shape: [0, 5], data_offsets: [12, 12] },
    };
    const start = 8 + JSON.stringify(header).length;
    expect([...scanSafetensors(sourceOf(header, new Uint8Array(20))).values()]).toEqual([
      { name: "a", dtype: "F16", shape: [2, 3], byteOffset: start, byteLength: 12 },
      { name: "empty", dtype: "F32", shape: [0, 5], byteOffset: start + 12, byteLength: 0 },
      { name: "b", dtype: "I64", shape: [], byteOffset: start + 12, byteLength: 8 },
    ]);
  });

  test.each<[string, string]>([
    ["spaces after the header", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   '],
    ["spaces before colons", '{"a" : {"dtype"\n:"F32","shape"\t:[2],"data_offsets" :[0, 8]}}'],
    ["escapes in names", '{"\\u0061\\"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'],
    ["a name of an own kind", '{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'],
    [
      "equal names in different entries",
      '{"dtype":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    ],
  ])("scanSafetensors() takes %s", (_, header) => {
    expect([...scanSafetensors(sourceOf(header, eight)).values()]).toMatchObject([
      { dtype: "F32", byteLength: 8 },
    ]);
  });

  test("scanSafetensors() takes a file without arrays", () => {
    expect(scanSafetensors(sourceOf({})).size).toBe(0);
    expect(scanSafetensors(sourceOf({ __metadata__: {} })).size).toBe(0);
  });

  test("scanSafetensors() leaves the size of unknown types open", () => {
    const header = { a: { dtype: "F4", shape: [16], data_offsets: [0, 8] } };
    expect(scanSafetensors(sourceOf(header, eight)).get("a")).toMatchObject({ dtype: "F4" });
  });

  const entry = (fields: object) => ({ a: { ...F32_2, ...fields } });
  test.each<[unknown, string]>([
    ["{", "its header is no JSON in UTF-8"],
    ["", "its header is no JSON in UTF-8"],
    ['{"a\\x":1}', "its header is no JSON in UTF-8"],
    ["\uFEFF{}", "its header is no JSON in UTF-8"],
    ["[]", "its header is no JSON object"],
    ["null", "its header is no JSON object"],
    ['"{}"', "its header is no JSON object"],
    ['{"a":1,"b":2,"a":3}', 'of its header: it names "a" twice'],
    ['{"a":1,"\\u0061":3}', 'of its header: it names "a" twice'],
    ['{"a":{"dtype":"F32","dtype":"F16"}}', 'of its header: it names "dtype" twice'],
    ["[[[[", "of its header: it is nested deeper than 3 levels"],
    [{ __metadata__: 1 }, "__metadata__ is not a map of texts"],
    [{ __metadata__: { a: 1 } }, "__metadata__ is not a map of texts"],
    [{ a: null }, 'the tensor "a" is no JSON object'],
    [{ a: [] }, 'the tensor "a" is no JSON object'],
    [{ ["x".repeat(61)]: 1 }, `the tensor "${"x".repeat(60)}..." is no JSON object`],
    [entry({ more: 1 }), 'the tensor "a" has the unknown member "more"'],
    [entry({ dtype: 1 }), 'the tensor "a" has no dtype'],
    ...[undefined, 2, [1.5], [-2], ["2"], [2 ** 53], Array(65).fill(1)].map(
      (shape): [unknown, string] => [
        entry({ shape }),
        'the tensor "a" has no shape: expected at most 64 whole numbers',
      ],
    ),
    ...[undefined, 8, [], [0], [0, 4, 8], [8, 0], [0.5, 8], [-8, 0], [0, 2 ** 53]].map(
      (range): [unknown, string] => [
        entry({ data_offsets: range }),
        'the tensor "a" has no data_offsets: expected two ascending whole numbers',
      ],
    ),
    [entry({ data_offsets: [0, 9] }), 'the tensor "a" ends at byte 9 of the data, which has 8'],
    [entry({ data_offsets: [9, 17] }), 'the tensor "a" ends at byte 17 of the data, which has 8'],
    [entry({ shape: [3] }), 'the tensor "a" has 8 bytes: expected 12 for F32 [3]'],
    [entry({ dtype: "BF16" }), 'the tensor "a" has 8 bytes: expected 4 for BF16 [2]'],
    [entry({ shape: [0] }), 'the tensor "a" has 8 bytes: expected 0 for F32 [0]'],
  ])("scanSafetensors() refuses the header %j with SAFETENSORS_INVALID", (header, reason) => {
    expect(reasonOf(sourceOf(header, eight))).toBe(reason);
  });

  test("scanSafetensors() refuses shapes whose product no number holds", () => {
    const shape = Array.from({ length: 64 }, () => Number.MAX_SAFE_INTEGER);
    expect(reasonOf(sourceOf(entry({ shape }), eight))).toContain("expected Infinity for F32");
  });

  test("scanSafetensors() takes shapes of any size with a zero in them as empty", () => {
    const shape = [...Array.from({ length: 40 }, () => Number.MAX_SAFE_INTEGER), 0];
    const header = entry({ shape, data_offsets: [0, 0] });
    expect(scanSafetensors(sourceOf(header)).get("a")?.byteLength).toBe(0);
  });

  test.each<[string, object, number, string]>([
    ["overlap", { b: { ...F32_2, data_offsets: [4, 12] } }, 12, 'the tensor "b" overlaps another'],
    ["leave a gap", { b: { ...F32_2, data_offsets: [9, 17] } }, 17, 'the tensor "b" leaves a gap'],
    ["end early", {}, 9, "its tensors end at byte"],
    ["are the same", { b: F32_2 }, 8, 'the tensor "b" overlaps another'],
  ])("scanSafetensors() refuses arrays that %s", (_, others, byteLength, reason) => {
    expect(reasonOf(sourceOf({ a: F32_2, ...others }, new Uint8Array(byteLength)))).toStartWith(
      reason,
    );
  });

  test.each([
    [9n, "its header is 9 bytes long: expected at most 8"],
    [2n ** 63n, "its header is 9223372036854775808 bytes long: expected at most 8"],
    [2n ** 64n - 1n, "its header is 18446744073709551615 bytes long: expected at most 8"],
  ])("scanSafetensors() refuses a header of %p bytes in a short file", (length, reason) => {
    const file = withLength(new TextEncoder().encode("{}      "), new Uint8Array(0), length);
    expect(reasonOf(new MemorySource(file, "dense.safetensors"))).toBe(reason);
  });

  test("scanSafetensors() reads no header above 16 MiB, however large the file is", () => {
    const reads: number[] = [];
    const source = {
      name: "dense.safetensors",
      byteLength: 2 ** 40,
      read: (_: number, byteLength: number) => {
        reads.push(byteLength);
        return withLength(new Uint8Array(0), new Uint8Array(0), 2n ** 24n + 1n);
      },
    };
    const error = thrownBy(() => scanSafetensors(source));
    expect(error.message).toContain("is 16777217 bytes long: expected at most 16777216");
    expect(reads).toEqual([8]);
  });

  test.each<[string, string, string]>([
    ["escapes in a name", `{"${"\\n".repeat(4e6)}":1}`, 'the tensor "'],
    ["open lists", "[".repeat(8e6), "of its header: it is nested"],
    ["open quotes", '"'.repeat(8e6), "its header is no JSON in UTF-8"],
    ["names", `{${Array.from({ length: 5e5 }, (_, i) => `"${i}":1`)}}`, 'the tensor "0" is no'],
  ])("scanSafetensors() answers a header of millions of %s", (_, header, reason) => {
    expect(reasonOf(sourceOf(header))).toStartWith(reason);
  });

  test("scanSafetensors() refuses bytes that are no UTF-8", () => {
    const file = withLength(Uint8Array.of(0x7b, 0xff, 0x7d), new Uint8Array(0), 3n);
    expect(reasonOf(new MemorySource(file, "dense.safetensors"))).toContain("no JSON in UTF-8");
  });

  test("scanSafetensors() refuses every shorter file with SAFETENSORS_INVALID", () => {
    const file = fileOf({ a: F32_2, __metadata__: { format: "pt" } }, eight);
    for (let length = 0; length < file.length; length++) {
      reasonOf(new MemorySource(file.subarray(0, length), "dense.safetensors"));
    }
  });

  test("scanSafetensors() of a changed byte gives arrays within the file or a coded error", () => {
    const file = fileOf({ a: F32_2, b: { ...F32_2, data_offsets: [8, 16] } }, new Uint8Array(16));
    const random = seededRandom(41);
    for (let round = 0; round < 5000; round++) {
      const changed = file.slice();
      changed[Math.floor(random() * (file.length - 16))] = Math.floor(random() * 256);
      try {
        const source = new MemorySource(changed, "dense.safetensors");
        for (const { byteOffset, byteLength } of scanSafetensors(source).values()) {
          expect(source.read(byteOffset, byteLength)).toHaveLength(byteLength);
        }
      } catch (thrown) {
        if (!(thrown instanceof CodedError)) throw thrown;
      }
    }
  });
});

describe("real models", () => {
  test
    .skipIf(models === undefined)
    .each(["embedding", "sentence_embedding", "sequence_classification", "token_classification"])(
    "scanSafetensors() and readFloats() read the weights of bert-tiny-random/%s",
    (task) => {
      const path = join(models ?? "", "bert-tiny-random", task, "model.safetensors");
      const source = new FileSource(path);
      const arrays = scanSafetensors(source);
      const name = [...arrays.keys()].find((key) => key.endsWith("word_embeddings.weight")) ?? "";
      expect(arrays.get(name)).toMatchObject({ dtype: "F32", shape: [30522, 16] });
      for (const array of arrays.values()) {
        const floats = readFloats(source, array);
        expect(floats.byteLength).toBe(array.byteLength);
        expect(floats.every((value) => Math.abs(value) < 2)).toBe(true);
        expect(new Uint8Array(floats.buffer)).toEqual(
          new Uint8Array(source.read(array.byteOffset, array.byteLength)),
        );
      }
    },
  );
});
