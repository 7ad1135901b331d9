// Runs benchmarks: `bun run bench [NAME...] [--json]`. Each compares with a baseline of the same run; time fails none.
import { parseArgs } from "node:util";
import { benchBuild } from "./bench/build.ts";
import { benchFair } from "./bench/fair.ts";
import { benchHttp } from "./bench/http.ts";
import { benchLimit } from "./bench/limit.ts";
import { benchLoad } from "./bench/load.ts";
import { type Comparison, printComparison } from "./bench/measure.ts";
import { benchOverload } from "./bench/overload.ts";
import { benchSoak } from "./bench/soak.ts";
import { benchStart } from "./bench/start.ts";
import { benchThroughput } from "./bench/throughput.ts";
import { benchTokenize } from "./bench/tokenize.ts";

const BENCHES: Readonly<Record<string, () => Promise<Comparison[]>>> = {
  build: benchBuild,
  fair: benchFair,
  http: benchHttp,
  limit: benchLimit,
  load: benchLoad,
  overload: benchOverload,
  soak: benchSoak,
  start: benchStart,
  throughput: benchThroughput,
  tokenize: benchTokenize,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(
    `Unknown benchmark ${unknown.join(", ")}: expected ${Object.keys(BENCHES).join(", ")}`,
  );
  process.exit(2);
}
const results: Comparison[] = [];
for (const name of names) {
  for (const comparison of (await BENCHES[name]?.()) ?? []) {
    if (!values.json) printComparison(comparison);
    results.push(comparison);
  }
}
if (values.json) console.log(JSON.stringify(results, null, 2));
