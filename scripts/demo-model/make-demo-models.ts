// Makes all demo models: small, trained here, with answers that mean something.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { publishDir } from "../fixture/model-dir.ts";
import { writeDemoModel } from "./demo-dir.ts";
import { makeEntityDemo } from "./entity-demo.ts";
import { makeSentenceDemos } from "./sentence-demo.ts";
import { makeSentimentDemo } from "./sentiment-demo.ts";

/** Names of the demo models, each a directory. */
export const DEMO_MODEL_NAMES = ["sentiment", "sentences", "reranker", "entities"] as const;

export type DemoModelPaths = Readonly<Record<(typeof DEMO_MODEL_NAMES)[number], string>>;

const CACHE_DIR = resolve(import.meta.dir, "../../dist/fixture");

/**
 * Trains the demo models and writes one model directory each into `outputDir`; returns their
 * absolute paths by name. The same code gives the same bytes. Takes under half a minute.
 */
export async function makeDemoModels(outputDir: string): Promise<DemoModelPaths> {
  const folder = resolve(outputDir);
  await mkdir(folder, { recursive: true });
  for (const model of [makeSentimentDemo(), ...makeSentenceDemos(), makeEntityDemo()]) {
    await writeDemoModel(folder, model);
  }
  return pathsIn(folder);
}

/**
 * The demo models of this code, trained only if no earlier call has done so. They belong to all
 * callers and must not be changed.
 */
export async function cachedDemoModels(cacheDir = CACHE_DIR): Promise<DemoModelPaths> {
  const hash = createHash("sha256");
  for (const folder of [import.meta.dir, join(import.meta.dir, "../fixture")]) {
    for (const name of (await readdir(folder)).sort()) {
      if (name.endsWith(".ts")) hash.update(await readFile(join(folder, name)));
    }
  }
  const path = join(resolve(cacheDir), `demo-${hash.digest("hex").slice(0, 12)}`);
  if (!existsSync(path)) {
    await mkdir(dirname(path), { recursive: true });
    const fill = async (folder: string) => void (await makeDemoModels(folder));
    await publishDir(path, fill, { keepExisting: true });
  }
  return pathsIn(path);
}

function pathsIn(folder: string): DemoModelPaths {
  const paths = DEMO_MODEL_NAMES.map((name) => [name, join(folder, name)] as const);
  return Object.fromEntries(paths) as DemoModelPaths;
}
