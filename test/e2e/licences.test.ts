// `licences` of compiled executables: one file that is passed on carries the texts that must go with it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { programLicences } from "../../scripts/release/program-licences.ts";
import { hostTarget } from "../../src/target/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, runWell } from "./executable.ts";

const folder = createTempDir();
let file: string;

beforeAll(async () => {
  const { sentiment } = await cachedDemoModels();
  file = await buildFile(folder.join("sentiment.encoderfile"), sentiment);
});
afterAll(() => folder[Symbol.dispose]());

test("licences of the builder prints the notices of its release", async () => {
  const { stdout } = await runWell([basePath(), "licences"]);
  expect(stdout).toBe(await programLicences(hostTarget()));
});

test("licences of a file prints that of its model first", async () => {
  const { stdout } = await runWell([file, "licences"]);
  expect(stdout).toStartWith("Model\n  model");
  expect(stdout).toEndWith(await programLicences(hostTarget()));
});
