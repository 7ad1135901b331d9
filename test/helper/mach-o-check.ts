// A second opinion on executables for macOS, written without the code of the product: load commands, segments, tables
// and every page digest of the signature, as the system and its tools look at them.
import { createHash } from "node:crypto";

type Range = { readonly what: string; readonly start: number; readonly end: number };
type SegmentRow = { name: string; addr: number; size: number; off: number; length: number };

const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
/** Commands that hold one range of __LINKEDIT: function starts, data in code, chained fixups, exports. */
const DATA_COMMANDS: readonly number[] = [0x26, 0x29, 0x8000_0034, 0x8000_0033];
const PAGE = 4096;

/** What is wrong with the file; nothing for one that a Mac would take. */
export function machOFaults(file: Uint8Array): string[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const faults: string[] = [];
  if (view.getUint32(0, true) !== 0xfeedfacf) return ["magic"];
  const segments: SegmentRow[] = [];
  const tables: Range[] = [];
  const count = view.getUint32(16, true);
  const commandsEnd = 32 + view.getUint32(20, true);
  let at = 32;
  for (let index = 0; index < count; index++) {
    const [command, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (length < 8 || length % 8 !== 0 || at + length > commandsEnd) return ["load commands"];
    const u32 = (place: number) => view.getUint32(at + place, true);
    const u64 = (place: number) => Number(view.getBigUint64(at + place, true));
    if (command === LC_SEGMENT_64) {
      const name = Buffer.from(file.subarray(at + 8, at + 24)).toString("latin1");
      segments.push({
        name: name.replaceAll("\0", ""),
        addr: u64(24),
        size: u64(32),
        off: u64(40),
        length: u64(48),
      });
      faults.push(...sectionFaults(view, at, commandsEnd));
    }
    const push = (what: string, start: number, byteLength: number) => {
      if (byteLength > 0) tables.push({ what, start, end: start + byteLength });
    };
    if (command === 0x2) {
      push("symbols", u32(8), u32(12) * 16);
      push("strings", u32(16), u32(20));
    }
    if (command === 0xb) push("indirect symbols", u32(56), u32(60) * 4);
    if (DATA_COMMANDS.includes(command)) push(`table ${command.toString(16)}`, u32(8), u32(12));
    if (command === LC_CODE_SIGNATURE) push("signature", u32(8), u32(12));
    at += length;
  }
  if (at !== commandsEnd) faults.push("load commands end elsewhere");
  faults.push(...segmentFaults(segments, file.length));
  const linkEdit = segments.find(({ name }) => name === "__LINKEDIT");
  const text = segments.find(({ name }) => name === "__TEXT");
  if (linkEdit === undefined || text === undefined) return [...faults, "segments are missing"];
  const within = { start: linkEdit.off, end: linkEdit.off + linkEdit.length };
  faults.push(...tableFaults(tables, within));
  const signature = tables.find(({ what }) => what === "signature");
  if (signature === undefined) return [...faults, "no signature"];
  return [...faults, ...signatureFaults(file, signature, text.length)];
}

/** Nothing of a section may lie under the load commands. */
function sectionFaults(view: DataView, at: number, commandsEnd: number): string[] {
  const count = view.getUint32(at + 64, true);
  return Array.from({ length: count }, (_, index) => at + 72 + index * 80).flatMap((section) => {
    const offset = view.getUint32(section + 48, true);
    return offset !== 0 && offset < commandsEnd ? ["a section lies under the load commands"] : [];
  });
}

function segmentFaults(segments: readonly SegmentRow[], fileLength: number): string[] {
  const faults: string[] = [];
  for (const { name, addr, size, off, length } of segments) {
    if (off + length > fileLength) faults.push(`${name} ends behind the file`);
    if (length > size) faults.push(`${name} has less memory than bytes`);
    if (addr % PAGE !== 0 || size % PAGE !== 0) faults.push(`${name} is not of whole pages`);
  }
  faults.push(...overlaps(segments.map((s) => range(s.name, s.addr, s.size))));
  faults.push(...overlaps(segments.map((s) => range(s.name, s.off, s.length))));
  const last = segments.toSorted((a, b) => a.off + a.length - b.off - b.length).at(-1);
  if (last?.name !== "__LINKEDIT") faults.push("__LINKEDIT is not the last segment");
  else if (last.off + last.length !== fileLength) faults.push("__LINKEDIT does not end the file");
  return faults;
}

/** Tables lie in __LINKEDIT one behind the other; what is between them is less than an alignment. */
function tableFaults(tables: readonly Range[], within: { start: number; end: number }): string[] {
  const faults = overlaps(tables);
  for (const { what, start, end } of tables) {
    if (start < within.start || end > within.end) faults.push(`${what} lies outside __LINKEDIT`);
  }
  const sorted = tables.toSorted((a, b) => a.start - b.start);
  if (sorted.at(-1)?.what !== "signature") faults.push("the signature is not the last table");
  if (sorted.at(-1)?.end !== within.end) faults.push("the signature does not end the file");
  for (const [index, table] of sorted.entries()) {
    const before = sorted[index - 1]?.end ?? within.start;
    if (table.start - before >= 16) faults.push(`a gap before ${table.what}`);
  }
  return faults;
}

function signatureFaults(file: Uint8Array, { start, end }: Range, textLength: number): string[] {
  const faults: string[] = [];
  const blob = new DataView(file.buffer, file.byteOffset + start, end - start);
  if (start % 16 !== 0) faults.push("the signature is not aligned");
  if (blob.getUint32(0) !== 0xfade0cc0) return [...faults, "no signature where one is stated"];
  if (blob.getUint32(4) > blob.byteLength) return [...faults, "the signature is cut"];
  const directories = Array.from({ length: blob.getUint32(8) }, (_, index) => ({
    type: blob.getUint32(12 + index * 8),
    offset: blob.getUint32(16 + index * 8),
  })).filter(({ type }) => type === 0);
  const [directory] = directories;
  if (directories.length !== 1 || directory === undefined) return [...faults, "no code directory"];
  const code = new DataView(blob.buffer, blob.byteOffset + directory.offset);
  if (code.getUint32(0) !== 0xfade0c02) return [...faults, "no code directory where one is stated"];
  const [hashOffset, slots, limit] = [code.getUint32(16), code.getUint32(28), code.getUint32(32)];
  if (hashOffset + slots * 32 > code.getUint32(4)) faults.push("the digests are cut");
  if (code.getUint32(8) < 0x20400) faults.push("no executable segment is stated");
  if ((code.getUint32(12) & 0x2) === 0) faults.push("the signature is not ad hoc");
  if (limit !== start) faults.push(`signed up to byte ${limit}, not ${start}`);
  if (slots !== Math.ceil(limit / PAGE)) faults.push("digests and pages differ in number");
  if (code.getUint8(36) !== 32 || code.getUint8(37) !== 2 || code.getUint8(39) !== 12) {
    faults.push("no SHA-256 of pages of 4 KiB");
  }
  if (Number(code.getBigUint64(64)) !== 0 || Number(code.getBigUint64(72)) !== textLength) {
    faults.push("the executable segment is not __TEXT");
  }
  let wrong = 0;
  for (let slot = 0; slot < slots; slot++) {
    const page = file.subarray(slot * PAGE, Math.min((slot + 1) * PAGE, limit));
    const place = code.byteOffset + hashOffset + slot * 32;
    const stated = Buffer.from(code.buffer, place, 32);
    if (!createHash("sha256").update(page).digest().equals(stated)) wrong++;
  }
  if (wrong > 0) faults.push(`${wrong} pages have other digests`);
  return faults;
}

function range(what: string, start: number, byteLength: number): Range {
  return { what, start, end: start + byteLength };
}

function overlaps(ranges: readonly Range[]): string[] {
  const sorted = ranges
    .filter(({ start, end }) => end > start)
    .toSorted((a, b) => a.start - b.start);
  return sorted.flatMap((item, index) => {
    const before = sorted[index - 1];
    return before !== undefined && item.start < before.end
      ? [`${before.what} and ${item.what} overlap`]
      : [];
  });
}
