// The licences a base holds: all of them, the same each time, and small.
import { expect, test } from "bun:test";
import { bundledPackages } from "../../../scripts/release/npm-component.ts";
import {
  foreignParts,
  packLicences,
  programLicences,
} from "../../../scripts/release/program-licences.ts";
import { programLicences as ownLicences } from "../../../src/about/index.ts";
import { hostTarget, TARGETS } from "../../../src/target/index.ts";

test("programLicences() gives the project's licence and every component's, the same each time", async () => {
  const text = await programLicences(hostTarget());
  expect(text).toStartWith("encoderfile ");
  expect(text).toContain("Apache License");
  expect(text).toContain("GNU LIBRARY GENERAL PUBLIC LICENSE");
  for (const { name, version } of foreignParts(hostTarget(), await bundledPackages())) {
    expect(text).toContain(`\n${name} ${version} - `);
  }
  expect(await programLicences(hostTarget())).toBe(text);
  const packed = packLicences(text);
  expect(Bun.zstdDecompressSync(Buffer.from(packed, "base64")).toString()).toBe(text);
  expect(packed.length).toBeLessThan(text.length / 3);
});

test("programLicences() needs no compiled base of any target", async () => {
  for (const target of TARGETS) expect(await programLicences(target)).toContain("ONNX Runtime");
});

test("programLicences() of the program from source says where they are", async () => {
  expect(await ownLicences()).toContain("node_modules");
});
