// Where the real models for tests lie. They are not part of the repository: a test that needs them is skipped without.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Folder of real models, or undefined when this checkout stands alone. */
export function sharedModelsDir(): string | undefined {
  const folder =
    process.env["ENCODERFILE_TEST_MODELS"] ?? resolve(import.meta.dir, "../../../shared/models");
  return existsSync(join(folder, "README.md")) ? folder : undefined;
}
