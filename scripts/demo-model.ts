// bun run demo-model [DIR]: trains the demo models and writes their directories.
import { resolve } from "node:path";
import { makeDemoModels } from "./demo-model/make-demo-models.ts";

const outputDir = process.argv[2] ?? resolve(import.meta.dir, "../dist/demo");
for (const path of Object.values(await makeDemoModels(outputDir))) console.log(path);
