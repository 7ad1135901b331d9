// The answers a model must give, computed without src: official tokenizer, ONNX Runtime on the plain file, and the
// post-processing written out.
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { Tokenizer } from "tokenizers";

/** fp32 numbers of the same graph on the same machine: what remains is the order of a few additions. */
export const FLOAT32_TOLERANCE = 1e-6;

export type Rows = readonly (readonly number[])[];

export type ReferenceOptions = {
  readonly output?: string;
  /** Pads with id 0 to this length, with a mask of 0. */
  readonly padTo?: number;
  /** Runs so many copies of the row at once, for graphs of a frozen batch; the answer is that of the first. */
  readonly copies?: number;
  readonly pair?: string;
};

export type Reference = {
  readonly ids: readonly number[];
  readonly special: readonly number[];
  /** [start, end) of each token in code points. */
  readonly spans: readonly (readonly [number, number])[];
  readonly tokens: readonly string[];
  /** The output, a row per token or a single row. */
  readonly rows: Rows;
};

export type ReferenceModel = (text: string, options?: ReferenceOptions) => Promise<Reference>;

export async function openReference(graph: string, tokenizer: string): Promise<ReferenceModel> {
  const session = await ort.InferenceSession.create(graph, { logSeverityLevel: 3 });
  const document = JSON.parse(readFileSync(tokenizer, "utf8"));
  const official = Tokenizer.fromString(
    JSON.stringify({ ...document, truncation: null, padding: null }),
  );
  return async (text, options = {}) => {
    const encoding = await official.encode(text, options.pair ?? null, { addSpecialTokens: true });
    const output = await runRow(session, encoding.getIds(), encoding.getTypeIds(), options);
    return {
      ids: encoding.getIds(),
      special: encoding.getSpecialTokensMask(),
      spans: encoding.getOffsets() as [number, number][],
      tokens: encoding.getTokens(),
      rows: output,
    };
  };
}

async function runRow(
  session: ort.InferenceSession,
  ids: readonly number[],
  typeIds: readonly number[],
  { output, padTo = 0, copies = 1 }: ReferenceOptions,
): Promise<Rows> {
  const length = Math.max(padTo, ids.length);
  const padded = (values: readonly number[]) =>
    Array.from({ length }, (_, index) => values[index] ?? 0);
  const columns: Readonly<Record<string, readonly number[]>> = {
    input_ids: padded(ids),
    attention_mask: padded(ids.map(() => 1)),
    token_type_ids: padded(typeIds),
    position_ids: padded(ids.map((_, index) => index)),
  };
  const feeds = Object.fromEntries(
    session.inputNames.map((name, index) => {
      const metadata = session.inputMetadata[index];
      const type = metadata?.isTensor === true ? metadata.type : "int64";
      const values = Array.from({ length: copies }, () => columns[name] ?? []).flat();
      const data =
        type === "float32"
          ? Float32Array.from(values)
          : type === "int32"
            ? Int32Array.from(values)
            : BigInt64Array.from(values, BigInt);
      return [name, new ort.Tensor(data as Float32Array, [copies, length])];
    }),
  );
  const name = output ?? session.outputNames[0] ?? "";
  const tensor = (await session.run(feeds, [name]))[name]!;
  const width = tensor.dims.at(-1) ?? 1;
  const all = Array.from(tensor.data as Float32Array);
  const data = all.slice(0, all.length / copies);
  return Array.from({ length: data.length / width }, (_, row) =>
    data.slice(row * width, (row + 1) * width),
  );
}

export function softmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Mean over the rows of real tokens. */
export function meanRow(rows: Rows, count = rows.length): number[] {
  const real = rows.slice(0, count);
  return (real[0] ?? []).map(
    (_, column) => real.reduce((sum, row) => sum + (row[column] ?? 0), 0) / real.length,
  );
}

export function unit(row: readonly number[]): number[] {
  const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  return row.map((value) => value / Math.max(norm, 1e-12));
}

export function maxDifference(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  return left.reduce((worst, value, index) => {
    const difference = Math.abs(value - (right[index] ?? Number.NaN));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }, 0);
}
