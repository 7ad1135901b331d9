// Small executables for macOS as a linker leaves them, made field by field: header, load commands, code, symbols and a
// signature that is none.
const HEADER_LENGTH = 32;

export type MachOOptions = {
  readonly arch?: "x64" | "arm64";
  /** Bytes of the segment __TEXT, header and load commands included. */
  readonly textLength?: number;
  /** Stands in the middle of the code. */
  readonly text?: string;
  /** Bytes of the string table: what remains up to a multiple of 16 is a gap before the signature. */
  readonly stringsLength?: number;
  /** Bytes of the signature; 0 leaves out its load command. */
  readonly signatureLength?: number;
  /** Load commands to leave out. */
  readonly without?: readonly ("text" | "linkEdit" | "strings")[];
  /** Load commands of any content, to put behind the others. */
  readonly more?: readonly Uint8Array[];
};

/** Places of fields in the files that `machOBytes` makes without further options. */
export const PLACES = {
  textFileSize: HEADER_LENGTH + 72 + 48,
  linkEditAddress: HEADER_LENGTH + 144 + 24,
  linkEditAddressLength: HEADER_LENGTH + 144 + 32,
  linkEditOffset: HEADER_LENGTH + 144 + 40,
  linkEditLength: HEADER_LENGTH + 144 + 48,
  stringsOffset: HEADER_LENGTH + 216 + 16,
  stringsLength: HEADER_LENGTH + 216 + 20,
  signatureOffset: HEADER_LENGTH + 240 + 8,
  signatureLength: HEADER_LENGTH + 240 + 12,
} as const;

export function machOBytes(options: MachOOptions = {}): Uint8Array {
  const { arch = "arm64", textLength = 5000, text = "", stringsLength = 37 } = options;
  const { signatureLength = 100, without = [], more = [] } = options;
  const symbolsOffset = textLength;
  const stringsOffset = symbolsOffset + 16;
  const signatureOffset = Math.ceil((stringsOffset + stringsLength) / 16) * 16;
  const end = signatureOffset + signatureLength;
  const base = 0x1_0000_0000;
  const address = base + Math.ceil(textLength / 16_384) * 16_384;
  const commands = [
    segment("__PAGEZERO", { address: 0, addressLength: base, byteOffset: 0, byteLength: 0 }),
    ...(without.includes("text")
      ? []
      : [
          segment("__TEXT", {
            address: base,
            addressLength: address - base,
            byteOffset: 0,
            byteLength: textLength,
          }),
        ]),
    ...(without.includes("linkEdit")
      ? []
      : [
          segment("__LINKEDIT", {
            address,
            addressLength: 16_384,
            byteOffset: symbolsOffset,
            byteLength: end - symbolsOffset,
          }),
        ]),
    ...(without.includes("strings")
      ? []
      : [words(0x2, 24, symbolsOffset, 1, stringsOffset, stringsLength)]),
    ...(signatureLength === 0 ? [] : [words(0x1d, 16, signatureOffset, signatureLength)]),
    words(0x1b, 24, 1, 2, 3, 4),
    ...more,
  ];
  const bytes = Buffer.alloc(end, 0x90);
  const length = commands.reduce((sum, command) => sum + command.length, 0);
  const cpu = arch === "x64" ? 0x0100_0007 : 0x0100_000c;
  bytes.set(words(0xfeed_facf, cpu, 0, 2, commands.length, length, 0x85, 0));
  bytes.set(Buffer.concat(commands), HEADER_LENGTH);
  bytes.write(text, Math.floor(textLength / 2), "latin1");
  bytes.fill(0x5f, symbolsOffset, stringsOffset + stringsLength);
  bytes.fill(0, stringsOffset + stringsLength, signatureOffset);
  bytes.fill(0xfa, signatureOffset);
  return Uint8Array.from(bytes);
}

type SegmentPlace = {
  readonly address: number;
  readonly addressLength: number;
  readonly byteOffset: number;
  readonly byteLength: number;
};

export function segment(name: string, place: SegmentPlace): Uint8Array {
  const bytes = Buffer.alloc(72);
  bytes.writeUInt32LE(0x19, 0);
  bytes.writeUInt32LE(72, 4);
  bytes.write(name, 8, "latin1");
  bytes.writeBigUInt64LE(BigInt(place.address), 24);
  bytes.writeBigUInt64LE(BigInt(place.addressLength), 32);
  bytes.writeBigUInt64LE(BigInt(place.byteOffset), 40);
  bytes.writeBigUInt64LE(BigInt(place.byteLength), 48);
  return bytes;
}

export function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true);
  return bytes;
}
