// Reads targets/*.json. A macro: it runs where the program is transpiled or bundled, and what it returns takes the
// place of the call, so that an executable holds the targets it was compiled with and looks for no folder.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The contents of every file, in the order of their names. Unchecked: see `checkTarget`. */
export function targetFiles(): unknown[] {
  const folder = resolve(import.meta.dir, "../../targets");
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}
