// Writes safetensors files for tests.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export type FloatTensor = { readonly shape: readonly number[]; readonly data: Float32Array };

/** A file of float32 tensors, in the order given; missing folders are made. */
export function writeSafetensors(path: string, tensors: Readonly<Record<string, FloatTensor>>) {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const bodies = Object.values(tensors).map(({ data }) => new Uint8Array(data.buffer));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([length, text, ...bodies]));
}
