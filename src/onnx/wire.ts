// Walks protobuf wire format over a ByteSource without reading what the caller skips. Knows nothing of ONNX.
import { CodedError } from "../error/index.ts";
import type { ByteSource } from "../io/index.ts";

/** Bytes fetched per read: the reader jumps over weights, and a jump throws the rest of its window away. */
const WINDOW_BYTES = 16 * 1024;

/** A field of a message: its number, wire type and where its content lies in the source. */
export type WireField = {
  readonly number: number;
  readonly type: number;
  /** First byte of the field's key. */
  readonly keyOffset: number;
  /** First byte of the content (after the length of a length-delimited field). */
  readonly byteOffset: number;
  readonly byteLength: number;
};

const UTF_8 = new TextDecoder();

/** 64 bits, seven in each byte. */
const VARINT_BYTES_MAX = 10;

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_FIXED32 = 5;

/** A cursor over protobuf bytes. Every fault is `ONNX_MALFORMED` and says where. */
export class WireCursor {
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowOffset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Calls `visit` for each field of the message in [start, end), in file order. */
  eachField(start: number, end: number, visit: (field: WireField) => void): void {
    let offset = start;
    while (offset < end) {
      const field = this.#fieldAt(offset, end);
      visit(field);
      offset = field.byteOffset + field.byteLength;
    }
  }

  bytes(field: { readonly byteOffset: number; readonly byteLength: number }): Uint8Array {
    const { byteOffset, byteLength } = field;
    const start = byteOffset - this.#windowOffset;
    if (start >= 0 && start + byteLength <= this.#window.byteLength) {
      return this.#window.subarray(start, start + byteLength);
    }
    return this.#source.read(byteOffset, byteLength);
  }

  /** Length of the content is checked against `maxBytes` before anything is read. */
  text(field: WireField, maxBytes: number): string {
    if (field.type !== WIRE_BYTES) this.#fail(field.keyOffset, "a text where another type stands");
    if (field.byteLength > maxBytes) {
      this.#fail(field.keyOffset, `at most ${maxBytes} bytes of text: found ${field.byteLength}`);
    }
    return UTF_8.decode(this.bytes(field));
  }

  /** Value of a varint field as a signed 64-bit number, checked to be exact. */
  integer(field: WireField): number {
    if (field.type !== WIRE_VARINT) this.#fail(field.keyOffset, "an integer");
    const { value } = this.#signedAt(field.byteOffset, field.byteOffset + VARINT_BYTES_MAX);
    if (!Number.isSafeInteger(value)) this.#fail(field.keyOffset, "an integer below 2^53");
    return value;
  }

  /** The numbers of a repeated integer field, packed or not. */
  integers(field: WireField, maxCount: number): number[] {
    if (field.type === WIRE_VARINT) return [this.integer(field)];
    const values: number[] = [];
    const end = field.byteOffset + field.byteLength;
    for (let offset = field.byteOffset; offset < end; ) {
      const { value, next } = this.#signedAt(offset, end);
      if (values.length >= maxCount) this.#fail(offset, `at most ${maxCount} numbers`);
      values.push(value);
      offset = next;
    }
    return values;
  }

  #fieldAt(keyOffset: number, end: number): WireField {
    const key = this.#varintAt(keyOffset, end);
    const number = Math.floor(key.value / 8);
    const type = key.value % 8;
    if (number < 1 || number > 0x1fffffff) this.#fail(keyOffset, "a field number of protobuf");
    const { byteOffset, byteLength } = this.#contentAt(key.next, end, type);
    if (byteLength > end - byteOffset) {
      this.#fail(
        keyOffset,
        `a field that ends within its message: found ${byteLength} bytes, ${end - byteOffset} left`,
      );
    }
    return { number, type, keyOffset, byteOffset, byteLength };
  }

  #contentAt(
    offset: number,
    end: number,
    type: number,
  ): { byteOffset: number; byteLength: number } {
    switch (type) {
      case WIRE_VARINT:
        return { byteOffset: offset, byteLength: this.#varintAt(offset, end).next - offset };
      case WIRE_FIXED64:
        return { byteOffset: offset, byteLength: 8 };
      case WIRE_FIXED32:
        return { byteOffset: offset, byteLength: 4 };
      case WIRE_BYTES: {
        const length = this.#varintAt(offset, end);
        // A length is attacker-chosen: anything above 2^53 becomes a number that fails the bounds check above.
        return { byteOffset: length.next, byteLength: length.value };
      }
      default:
        return this.#fail(offset, `a wire type of protobuf: found ${type}`);
    }
  }

  /** An unsigned number; above 2^53 it is only nearly the one that stands there, which no length or key may be. */
  #varintAt(offset: number, end: number): { value: number; next: number } {
    let value = 0;
    let weight = 1;
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      const byte = this.#byteAt(offset + index, end);
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return { value, next: offset + index + 1 };
      weight *= 0x80;
    }
    return this.#fail(offset, `a number of at most ${VARINT_BYTES_MAX} bytes`);
  }

  /** A number of 64 bits with a sign; those beyond 2^53 are only nearly what stands there. */
  #signedAt(offset: number, end: number): { value: number; next: number } {
    const { value, next } = this.#varintAt(offset, end);
    if (next - offset < VARINT_BYTES_MAX) return { value, next };
    // Only negative numbers take ten bytes; their difference to 2^64 is small, and lost in a sum of floats.
    let bits = 0n;
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      bits |= BigInt(this.#byteAt(offset + index, end) & 0x7f) << BigInt(7 * index);
    }
    return { value: Number(BigInt.asIntN(64, bits)), next };
  }

  #byteAt(offset: number, end: number): number {
    if (offset >= end || offset >= this.#source.byteLength) this.#fail(offset, "more bytes");
    const index = offset - this.#windowOffset;
    if (index < 0 || index >= this.#window.byteLength) {
      const byteLength = Math.min(WINDOW_BYTES, this.#source.byteLength - offset);
      this.#window = this.#source.read(offset, byteLength);
      this.#windowOffset = offset;
      return this.#window[0] ?? 0;
    }
    return this.#window[index] ?? 0;
  }

  #fail(byteOffset: number, expected: string): never {
    throw new CodedError(
      "ONNX_MALFORMED",
      `Cannot read the ONNX graph of "${this.#source.name}" as byte ${byteOffset} must hold ${expected}: ` +
        "is the file complete and an ONNX model?",
      { detail: { byteOffset, expected } },
    );
  }
}
