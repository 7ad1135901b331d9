// The user's golden files: read before anything is computed, so that what is wrong with them is told together with what
// is wrong with the model.
import {
  type GivenContext,
  GOLDENS_BYTES_MAX,
  type PlacedGolden,
  readGivenGoldens,
} from "../golden/index.ts";
import { FileSource } from "../io/index.ts";
import type { Findings } from "./findings.ts";
import type { Settings } from "./settings.ts";

export type GoldenFile = { readonly path: string; readonly bytes: Uint8Array };

/** The files' bytes. One that cannot be read is a refusal; `keep` takes every source that is opened. */
export function openGoldenFiles(
  { goldens }: Settings,
  findings: Findings,
  keep: (source: FileSource) => FileSource,
): readonly GoldenFile[] {
  return (goldens?.value ?? []).flatMap((path) => {
    const bytes = findings.collect(() => readStart(keep(new FileSource(path))));
    return bytes === undefined ? [] : [{ path, bytes }];
  });
}

/** One byte more than is allowed is enough to see that there are too many. */
function readStart(source: FileSource): Uint8Array {
  return source.read(0, Math.min(source.byteLength, GOLDENS_BYTES_MAX + 1));
}

/** A golden with the file and the place in it that it comes from, for messages. */
export type FiledGolden = PlacedGolden & { readonly path: string };

/** What the files say, for a model of this kind. What is wrong with them becomes problems. */
export function readGoldenFiles(
  files: readonly GoldenFile[],
  context: Pick<GivenContext, "task" | "precision">,
  findings: Findings,
): readonly FiledGolden[] {
  const found: FiledGolden[] = [];
  for (const { path, bytes } of files) {
    const { goldens, problems } = readGivenGoldens(bytes, { ...context, before: found.length });
    for (const problem of problems) findings.problem(path, problem);
    found.push(...goldens.map((placed) => ({ ...placed, path })));
  }
  return found;
}
