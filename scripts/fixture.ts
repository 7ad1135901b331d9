// bun run fixture: makes a BERT-shaped model directory with seeded random weights.
import { parseArgs } from "node:util";
import {
  FIXTURE_HEADS,
  FIXTURE_INPUT_TYPES,
  FIXTURE_INPUTS,
  FIXTURE_SHAPES,
  type FixtureHead,
  type FixtureInput,
  type FixtureShapeName,
} from "./fixture/fixture-option.ts";
import { makeFixture } from "./fixture/make-model.ts";
import { QUANTISATIONS } from "./fixture/quantise.ts";

const USAGE = `Usage: bun run fixture [options]

Makes a BERT-shaped model directory with seeded random weights: the same options, the same bytes.

  --shape NAME          ${Object.keys(FIXTURE_SHAPES).join(" | ")} (default tiny), changed by
                        --hidden --layers --heads --intermediate --vocabulary --max-positions N
  --head NAME           ${FIXTURE_HEADS.slice(0, 3).join(" | ")} |
                        ${FIXTURE_HEADS.slice(3).join(" | ")} (default embedding)
  --labels N|A,B,C      labels of a classifier: their number, or their names
  --seed N              seed of the weights (default 0)
  --dtype TYPE          float32 | float16 (default float32)
  --float16-output      let a float16 model answer in float16
  --opset N             11 to 21 (default 14)
  --input-type TYPE     int64 | int32 | mixed (default int64)
  --no-token-type-ids   leave that input out
  --inputs NAMES        inputs in their order, of ${FIXTURE_INPUTS.join(",")}
  --output-name NAME    name of the output
  --pooler-output       give an encoder a second output
  --pooled              let an encoder answer with the mean of its vectors
  --fixed-batch N       freeze the batch size
  --fixed-length N      freeze the length
  --quantised KIND      ${QUANTISATIONS.join(" | ")}: round the weights of the layers
  --external-data       put large weights into model.onnx_data
  --external-files N    spread them over so many files
  -o, --output DIR      where to (default a folder of dist/fixture, made once)
  -h, --help            print this`;

const { values } = parseArgs({
  options: {
    shape: { type: "string" },
    hidden: { type: "string" },
    layers: { type: "string" },
    heads: { type: "string" },
    intermediate: { type: "string" },
    vocabulary: { type: "string" },
    "max-positions": { type: "string" },
    head: { type: "string" },
    labels: { type: "string" },
    seed: { type: "string" },
    dtype: { type: "string" },
    "float16-output": { type: "boolean" },
    opset: { type: "string" },
    "input-type": { type: "string" },
    "no-token-type-ids": { type: "boolean" },
    inputs: { type: "string" },
    "output-name": { type: "string" },
    "pooler-output": { type: "boolean" },
    pooled: { type: "boolean" },
    "fixed-batch": { type: "string" },
    "fixed-length": { type: "string" },
    quantised: { type: "string" },
    "external-files": { type: "string" },
    "external-data": { type: "boolean" },
    output: { type: "string", short: "o" },
    help: { type: "boolean", short: "h" },
  },
});

/** The value if it is one of the choices; undefined if none was given. */
function choice<T extends string>(name: keyof typeof values, choices: readonly T[]) {
  const given = values[name];
  const found = choices.find((one) => one === given);
  if (given !== undefined && found === undefined) {
    throw new Error(
      `Cannot read --${name} as it must be ${choices.join(" or ")}: found "${given}"`,
    );
  }
  return found;
}

/** Names of inputs, in the order given. */
function inputNames(list: string): FixtureInput[] {
  return list.split(",").map((name) => {
    const found = FIXTURE_INPUTS.find((input) => input === name);
    if (found !== undefined) return found;
    throw new Error(
      `Cannot read --inputs as it must hold ${FIXTURE_INPUTS.join(", ")}: found "${name}"`,
    );
  });
}

function numberOf(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new Error(`Cannot read --${flag} as it must be a number: found "${text}"`);
}

/** Entries whose value was given, as numbers. */
function numbers(names: Readonly<Record<string, string | undefined>>): Record<string, number> {
  const given = Object.entries(names).filter(([, text]) => text !== undefined);
  return Object.fromEntries(given.map(([name, text]) => [name, numberOf(name, text ?? "")]));
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const shape = choice<FixtureShapeName>("shape", ["tiny", "minilm-l6", "bert-base"]);
  const head = choice<FixtureHead>("head", FIXTURE_HEADS);
  const dtype = choice("dtype", ["float32", "float16"]);
  const inputType = choice("input-type", FIXTURE_INPUT_TYPES);
  const quantised = choice("quantised", QUANTISATIONS);
  const { hidden, layers, heads, intermediate, vocabulary, labels, seed, opset } = values;
  const maxPositions = values["max-positions"];
  const hasNames = labels !== undefined && !/^\d+$/.test(labels);
  const path = await makeFixture({
    ...(shape && { shape }),
    ...(head && { head }),
    ...(dtype && { dtype }),
    ...(inputType && { inputType }),
    ...(quantised && { quantised }),
    ...(values.inputs !== undefined && { inputs: inputNames(values.inputs) }),
    ...(values["output-name"] !== undefined && { outputName: values["output-name"] }),
    ...(hasNames && { labelNames: labels.split(",").map((name) => name.trim()) }),
    ...numbers({
      hidden,
      layers,
      heads,
      intermediate,
      vocabulary,
      maxPositions,
      ...(hasNames ? {} : { labels }),
      seed,
      opset,
      fixedBatch: values["fixed-batch"],
      fixedLength: values["fixed-length"],
      externalFiles: values["external-files"],
    }),
    poolerOutput: values["pooler-output"] ?? false,
    pooled: values.pooled ?? false,
    externalData: values["external-data"] ?? false,
    float16Output: values["float16-output"] ?? false,
    tokenTypeIds: !values["no-token-type-ids"],
    ...(values.output !== undefined && { outputDir: values.output }),
  });
  console.log(path);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
