// Executables of graphs as exporters write them, and of one whose weights are larger than 2 GB.
import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, cpSync, ftruncateSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { FixtureOptions } from "../../scripts/fixture/fixture-option.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { encodeOnnxModel, type OnnxModel } from "../../scripts/fixture/onnx-writer.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, run, runWell } from "./executable.ts";
import {
  FLOAT32_TOLERANCE,
  maxDifference,
  openReference,
  type ReferenceOptions,
} from "./reference.ts";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

const TEXTS = ["hello world", "The weather is good, is it not?", "a"];

type Answered = {
  readonly embeddings: readonly { readonly embedding: readonly number[] }[];
  readonly logits: readonly number[];
};

/** What the file answers to each text: the vectors of its words one after the other, or its logits. */
async function inferNumbers(file: string, texts: readonly string[]): Promise<number[][]> {
  const { stdout } = await runWell([file, "infer", ...texts]);
  const { results } = JSON.parse(stdout) as { readonly results: readonly Answered[] };
  return results.map(({ embeddings, logits }) =>
    embeddings === undefined ? [...logits] : embeddings.flatMap(({ embedding }) => embedding),
  );
}

const TOKENS = ["--task", "embedding"];
const ORDER = ["position_ids", "token_type_ids", "attention_mask", "input_ids"] as const;

const GRAPHS: readonly (readonly [
  name: string,
  options: FixtureOptions,
  flags: readonly string[],
  how: ReferenceOptions,
])[] = [
  ["inputs in another order and of two types", { inputs: ORDER, inputType: "mixed" }, TOKENS, {}],
  ["no mask", { inputs: ["input_ids"] }, [...TOKENS, "--one-at-a-time"], {}],
  ["three external files", { externalFiles: 3, opset: 21 }, TOKENS, {}],
  [
    "a frozen batch and length",
    { fixedBatch: 2, fixedLength: 16, head: "sequence-classification", opset: 11 },
    [],
    { padTo: 16, copies: 2 },
  ],
  [
    "int8 weights, one at a time",
    { quantised: "int8", head: "sequence-classification" },
    ["--one-at-a-time"],
    {},
  ],
];

describe("executables of graphs", () => {
  test.each(GRAPHS)("executables of graphs with %s answer", async (name, options, flags, how) => {
    const dir = await makeFixture(options);
    const file = await buildFile(folder.join(name.replaceAll(" ", "-")), dir, ...flags);
    const reference = await openReference(join(dir, "model.onnx"), join(dir, "tokenizer.json"));
    const found = await inferNumbers(file, TEXTS);
    for (const [index, text] of TEXTS.entries()) {
      const { rows, special } = await reference(text, how);
      const isPerToken = options.head === undefined;
      const expected = rows.filter((_, row) => !isPerToken || special[row] === 0).flat();
      expect(maxDifference(found[index] ?? [], expected)).toBeLessThanOrEqual(FLOAT32_TOLERANCE);
    }
    rmSync(file);
  });

  test("executables are not made of a graph that lost its external files", async () => {
    const dir = folder.join("lost");
    cpSync(await makeFixture({ externalFiles: 3 }), dir, { recursive: true });
    rmSync(join(dir, "model.onnx_data_1"));
    const cut = openSync(join(dir, "model.onnx_data_2"), "r+");
    ftruncateSync(cut, 100);
    closeSync(cut);
    const command = [basePath(), "build", dir, "-o", folder.join("none"), ...TOKENS];
    const { exitCode, stderr } = await run(command);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('model.onnx: external data "model.onnx_data_1"');
    expect(stderr).toContain('model.onnx: external data "model.onnx_data_2": expected at least');
  });
});

const WIDTH = 1024;
/** 2.2 GB of float32: offsets no longer fit 31 bits. Building and running take some 15 seconds, for the disk. */
const ROWS = 540_000;
const ROW_BYTES = 4 * WIDTH;
/** Ids of the tiny tokenizer, which are led to the last rows. */
const IDS = 600;
const FREE_BYTES_MIN = 8e9;

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(folder.path);
  return bavail * bsize;
}

/** Looks ids up at the end of the table; the table lies in a sparse file, with numbers in its last rows only. */
function bigModel(): OnnxModel {
  const dims = ["batch", "sequence"];
  const offset = new Uint8Array(BigInt64Array.of(BigInt(ROWS - IDS)).buffer);
  return {
    irVersion: 8,
    producerName: "test",
    producerVersion: "1",
    opsets: [{ domain: "", version: 14 }],
    graphName: "big",
    nodes: [
      { name: "add", opType: "Add", inputs: ["input_ids", "offset"], outputs: ["rows"] },
      { name: "look", opType: "Gather", inputs: ["table", "rows"], outputs: ["last_hidden_state"] },
    ],
    initializers: [
      { name: "offset", type: "int64", dims: [], bytes: () => offset },
      { name: "table", type: "float32", dims: [ROWS, WIDTH], bytes: () => new Uint8Array() },
    ],
    inputs: [
      { name: "input_ids", type: "int64", dims },
      { name: "attention_mask", type: "int64", dims },
    ],
    outputs: [{ name: "last_hidden_state", type: "float32", dims: [...dims, WIDTH] }],
  };
}

function rowOfId(id: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: WIDTH }, (_, column) => id + column / WIDTH);
}

async function writeBigModel(dir: string): Promise<void> {
  cpSync(await makeFixture({ head: "embedding" }), dir, { recursive: true });
  rmSync(join(dir, "model.onnx"));
  const place = { location: "model.onnx_data", offset: 0, byteLength: ROWS * ROW_BYTES };
  const chunks = [...encodeOnnxModel(bigModel(), new Map([["table", place]]))];
  await Bun.write(join(dir, "model.onnx"), Buffer.concat(chunks));
  const data = openSync(join(dir, "model.onnx_data"), "w");
  ftruncateSync(data, ROWS * ROW_BYTES);
  for (let id = 0; id < IDS; id++) {
    writeSync(data, rowOfId(id), 0, ROW_BYTES, (ROWS - IDS + id) * ROW_BYTES);
  }
  closeSync(data);
}

test.skipIf(freeBytes() < FREE_BYTES_MIN)(
  "an executable of more than 2 GB answers from its end (needs 8 GB of free disk)",
  async () => {
    const dir = folder.join("big");
    await writeBigModel(dir);
    const file = await buildFile(folder.join("big.encoderfile"), dir, ...TOKENS);
    rmSync(dir, { recursive: true });
    try {
      const { stdout } = await runWell([file, "infer", "hello world"]);
      const { results } = JSON.parse(stdout) as {
        results: { embeddings: { embedding: number[]; token_info: { token_id: number } }[] }[];
      };
      const words = results[0]?.embeddings ?? [];
      expect(words.length).toBeGreaterThan(1);
      for (const { embedding, token_info } of words) {
        expect(Float32Array.from(embedding)).toEqual(rowOfId(token_info.token_id));
      }
    } finally {
      rmSync(file);
    }
  },
  60_000,
);
