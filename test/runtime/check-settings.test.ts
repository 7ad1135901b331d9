// What a file may state of its model: every digest may hold, and the settings still be made up.
import { expect, test } from "bun:test";
import { create } from "@bufbuild/protobuf";
import { GraphSchema, InputRole, ModelSchema, Pooling, Task } from "../../src/gen/manifest_pb.ts";
import { checkSettings } from "../../src/runtime/check-settings.ts";
import { thrownBy } from "../helper/coded.ts";

const shape = (...sizes: number[]) => sizes.map((size) => ({ size: BigInt(size) }));
const GRAPH = {
  inputs: [{ name: "input_ids", elementType: 7, shape: shape(-1, -1) }],
  outputs: [{ name: "out", elementType: 1, shape: shape(-1, -1, 4) }],
};
const EMBEDDER = {
  task: Task.SENTENCE_EMBEDDING,
  inputs: [{ name: "input_ids", role: InputRole.INPUT_IDS }],
  output: "out",
  pooling: [Pooling.MEAN],
  width: 4,
  tokenizer: { kind: "WordPiece", maxLength: 64 },
};

function check(settings: object, graph: object = {}): void {
  const model = create(ModelSchema, { ...EMBEDDER, ...settings });
  checkSettings(model, create(GraphSchema, { ...GRAPH, ...graph }));
}

test("checkSettings() takes what a builder writes", () => {
  expect(() => check({})).not.toThrow();
});

const batch = { inputs: [{ name: "input_ids", elementType: 7, shape: shape(50_000_000, -1) }] };
const prompt = (name: string) => ({ name, text: "a" });

const REFUSED: readonly (readonly [expected: string, settings: object, graph?: object])[] = [
  ["pooling: found 99", { pooling: [99 as Pooling] }],
  ["pooling: found none", { pooling: [] }],
  ["pooling: expected at most 6", { pooling: Array(1000).fill(Pooling.MEAN), width: 4000 }],
  ["layers: expected at most 32", { layers: Array(33).fill({}) }],
  ["batch size: expected at most 1024, found 50000000", {}, batch],
  ["width: expected at most", { width: 4_294_967_295, outputWidth: 4_294_967_295 }],
  ["dimensions: expected 1 to 4, found 0", { dimensions: [0] }],
  ["prompts: expected different names", { prompts: [prompt("")] }],
  ["prompts: expected different names", { prompts: [prompt("a"), prompt("a")] }],
  ["default prompt: expected one of the prompts", { defaultPrompt: "nix" }],
  ["labels", { task: Task.TOKEN_CLASSIFICATION, pooling: [] }],
];

for (const [expected, settings, graph] of REFUSED) {
  test(`checkSettings() refuses ${JSON.stringify(settings).slice(0, 40)}: ${expected}`, () => {
    const error = thrownBy(() => check(settings, graph));
    expect(error.code).toBe("ENGINE_BAD_MODEL");
    expect((error.detail["problems"] as string[]).join("\n")).toContain(expected);
  });
}
