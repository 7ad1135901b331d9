// What a base says of its licences: the project's own, then the notices of everything of others that is inside.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { VERSION } from "../../src/about/index.ts";
import type { Target } from "../../src/target/index.ts";
import { bunComponent } from "./bun-component.ts";
import type { Component } from "./component.ts";
import { printNotices } from "./notices.ts";
import { bundledPackages } from "./npm-component.ts";
import { onnxruntimeComponent } from "./onnxruntime-component.ts";

const ROOT = resolve(import.meta.dir, "../..");
/** The texts are written once and read by few: the smallest is best. */
const ZSTD_LEVEL = 19;

/** Everything in a base that is not this project's: `packages` are the ones of the bundle. */
export function foreignParts(target: Target, packages: readonly Component[]): Component[] {
  return [bunComponent(target), onnxruntimeComponent(target), ...packages];
}

/** What the base of a target prints for `licences`. The same source and packages give the same text. */
export async function programLicences(target: Target): Promise<string> {
  const own = readFileSync(join(ROOT, "LICENSE"), "utf8").trim();
  const notices = printNotices(foreignParts(target, await bundledPackages()));
  return `encoderfile ${VERSION} - Apache-2.0\n\n${own}\n\n${"=".repeat(80)}\n${notices}`;
}

/** The text as src/about/licences.ts reads it. */
export function packLicences(text: string): string {
  return Bun.zstdCompressSync(Buffer.from(text), { level: ZSTD_LEVEL }).toString("base64");
}
