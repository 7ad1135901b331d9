// What a file of targets/ must hold. A defect there is a programmer mistake: it fails the first import, and with it
// every test.
import { assert } from "../error/index.ts";

/** One system. Field meanings: targets/README.md. */
export type Target = {
  readonly name: string;
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "x64" | "arm64";
  /** Triples that mean the same. */
  readonly aliases: readonly string[];
  readonly bunTarget: string;
  /** What names of executables end in. */
  readonly executableSuffix: "" | ".exe";
  readonly onnxruntime: {
    readonly version: string;
    readonly package: string;
    /** Relative to the package, as is `addon`. */
    readonly library: string;
    readonly addon: string;
  };
  /** Of weights in a file, in bytes. */
  readonly alignment: number;
  /** The largest of such machines, in bytes. */
  readonly pageSize: number;
  readonly requires: Requirements;
  /** Whether nothing made for it was ever run. */
  readonly experimental: boolean;
};

/** What a machine must offer. */
export type Requirements = {
  readonly system: "glibc" | "macOS" | "Windows";
  /** The oldest version of the system that will do. */
  readonly version: string;
  /** Libraries that are no part of the system, each with the versions of symbols it must have. */
  readonly libraries: Readonly<Record<string, readonly string[]>>;
};

const FIELDS = [
  ...["name", "os", "arch", "aliases", "bunTarget", "executableSuffix", "onnxruntime"],
  ...["alignment", "pageSize", "requires", "experimental"],
];
const SYSTEM = { linux: "glibc", darwin: "macOS", windows: "Windows" } as const;

/** The content of a file as a target; asserts that it is one. */
export function checkTarget(file: unknown): Target {
  assert(isRecord(file), "a target is an object");
  const { name, os, arch, bunTarget } = file;
  assert(typeof name === "string", "a target has a name");
  const of = `of target ${name}`;
  const strange = Object.keys(file).filter((field) => !FIELDS.includes(field));
  assert(strange.length === 0, `fields ${of} are known: ${strange.join(", ")}`);
  assert(os === "linux" || os === "darwin" || os === "windows", `os ${of} is one of ours`);
  assert(arch === "x64" || arch === "arm64", `arch ${of} is x64 or arm64`);
  assert(name === `${os}-${arch}`, `target ${name} is named after its os and arch`);
  const isBun = typeof bunTarget === "string" && bunTarget.startsWith("bun-");
  assert(isBun, `bunTarget ${of} begins with bun-`);
  const suffix = os === "windows" ? ".exe" : "";
  assert(file["executableSuffix"] === suffix, `executableSuffix ${of} is what its system asks for`);
  assert(isTexts(file["aliases"]), `aliases ${of} are texts`);
  assert(typeof file["experimental"] === "boolean", `experimental ${of} is true or false`);
  return Object.freeze({
    ...{ name, os, arch, bunTarget, executableSuffix: suffix },
    aliases: file["aliases"],
    onnxruntime: checkRuntime(file["onnxruntime"], of),
    ...checkSizes(file, of),
    requires: checkRequirements(file["requires"], { of, system: SYSTEM[os] }),
    experimental: file["experimental"],
  });
}

function checkRuntime(value: unknown, of: string): Target["onnxruntime"] {
  assert(isRecord(value), `onnxruntime ${of} is an object`);
  const text = (field: string): string => {
    const found = value[field];
    assert(typeof found === "string" && found !== "", `onnxruntime.${field} ${of} is a text`);
    return found;
  };
  const version = text("version");
  assert(/^\d+\.\d+\.\d+$/.test(version), `onnxruntime.version ${of} is pinned`);
  return { version, package: text("package"), library: text("library"), addon: text("addon") };
}

function checkSizes(
  { alignment, pageSize }: Readonly<Record<string, unknown>>,
  of: string,
): Pick<Target, "alignment" | "pageSize"> {
  assert(isPowerOfTwo(alignment), `alignment ${of} is a power of two`);
  assert(isPowerOfTwo(pageSize), `pageSize ${of} is a power of two`);
  // What begins in the middle of a page cannot be mapped.
  assert(pageSize <= alignment, `pageSize ${of} divides its alignment`);
  return { alignment, pageSize };
}

function checkRequirements(
  value: unknown,
  { of, system }: { readonly of: string; readonly system: Requirements["system"] },
): Requirements {
  assert(isRecord(value), `requires ${of} is an object`);
  assert(value["system"] === system, `requires.system ${of} is ${system}`);
  const { version, libraries } = value;
  assert(typeof version === "string", `requires.version ${of} is a text`);
  assert(/^\d+(\.\d+)+$/.test(version), `requires.version ${of} is a version`);
  assert(isRecord(libraries), `requires.libraries ${of} is an object`);
  const checked = Object.entries(libraries).map(([library, versions]) => {
    assert(isTexts(versions), `requires.libraries ${of} lists versions of ${library}`);
    return [library, versions] as const;
  });
  return { system, version, libraries: Object.fromEntries(checked) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isPowerOfTwo(value: unknown): value is number {
  return typeof value === "number" && value >= 1 && Number.isInteger(Math.log2(value));
}
