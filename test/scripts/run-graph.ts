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

/** Runs rows as one batch padded with zeros to the longest, or to `length`; inputs get the type the graph states. */
export async function runGraph(
  session: ort.InferenceSession,
  rows: readonly Row[],
  { length = 0, output }: { length?: number; output?: string } = {},
): Promise<GraphRun> {
  const width = Math.max(length, ...rows.map((row) => row.ids.length));
  const columns: Record<string, (row: Row) => readonly number[]> = {
    input_ids: (row) => row.ids,
    attention_mask: (row) => row.ids.map(() => 1),
    token_type_ids: (row) => row.typeIds ?? [],
    position_ids: (row) => row.ids.map((_, at) => at),
  };
  const feeds = Object.fromEntries(
    session.inputNames.map((name, index) => {
      const values = rows.flatMap((row) =>
        Array.from({ length: width }, (_, at) => columns[name]!(row)[at] ?? 0),
      );
      const metadata = session.inputMetadata[index];
      const isNarrow = metadata?.isTensor === true && metadata.type === "int32";
      const dims = [rows.length, width];
      const wide = () => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims);
      return [name, isNarrow ? new ort.Tensor("int32", Int32Array.from(values), dims) : wide()];
    }),
  );
  const results = await session.run(feeds);
  const name = output ?? session.outputNames[0]!;
  const tensor = results[name]!;
  return {
    name,
    type: tensor.type,
    dims: tensor.dims,
    data: Float32Array.from(tensor.data as Float32Array),
  };
}
