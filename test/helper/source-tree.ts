// Reads the project's own source as text, for the tests that hold it to its rules.
import { readFileSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";

export const ROOT = resolve(import.meta.dir, "../..");

export type SourceFile = {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** Specifiers this file imports or re-exports, and whether the import is `import()`. */
  readonly imports: readonly { readonly specifier: string; readonly lazy: boolean }[];
};

const STATIC_IMPORT = /^\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?["']([^"']+)["']/gms;
const LAZY_IMPORT = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

/** Files that match any of the globs, hand-written or generated, in the order of their path. */
export function sourceFiles(...globs: readonly string[]): SourceFile[] {
  const paths = globs.flatMap((glob) => [...new Bun.Glob(glob).scanSync(ROOT)]);
  return [...new Set(paths)].sort().map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const matches = (pattern: RegExp, lazy: boolean) =>
    [...text.matchAll(pattern)].map((match) => ({ specifier: match[1] ?? "", lazy }));
  return {
    path,
    text,
    lines: text.split("\n"),
    imports: [...matches(STATIC_IMPORT, false), ...matches(LAZY_IMPORT, true)],
  };
}

/** The module (folder below src) a path belongs to: "src/format/open.ts" -> "format"; "src/main.ts" -> "main". */
export function moduleOf(path: string): string {
  const [, first = "", second] = path.split("/");
  return second === undefined ? first.replace(/\.ts$/, "") : first;
}

/** Path of a relative import from the root, or undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? normalize(join(dirname(from), specifier)) : undefined;
}
