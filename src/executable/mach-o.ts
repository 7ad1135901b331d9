// The load commands of a 64-bit Mach-O executable, read as hostile input: the segments and tables a signature depends
// on. Changes nothing, and looks at nothing behind the load commands.
import { CodedError, isCodedError } from "../error/index.ts";
import type { ByteSource } from "../io/index.ts";

const MAGIC = 0xfeedfacf;
const HEADER_LENGTH = 32;
/** Real ones have some thousand bytes; this bounds what a hostile file makes us read. */
const COMMANDS_LENGTH_MAX = 65_536;
const COMMAND_LENGTH_MIN = 8;
/** Load commands of 64-bit files begin at multiples of this. */
const COMMAND_ALIGNMENT = 8;
const EXECUTE = 2;

/** Load commands and the bytes of each up to what may follow it, such as the sections of a segment. */
const SYMTAB = { command: 0x2, byteLength: 24 };
const SEGMENT = { command: 0x19, byteLength: 72 };
const CODE_SIGNATURE = { command: 0x1d, byteLength: 16 };

/** Places of fields within their load commands. */
export const SEGMENT_FIELDS = { name: 8, vmaddr: 24, vmsize: 32, fileoff: 40, filesize: 48 };
export const SYMTAB_FIELDS = { stroff: 16, strsize: 20 };
export const CODE_SIGNATURE_FIELDS = { dataoff: 8, datasize: 12 };

export type Segment = {
  /** Of the load command. */
  readonly commandByteOffset: number;
  readonly name: string;
  readonly address: number;
  readonly addressLength: number;
  readonly byteOffset: number;
  readonly byteLength: number;
};

/** A range of the file that a load command states. */
export type CommandRange = {
  readonly commandByteOffset: number;
  readonly byteOffset: number;
  readonly byteLength: number;
};

export type MachO = {
  /** The program of a process, not a library. */
  readonly isMain: boolean;
  /** First byte behind the load commands. */
  readonly commandsEnd: number;
  readonly text: Segment | undefined;
  /** The segment that holds symbols and the signature; nothing lies behind it, in the file and in memory. */
  readonly linkEdit: Segment | undefined;
  readonly signature: CommandRange | undefined;
  /** The string table. */
  readonly strings: CommandRange | undefined;
};

/** Whether the file begins as a 64-bit Mach-O of little-endian integers does. */
export function isMachO(source: ByteSource): boolean {
  if (source.byteLength < HEADER_LENGTH) return false;
  const magic = source.read(0, 4);
  return new DataView(magic.buffer, magic.byteOffset, 4).getUint32(0, true) === MAGIC;
}

/** Throws `EXECUTABLE_INVALID` when the load commands are not those of a Mach-O file. */
export function parseMachO(source: ByteSource): MachO {
  if (!isMachO(source)) throw invalid(source, "it must begin as a Mach-O file does");
  const commands = readCommands(source);
  const segments = commands.filter(isKind(SEGMENT)).map((command) => segmentOf(command, source));
  const only = <Item>(items: readonly Item[], what: string): Item | undefined => {
    if (items.length <= 1) return items[0];
    throw invalid(source, `it must have one ${what}: found ${items.length}`);
  };
  const named = (name: string) =>
    only(
      segments.filter((segment) => segment.name === name),
      `segment ${name}`,
    );
  const linkEdit = named("__LINKEDIT");
  if (linkEdit !== undefined) checkLast(linkEdit, segments, source);
  const signatures = commands.filter(isKind(CODE_SIGNATURE));
  const tables = commands.filter(isKind(SYMTAB));
  const { dataoff, datasize } = CODE_SIGNATURE_FIELDS;
  const { stroff, strsize } = SYMTAB_FIELDS;
  return {
    isMain: headerOf(source).fileType === EXECUTE,
    commandsEnd: HEADER_LENGTH + headerOf(source).commandsByteLength,
    text: named("__TEXT"),
    linkEdit,
    signature: rangeOf(only(signatures, "code signature"), dataoff, datasize),
    strings: rangeOf(only(tables, "symbol table"), stroff, strsize),
  };
}

/** As `parseMachO`, but undefined for what is none. */
export function findMachO(source: ByteSource): MachO | undefined {
  try {
    return parseMachO(source);
  } catch (thrown) {
    if (!isCodedError(thrown, "EXECUTABLE_INVALID")) throw thrown;
    return undefined;
  }
}

export function invalid(source: ByteSource, expected: string): CodedError {
  return new CodedError(
    "EXECUTABLE_INVALID",
    `Cannot use "${source.name}" as an executable for macOS as ${expected}: get it anew`,
    { detail: { expected } },
  );
}

type Command = { readonly kind: number; readonly byteOffset: number; readonly view: DataView };

function headerOf(source: ByteSource): {
  fileType: number;
  count: number;
  commandsByteLength: number;
} {
  const view = viewOf(source.read(0, HEADER_LENGTH));
  // 12  u32  filetype    16  u32  ncmds    20  u32  sizeofcmds
  return {
    fileType: view.getUint32(12, true),
    count: view.getUint32(16, true),
    commandsByteLength: view.getUint32(20, true),
  };
}

function readCommands(source: ByteSource): readonly Command[] {
  const { count, commandsByteLength } = headerOf(source);
  if (commandsByteLength > Math.min(COMMANDS_LENGTH_MAX, source.byteLength - HEADER_LENGTH)) {
    throw invalid(source, `its load commands cannot have ${commandsByteLength} bytes`);
  }
  const bytes = source.read(HEADER_LENGTH, commandsByteLength);
  const commands: Command[] = [];
  let position = 0;
  // Every command has 8 bytes at least, so that a hostile count ends the loop early.
  for (let index = 0; index < count; index++) {
    const rest = viewOf(bytes.subarray(position));
    const byteLength = rest.byteLength < COMMAND_LENGTH_MIN ? 0 : rest.getUint32(4, true);
    const kind = byteLength === 0 ? 0 : rest.getUint32(0, true);
    const known = [SEGMENT, SYMTAB, CODE_SIGNATURE].find(({ command }) => command === kind);
    const least = known?.byteLength ?? COMMAND_LENGTH_MIN;
    const fits = byteLength >= least && byteLength <= rest.byteLength;
    if (!fits || byteLength % COMMAND_ALIGNMENT !== 0) {
      throw invalid(source, `its load command ${index} cannot have ${byteLength} bytes`);
    }
    const view = viewOf(bytes.subarray(position, position + byteLength));
    commands.push({ kind, byteOffset: HEADER_LENGTH + position, view });
    position += byteLength;
  }
  return commands;
}

function isKind({ command }: { command: number }): (candidate: Command) => boolean {
  return ({ kind }) => kind === command;
}

function segmentOf({ byteOffset, view }: Command, source: ByteSource): Segment {
  const { name, vmaddr, vmsize, fileoff, filesize } = SEGMENT_FIELDS;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + name, vmaddr - name);
  const number = (place: number): number => {
    const value = view.getBigUint64(place, true);
    // Half of what is exact, so that the sum of two is exact as well.
    if (value > BigInt(Number.MAX_SAFE_INTEGER) / 2n) {
      throw invalid(source, `a segment cannot lie at or have ${value} bytes`);
    }
    return Number(value);
  };
  return {
    commandByteOffset: byteOffset,
    name: new TextDecoder("latin1").decode(bytes).replace(/\0.*$/s, ""),
    address: number(vmaddr),
    addressLength: number(vmsize),
    byteOffset: number(fileoff),
    byteLength: number(filesize),
  };
}

/** What is added to the last segment must not run into another one. */
function checkLast(last: Segment, segments: readonly Segment[], source: ByteSource): void {
  for (const segment of segments) {
    const isBefore =
      segment === last ||
      (segment.address + segment.addressLength <= last.address &&
        segment.byteOffset + segment.byteLength <= last.byteOffset);
    if (!isBefore) throw invalid(source, `its segment ${last.name} must be the last`);
  }
}

function rangeOf(
  command: Command | undefined,
  offsetField: number,
  lengthField: number,
): CommandRange | undefined {
  if (command === undefined) return undefined;
  return {
    commandByteOffset: command.byteOffset,
    byteOffset: command.view.getUint32(offsetField, true),
    byteLength: command.view.getUint32(lengthField, true),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
