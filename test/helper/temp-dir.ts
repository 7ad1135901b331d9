// A folder of its own for one test, removed when the test ends: `using folder = createTempDir()`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type TempDir = Disposable & {
  readonly path: string;
  join(...names: readonly string[]): string;
};

export function createTempDir(): TempDir {
  const path = mkdtempSync(join(tmpdir(), "encoderfile-test-"));
  return {
    path,
    join: (...names) => join(path, ...names),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
