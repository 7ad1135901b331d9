// What native files ask of a machine, read from their own tables: ELF, Mach-O and PE. Knows only as much of these
// formats as that takes, and trusts the file: it came with a package.
import { readFileSync } from "node:fs";

/** What one file asks for. */
export type NativeNeeds = {
  readonly format: "ELF" | "Mach-O" | "PE";
  /** Names of the libraries it is linked to. */
  readonly libraries: readonly string[];
  /** ELF: versions of symbols by library; of each family ("GLIBC", "GLIBCXX") the highest. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
  /** Mach-O: the oldest macOS it is built for, "13.4". */
  readonly minimumSystem?: string;
  /** Mach-O: where it looks for libraries. */
  readonly searchPaths: readonly string[];
};

export function nativeNeeds(path: string): NativeNeeds {
  const bytes = readFileSync(path);
  if (bytes.readUInt32BE(0) === 0x7f454c46) return elfNeeds(bytes);
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return machONeeds(bytes);
  if (bytes.toString("latin1", 0, 2) === "MZ") return peNeeds(bytes);
  throw new Error(`Cannot read ${path}: neither ELF, Mach-O nor PE`);
}

/** Orders "2.9" before "2.10". */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", at, bytes.indexOf(0, at));
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT = { needed: 1, strings: 5, versionNeeds: 0x6ffffffe, versionNeedCount: 0x6fffffff };

function elfNeeds(bytes: Buffer): NativeNeeds {
  const at64 = (at: number) => Number(bytes.readBigUInt64LE(at));
  const headers = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = at64(32) + index * bytes.readUInt16LE(54);
    const [byteOffset, address, length] = [at64(at + 8), at64(at + 16), at64(at + 32)];
    return { type: bytes.readUInt32LE(at), byteOffset, address, length };
  });
  const inFile = (address: number): number => {
    const holds = headers.find(
      (header) =>
        header.type === PT_LOAD &&
        address >= header.address &&
        address < header.address + header.length,
    );
    return holds === undefined ? 0 : address - holds.address + holds.byteOffset;
  };
  const dynamic = headers.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined) throw new Error("A dynamic ELF file has a dynamic segment");
  const entries = Array.from({ length: dynamic.length / 16 }, (_, index) => {
    const at = dynamic.byteOffset + index * 16;
    return { tag: at64(at), value: at64(at + 8) };
  });
  const first = (tag: number) => entries.find((entry) => entry.tag === tag)?.value ?? 0;
  const strings = inFile(first(DT.strings));
  const versions = new Map<string, readonly string[]>();
  let at = inFile(first(DT.versionNeeds));
  for (let left = first(DT.versionNeedCount); left > 0; left--) {
    const names: string[] = [];
    let item = at + bytes.readUInt32LE(at + 8);
    for (let count = bytes.readUInt16LE(at + 2); count > 0; count--) {
      names.push(textAt(bytes, strings + bytes.readUInt32LE(item + 8)));
      item += bytes.readUInt32LE(item + 12);
    }
    versions.set(textAt(bytes, strings + bytes.readUInt32LE(at + 4)), highest(names));
    at += bytes.readUInt32LE(at + 12);
  }
  const libraries = entries
    .filter(({ tag }) => tag === DT.needed)
    .map(({ value }) => textAt(bytes, strings + value));
  return { format: "ELF", libraries, versions, searchPaths: [] };
}

/** Of "GLIBC_2.4", "GLIBC_2.17" and "GCC_3.0" the second and third: the highest of each family, sorted. */
export function highest(names: readonly string[]): string[] {
  const families = Map.groupBy(names, (name) => name.slice(0, name.lastIndexOf("_")));
  return [...families.values()].map((all) => all.sort(compareVersions).at(-1) ?? "").sort();
}

const LC_LOAD_DYLIB = 0xc;
const LC_RPATH = 0x8000001c;
const LC_BUILD_VERSION = 0x32;

function machONeeds(bytes: Buffer): NativeNeeds {
  const libraries: string[] = [];
  const searchPaths: string[] = [];
  let minimumSystem = "";
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    const command = bytes.readUInt32LE(at);
    const text = () => textAt(bytes, at + bytes.readUInt32LE(at + 8));
    if (command === LC_LOAD_DYLIB) libraries.push(text());
    if (command === LC_RPATH) searchPaths.push(text());
    if (command === LC_BUILD_VERSION) {
      const version = bytes.readUInt32LE(at + 12);
      minimumSystem = `${version >> 16}.${(version >> 8) & 0xff}`;
    }
    at += bytes.readUInt32LE(at + 4);
  }
  return { format: "Mach-O", libraries, versions: new Map(), minimumSystem, searchPaths };
}

const PE_IMPORT_DIRECTORY = 1;
const PE_IMPORT_LENGTH = 20;

function peNeeds(bytes: Buffer): NativeNeeds {
  const { sections, directory } = peLayout(bytes);
  const inFile = (address: number): number => {
    const holds = sections.find(
      (section) => address >= section.address && address < section.address + section.fileLength,
    );
    return holds === undefined ? 0 : address - holds.address + holds.byteOffset;
  };
  const libraries: string[] = [];
  const table = inFile(directory(PE_IMPORT_DIRECTORY).address);
  for (let at = table; bytes.readUInt32LE(at + 12) !== 0; at += PE_IMPORT_LENGTH) {
    libraries.push(textAt(bytes, inFile(bytes.readUInt32LE(at + 12))));
  }
  return { format: "PE", libraries, versions: new Map(), searchPaths: [] };
}

export type PeSection = {
  readonly name: string;
  readonly address: number;
  readonly byteOffset: number;
  readonly fileLength: number;
};

export type PeLayout = {
  readonly sections: readonly PeSection[];
  /** Entry of the table of directories: 1 imports, 4 certificates. */
  readonly directory: (index: number) => { readonly address: number; readonly length: number };
  /** Where the bytes of the last section end: what follows is no part of the program. */
  readonly end: number;
};

/** Of a 64-bit executable (PE32+). */
export function peLayout(bytes: Buffer): PeLayout {
  const header = bytes.readUInt32LE(60);
  const optional = header + 24;
  if (bytes.toString("latin1", header, header + 4) !== "PE\0\0") throw new Error("No PE header");
  if (bytes.readUInt16LE(optional) !== 0x20b) throw new Error("No 64-bit PE header");
  const table = optional + bytes.readUInt16LE(header + 20);
  const sections = Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, index) => {
    const at = table + index * 40;
    return {
      name: bytes.toString("latin1", at, at + 8).replace(/\0+$/, ""),
      address: bytes.readUInt32LE(at + 12),
      fileLength: bytes.readUInt32LE(at + 16),
      byteOffset: bytes.readUInt32LE(at + 20),
    };
  });
  const directory = (index: number) => {
    const at = optional + 112 + index * 8;
    return { address: bytes.readUInt32LE(at), length: bytes.readUInt32LE(at + 4) };
  };
  const end = Math.max(...sections.map(({ byteOffset, fileLength }) => byteOffset + fileLength));
  return { sections, directory, end };
}
