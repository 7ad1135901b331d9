// The paragraph of a model's licence.
import { expect, test } from "bun:test";
import { type InspectReport, printModelLicence } from "../../src/inspect/index.ts";

const MODEL = { name: "minilm", version: "1.0.0" } as InspectReport;
const ORIGIN = { repository: null, revision: null, endpoint: null, files: [] };

test("printModelLicence() names model, licence and repository, safe for a terminal", () => {
  const provenance = { ...ORIGIN, license: "apache-2.0", repository: "owner/na\u001bme" };
  const text = printModelLicence({ ...MODEL, provenance });
  expect(text).toContain("  licence     apache-2.0\n");
  expect(text).toContain("  model       minilm 1.0.0\n");
  expect(text).toContain("repository");
  expect(text).not.toContain("commit");
  expect(text).not.toContain("\u001b");
});

test("printModelLicence() says when a licence is not stated", () => {
  const provenance = { ...ORIGIN, license: null };
  for (const report of [MODEL, { ...MODEL, provenance }]) {
    expect(printModelLicence(report)).toContain("not stated");
  }
});
