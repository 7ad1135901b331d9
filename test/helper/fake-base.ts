// A stand-in for a base: the header and the stamp a builder looks at, without the 150 MB around them.
import { writeFileSync } from "node:fs";
import { type BaseIdentity, baseStamp } from "../../src/about/index.ts";

const IDENTITY = { version: "0.1.0", target: "linux-x64", onnxruntime: "1.30.0" };

/** ELF: class, data, e_machine. Mach-O: magic, cputype. PE: place of its header, and there its name and machine. */
const HEADERS: Readonly<Record<string, readonly number[]>> = {
  "linux-x64": [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array<number>(11).fill(0), 62, 0],
  "linux-arm64": [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array<number>(11).fill(0), 183, 0],
  "darwin-x64": [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1],
  "darwin-arm64": [0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1],
  "windows-x64": [
    ...[0x4d, 0x5a, ...Array<number>(58).fill(0), 64, 0, 0, 0],
    ...[0x50, 0x45, 0, 0, 0x64, 0x86],
  ],
};

export type FakeBaseOptions = {
  /** What the header says. */
  readonly machine?: string;
  /** What the stamp says; null leaves it out. */
  readonly identity?: Partial<BaseIdentity> | null;
  /** Bytes before the stamp. */
  readonly byteOffset?: number;
};

export function fakeBaseBytes(options: FakeBaseOptions = {}): Uint8Array {
  const { machine = "linux-x64", identity = {}, byteOffset = 5000 } = options;
  const header = HEADERS[machine] ?? [0];
  const bytesWith = (length: number) => {
    const facts = { ...IDENTITY, target: machine, length, ...identity };
    const stamp = identity === null ? "" : baseStamp(facts);
    // The marker alone, as in the program that looks for it, must not be taken for a stamp.
    const text = `"encoderfile-base:",x ${"-".repeat(byteOffset)}${stamp}${"-".repeat(700)}`;
    return Buffer.concat([Buffer.from(header), Buffer.alloc(64), Buffer.from(text)]);
  };
  // The stamp has the same size whatever length it states.
  return bytesWith(bytesWith(0).length);
}

export function writeFakeBase(path: string, options?: FakeBaseOptions): string {
  writeFileSync(path, fakeBaseBytes(options));
  return path;
}
