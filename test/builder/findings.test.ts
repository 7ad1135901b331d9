// What is collected on the way of a build, and the one error that tells all of it.
import { describe, expect, test } from "bun:test";
import { Findings } from "../../src/builder/findings.ts";
import type { BuildFaults } from "../../src/builder/index.ts";
import { CodedError, type ErrorCode } from "../../src/error/index.ts";
import { thrownBy } from "../helper/coded.ts";

const FAULTS: BuildFaults = {
  code: "USAGE",
  problems: [{ field: "--task", message: "wrong" }],
  faulty: ["task"],
};

function refusing(findings: Findings, ...codes: readonly ErrorCode[]): Findings {
  for (const code of codes) {
    findings.collect(() => {
      throw new CodedError(code, `Cannot ${code}`);
    });
  }
  return findings;
}

function told(findings: Findings): readonly [string, string, unknown] {
  const { code, message, detail } = thrownBy(() => findings.throwAll("Cannot build"));
  return [code, message, detail["problems"]];
}

describe("Findings", () => {
  test("throwAll() keeps the code of what is wrong alone", () => {
    const lone = refusing(new Findings(), "BASE_NOT_FOUND");
    expect(told(lone)).toEqual(["BASE_NOT_FOUND", "Cannot BASE_NOT_FOUND", undefined]);
  });

  test("throwAll() tells everything under the code of whoever is to act first", () => {
    const several = refusing(new Findings(), "IO_ALREADY_EXISTS", "BASE_NOT_FOUND");
    expect(told(several)).toEqual([
      "IO_ALREADY_EXISTS",
      "Cannot build: found 2 problems",
      ["Cannot IO_ALREADY_EXISTS", "Cannot BASE_NOT_FOUND"],
    ]);
    several.problem("graph", "broken");
    expect(told(several)[0]).toBe("BUILD_MODEL_INVALID");
    const faulty = refusing(new Findings(FAULTS), "IO_ALREADY_EXISTS");
    faulty.problem("graph", "broken");
    expect(told(faulty)).toEqual([
      "USAGE",
      "Cannot build: found 3 problems",
      ["--task: wrong", "graph: broken", "Cannot IO_ALREADY_EXISTS"],
    ]);
    expect(told(new Findings(FAULTS))[1]).toBe("Cannot build: found 1 problem");
  });

  test("collect() lets defects of this program through", () => {
    const defect = () => {
      throw new RangeError("a defect");
    };
    expect(() => new Findings().collect(defect)).toThrow("a defect");
  });

  test("isFaulty() knows the settings that could not be read", () => {
    const findings = new Findings(FAULTS);
    expect([findings.isFaulty("labels", "task"), findings.isFaulty("labels")]).toEqual([
      true,
      false,
    ]);
    expect([findings.isClean, new Findings().isClean]).toEqual([false, true]);
  });

  test("stored() leaves out notes and the place of the user's words", () => {
    const findings = new Findings();
    findings.note("graph", "model.onnx", "found by name");
    findings.decide("pooling", "cls", "e.yml line 2: pooling");
    findings.decide("task", "embedding", "config.json");
    const plain = (decisions: readonly object[]) =>
      decisions.map((decision) => Object.values(decision).slice(1).join(" "));
    expect(plain(findings.told)).toEqual([
      "graph model.onnx found by name",
      "pooling cls e.yml line 2: pooling",
      "task embedding config.json",
    ]);
    const pooling = { value: ["cls"], source: "e.yml line 2: pooling" } as const;
    expect(plain(findings.stored({ pooling }))).toEqual([
      "pooling cls given",
      "task embedding config.json",
    ]);
  });

  test("Findings names the file of the graph where the graph is at fault", () => {
    const findings = new Findings();
    findings.problem("graph", "a");
    findings.nameGraph("onnx/model.onnx");
    for (const field of ["graph", 'graph input "x"', "graphics", "--task"]) {
      findings.problem(field, "b");
    }
    expect(findings.problems.map(({ field }) => field)).toEqual([
      "graph",
      "onnx/model.onnx: graph",
      'onnx/model.onnx: graph input "x"',
      "graphics",
      "--task",
    ]);
  });
});
