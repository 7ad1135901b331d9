// Writes safetensors files for tests, right ones and wrong ones.
import { MemorySource } from "../../src/io/index.ts";

/** A file of that header, as text or as a value, with `data` after it. */
export function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = new TextEncoder().encode(text);
  return withLength(bytes, data, BigInt(bytes.length));
}

/** A file that claims its header to be `length` bytes long. */
export function withLength(header: Uint8Array, data: Uint8Array, length: bigint): Uint8Array {
  const file = new Uint8Array(8 + header.length + data.length);
  new DataView(file.buffer).setBigUint64(0, length, true);
  file.set(header, 8);
  file.set(data, 8 + header.length);
  return file;
}

export function sourceOf(header: unknown, data?: Uint8Array): MemorySource {
  return new MemorySource(fileOf(header, data), "dense.safetensors");
}

export type Entry = {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: ArrayBufferView;
};

/** A right file of these arrays, one after the other. */
export function sourceOfArrays(entries: Readonly<Record<string, Entry>>): MemorySource {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(entries)) {
    const begin = end;
    end += bytes.byteLength;
    header[name] = { dtype, shape, data_offsets: [begin, end] };
    parts.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
  return sourceOf(header, new Uint8Array(Buffer.concat(parts)));
}
