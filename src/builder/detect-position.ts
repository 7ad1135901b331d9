// From which number positions are counted, and how many there are: RoBERTa and its kin leave the rows up to that of
// padding unused.
import { type InputBinding, InputRole } from "../gen/manifest_pb.ts";
import { type Initializer, tensorByteLength } from "../onnx/index.ts";
import { readFirstPosition } from "../tokenizer/index.ts";
import { embeddingTableOf } from "./embedding-table.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { integerField, textField } from "./json-file.ts";

/** Name of a table of learned positions. */
const POSITION_TABLE = /(^|\.)(position_embeddings|embed_positions|wpe)\.weight$/;

type Inputs = readonly InputBinding[];

/** The first position where the graph takes positions; 0 where it makes them itself. */
export function detectFirstPosition(inputs: Inputs, facts: ModelFacts, findings: Findings): number {
  if (!inputs.some(({ role }) => role === InputRole.POSITION_IDS)) return 0;
  const { first, source } = firstPosition(inputs, facts);
  findings.decide("first position", String(first), source);
  return first;
}

/** How many positions the graph's table has for tokens; undefined when it shows none. */
export function positionRows(
  inputs: Inputs,
  facts: ModelFacts,
): { readonly rows: number; readonly source: string } | undefined {
  const table = positionTable(inputs, facts);
  const rows = table?.dims[0] ?? 0;
  if (table === undefined || rows < 1) return undefined;
  const source = `graph: rows of "${table.name}"`;
  const { first } = firstPosition(inputs, facts);
  if (first === 0 || first >= rows) return { rows, source };
  return { rows: rows - first, source: `${source} - ${first}` };
}

function firstPosition(
  inputs: Inputs,
  facts: ModelFacts,
): { readonly first: number; readonly source: string } {
  const fields = facts.config?.fields;
  const type = textField(fields, "model_type");
  if (type !== undefined) {
    const { first, hangsOnPadding } = readFirstPosition(fields);
    const behind = !hangsOnPadding ? "" : `, pad_token_id ${first - 1} + 1`;
    return { first, source: `${facts.config?.name}: model_type ${type}${behind}` };
  }
  const table = positionTable(inputs, facts);
  const padId = integerField(fields, "pad_token_id") ?? facts.tokenizerSettings.padId;
  if (table !== undefined && padId > 0 && isPaddingRow(table, padId, facts)) {
    return { first: padId + 1, source: `graph: row ${padId} of "${table.name}" is for padding` };
  }
  return { first: 0, source: "default: no file names the model's type" };
}

function positionTable(inputs: Inputs, { scanned }: ModelFacts): Initializer | undefined {
  const input = inputs.find(({ role }) => role === InputRole.POSITION_IDS);
  const table = input && embeddingTableOf(scanned, input.name);
  if (table !== undefined) return table;
  return scanned.initializers.find(
    ({ name, dims }) => dims.length === 2 && POSITION_TABLE.test(name),
  );
}

/** The row of padding is never trained: it keeps its zeros, unlike the one after it. */
function isPaddingRow(table: Initializer, row: number, facts: ModelFacts): boolean {
  const [rows = 0, width = 0] = table.dims;
  const rowBytes = tensorByteLength(table.elementType, [width]) ?? 0;
  const { place } = table;
  if (place.kind === "inline" || row + 1 >= rows || rowBytes === 0) return false;
  if (place.byteLength < rows * rowBytes) return false;
  const source = place.kind === "raw" ? facts.weights : facts.externalData.get(place.location);
  if (source === undefined || place.byteOffset + place.byteLength > source.byteLength) return false;
  const isZero = (index: number) =>
    source.read(place.byteOffset + index * rowBytes, rowBytes).every((byte) => byte === 0);
  return isZero(row) && !isZero(row + 1);
}
