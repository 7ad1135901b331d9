// Runs a model directory with ONNX Runtime alone, as an oracle independent of src.
import { join } from "node:path";
import * as ort from "onnxruntime-node";

export type Row = { readonly ids: readonly number[]; readonly typeIds?: readonly number[] };

export type GraphRun = {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
};

/** Opens model.onnx of a directory. */
export function openGraph(folder: string): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(join(folder, "model.onnx"), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

/** Runs rows as one batch padded with zeros to the longest, or to `length`. */
export async function runGraph(
  session: ort.InferenceSession,
  rows: readonly Row[],
  { type = "int64", length = 0 }: { type?: "int64" | "int32"; length?: number } = {},
): Promise<GraphRun> {
  const width = Math.max(length, ...rows.map((row) => row.ids.length));
  const padded = (pick: (row: Row) => readonly number[]) => {
    const values = rows.flatMap((row) =>
      Array.from({ length: width }, (_, at) => pick(row)[at] ?? 0),
    );
    const data = type === "int64" ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
    return new ort.Tensor(type, data, [rows.length, width]);
  };
  const all: Record<string, () => ort.Tensor> = {
    input_ids: () => padded((row) => row.ids),
    attention_mask: () => padded((row) => row.ids.map(() => 1)),
    token_type_ids: () => padded((row) => row.typeIds ?? []),
  };
  const feeds = Object.fromEntries(session.inputNames.map((name) => [name, all[name]!()]));
  const results = await session.run(feeds);
  const name = session.outputNames[0]!;
  const output = results[name]!;
  return {
    name,
    type: output.type,
    dims: output.dims,
    data: Float32Array.from(output.data as Float32Array),
  };
}
