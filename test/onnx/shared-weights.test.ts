// Sessions that multiply with the weights where they lie: the answers of others but for rounding, and less memory.
import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { InputRole, ModelSchema } from "../../src/gen/manifest_pb.ts";
import { FileSource } from "../../src/io/index.ts";
import {
  attachNative,
  openSession,
  prepareNative,
  type Session,
  scanModel,
} from "../../src/onnx/index.ts";

/** 12 MB of matrices: more than what else happens in the process meanwhile. */
const SHAPE = { hidden: 256, intermediate: 1024, layers: 4, vocabulary: 2048 } as const;

const MODEL = create(ModelSchema, {
  inputs: [
    { name: "input_ids", role: InputRole.INPUT_IDS },
    { name: "attention_mask", role: InputRole.ATTENTION_MASK },
    { name: "token_type_ids", role: InputRole.TOKEN_TYPE_IDS },
  ],
  output: "last_hidden_state",
  tokenizer: { padId: 0 },
});

const SEQUENCES = [3, 20].map((length) => ({
  ids: Int32Array.from({ length }, (_, index) => 5 + ((index * 37) % 2000)),
  typeIds: new Int32Array(length),
}));

function open(source: FileSource, sharesWeights: boolean): Session {
  const locate = () => ({ path: source.realPath, byteOffset: 0, byteLength: source.byteLength });
  return openSession({
    ...{ scanned: scanModel(source), source, locate, sharesWeights },
    intraOpThreads: 1,
  });
}

beforeAll(() => attachNative(prepareNative()));

test("openSession() answers the same with shared weights, but for rounding", async () => {
  using source = new FileSource(join(await makeFixture(SHAPE), "model.onnx"));
  const [expected, found] = [false, true].map((sharesWeights) => {
    const session = open(source, sharesWeights);
    const { data } = session.run(SEQUENCES, MODEL).output;
    session.close();
    return data;
  });
  const worst = expected!.reduce((most, x, at) => Math.max(most, Math.abs(x - found![at]!)), 0);
  expect(found).toHaveLength(expected!.length);
  expect(worst).toBeLessThan(1e-5);
});

test.skipIf(process.platform !== "linux")(
  "openSession() takes no memory for shared weights",
  async () => {
    const model = join(await makeFixture(SHAPE), "model.onnx");
    const program = join(import.meta.dir, "shared-weights-process.ts");
    const taken = (kind: "shared" | "own") =>
      Number(Bun.spawnSync([process.execPath, program, model, kind]).stdout.toString());
    // What the library takes for itself is in both.
    expect(taken("own") - taken("shared")).toBeGreaterThan(9e6);
  },
);
