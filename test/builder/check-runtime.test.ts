// What the inference library of a base cannot load is told by name, before it is asked to.
import { describe, expect, test } from "bun:test";
import { writeOnnxModel } from "../../scripts/fixture/onnx-writer.ts";
import { checkRuntime } from "../../src/builder/check-runtime.ts";
import { Findings } from "../../src/builder/findings.ts";
import { MemorySource } from "../../src/io/index.ts";
import { scanModel } from "../../src/onnx/index.ts";
import { TARGETS } from "../../src/target/index.ts";
import { buildProblems } from "../helper/build-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { LOOKUP_MODEL, writeTinyModelDir } from "../helper/tiny-graph.ts";
import { modelBytes, tinyModel } from "../onnx/tiny-graph.ts";

function problemsFor(change: object, version: string | undefined): readonly string[] {
  const findings = new Findings();
  const bytes = modelBytes({ ...tinyModel(), ...change });
  checkRuntime(scanModel(new MemorySource(bytes, "model.onnx")), version, findings);
  return findings.problems.map(({ field, message }) => `${field}: ${message}`);
}

const opset = (version: number) => ({ opsets: [{ domain: "", version }] });
const operator = (domain: string, opType: string) => ({
  nodes: [...tinyModel().nodes, { name: "n", opType, domain, inputs: ["hidden"], outputs: ["x"] }],
});

describe("checkRuntime()", () => {
  test.each(TARGETS.map(({ name, onnxruntime }) => [name, onnxruntime.version] as const))(
    "checkRuntime() knows the library of %s",
    (_, version) => {
      expect(problemsFor(opset(23), version)).toEqual([]);
      expect(problemsFor(opset(27), version)).toHaveLength(1);
    },
  );

  test.each([
    [{ ...opset(23), irVersion: 11 }, "1.23.2", []],
    [
      opset(24),
      "1.23.2",
      [
        "graph: opset: expected at most 23, the newest ONNX Runtime 1.23.2 of the base knows: found 24: export the " +
          "model with an older opset",
      ],
    ],
    [
      { irVersion: 14 },
      "1.30.0",
      [
        "graph: IR version: expected at most 13, the newest ONNX Runtime 1.30.0 of the base reads: found 14: export " +
          "the model with an older version of onnx",
      ],
    ],
    [opset(99), "9.9.9", []],
    [opset(99), undefined, []],
    [operator("com.microsoft", "FusedGelu"), "1.30.0", []],
    [
      operator("ai.onnx.contrib", "BertTokenizer"),
      "1.30.0",
      [
        "graph: operators: expected those of ONNX and ONNX Runtime: found ai.onnx.contrib:BertTokenizer, of a " +
          "library that is not part of encoderfiles: export the model without it",
      ],
    ],
  ])("checkRuntime() of %j with %p", (change, version, expected) => {
    expect(problemsFor(change, version)).toEqual([...expected]);
  });

  test("checkRuntime() stands in for what the library would say", async () => {
    using folder = createTempDir();
    const dir = await writeTinyModelDir(folder.join("model"));
    await Bun.file(`${dir}/model.onnx`).delete();
    const newer = { ...LOOKUP_MODEL, ...opset(99), ...operator("my.company", "Secret") };
    await writeOnnxModel(`${dir}/model.onnx`, newer);
    expect(buildProblems(folder, dir, { pooling: ["mean"] })).toEqual([
      expect.stringContaining("graph: opset: expected at most 26"),
      expect.stringContaining("found my.company:Secret"),
    ]);
  });
});
