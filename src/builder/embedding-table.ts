// The rows of the table a graph looks token ids up in: one id beyond them and every run with it fails.
import type { Initializer, ScannedModel } from "../onnx/index.ts";

/** Operators that hand ids on unchanged, from their first input to their first output. */
const PASSES_ON: ReadonlySet<string> = new Set([
  "Cast",
  "Identity",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
]);
/** Some small models combine ids with the mask before they look them up. */
const COMBINES: ReadonlySet<string> = new Set(["Mul", "Add"]);
/** Input of the table in the operators that look up. */
const LOOKUPS: ReadonlyMap<string, readonly [table: number, ids: number]> = new Map([
  ["Gather", [0, 1]],
  ["com.microsoft:EmbedLayerNormalization", [2, 0]],
  ["com.microsoft:GatherBlockQuantized", [0, 1]],
]);

/** The table of the given graph input, or undefined when the graph hides it. */
export function findEmbeddingTable(
  scanned: ScannedModel,
  inputName: string,
): { readonly name: string; readonly rows: number } | undefined {
  const table = embeddingTableOf(scanned, inputName);
  return table && { name: table.name, rows: table.dims[0] ?? 0 };
}

/** The same as it is stored: two dimensions, rows first. */
export function embeddingTableOf(
  scanned: ScannedModel,
  inputName: string,
): Initializer | undefined {
  const initializers = new Map(scanned.initializers.map((tensor) => [tensor.name, tensor]));
  const carriers = new Set([inputName]);
  const graphInputs = new Set(scanned.graph.inputs.map(({ name }) => name));
  // Nodes stand in an order in which every value is made before it is used.
  for (const { operator, inputs, outputs } of scanned.nodes) {
    const [first = ""] = inputs;
    const [output] = outputs;
    const combines =
      COMBINES.has(operator) &&
      inputs.some((name) => carriers.has(name)) &&
      inputs.every((name) => carriers.has(name) || graphInputs.has(name));
    const passesOn = combines || (PASSES_ON.has(operator) && carriers.has(first));
    if (passesOn && output !== undefined) carriers.add(output);
    const [table, ids] = LOOKUPS.get(operator) ?? [];
    if (table === undefined || ids === undefined || !carriers.has(inputs[ids] ?? "")) continue;
    const tensor = initializers.get(inputs[table] ?? "");
    if (tensor !== undefined && tensor.dims.length === 2) return tensor;
  }
  return undefined;
}
