// Which system and processor an executable is for, by its header. Knows nothing of what else is in it.
import type { ByteSource } from "../io/index.ts";

/** Bytes of the header that are looked at first; every executable has more. */
const HEADER_LENGTH = 64;
const ELF_64_LITTLE = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
const MACH_O_64 = [0xcf, 0xfa, 0xed, 0xfe];
/** "MZ", and "PE" with two zero bytes at the place that byte 60 of the former's header gives. */
const DOS = [0x4d, 0x5a];
const DOS_PE_OFFSET = 60;
const PE = [0x50, 0x45, 0, 0];
/** `PE` and the machine behind it. */
const PE_LENGTH = 6;

/** e_machine of ELF, cputype of Mach-O, Machine of PE. */
const ELF_ARCH: ReadonlyMap<number, string> = new Map([
  [62, "x64"],
  [183, "arm64"],
]);
const MACH_O_ARCH: ReadonlyMap<number, string> = new Map([
  [0x01000007, "x64"],
  [0x0100000c, "arm64"],
]);
const PE_ARCH: ReadonlyMap<number, string> = new Map([[0x8664, "x64"]]);

/** System and processor an executable is for, such as "linux-x64"; undefined for anything else. */
export function readMachine(source: ByteSource): string | undefined {
  if (source.byteLength < HEADER_LENGTH) return undefined;
  const header = viewOf(source.read(0, HEADER_LENGTH));
  if (begins(header, ELF_64_LITTLE))
    return named("linux", ELF_ARCH.get(header.getUint16(18, true)));
  if (begins(header, MACH_O_64)) return named("darwin", MACH_O_ARCH.get(header.getUint32(4, true)));
  return begins(header, DOS) ? readPe(source, header.getUint32(DOS_PE_OFFSET, true)) : undefined;
}

function readPe(source: ByteSource, byteOffset: number): string | undefined {
  if (byteOffset > source.byteLength - PE_LENGTH) return undefined;
  const header = viewOf(source.read(byteOffset, PE_LENGTH));
  if (!begins(header, PE)) return undefined;
  return named("windows", PE_ARCH.get(header.getUint16(PE.length, true)));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function begins(header: DataView, magic: readonly number[]): boolean {
  return magic.every((byte, index) => header.getUint8(index) === byte);
}

function named(os: string, arch: string | undefined): string | undefined {
  return arch === undefined ? undefined : `${os}-${arch}`;
}
