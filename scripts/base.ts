// Compiles the base executable of one or all targets into dist/: `bun run base [--target T | --all]`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { BunPlugin } from "bun";
import { baseStamp, VERSION } from "../src/about/index.ts";
import { payloadEnd, signatureByteLength, signedBase } from "../src/executable/index.ts";
import { FileSource, writeFileAtomically } from "../src/io/index.ts";
import { type PageAsset, pageAsset } from "../src/server/http/page-asset.ts";
import { baseFileName, findTarget, hostTarget, TARGETS, type Target } from "../src/target/index.ts";
import { packLicences, programLicences } from "./release/program-licences.ts";

const ROOT = resolve(import.meta.dir, "..");
const ENTRIES = ["src/main.ts", "src/runtime/worker.ts", "src/runtime/tokenizer-worker.ts"].map(
  (path) => join(ROOT, path),
);
/** Where the compiler puts the entries of threads inside the executable: below its root, which Windows calls a drive. */
const EMBEDDED_ROOT = { linux: "/$bunfs/root", darwin: "/$bunfs/root", windows: "B:/~BUN/root" };

type LibraryPlace = { readonly offset: number; readonly length: number };

/** What the executable is told of itself. */
type Layout = { readonly baseLength: number; readonly library: LibraryPlace };

/** What is embedded besides the files of the target. */
type Extras = { readonly page: PageAsset; readonly licences: string };

/** Compiles the base of a target and returns its path. Two runs give the same bytes. */
export async function buildBase(target: Target, folder = join(ROOT, "dist")): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const output = join(folder, baseFileName(target));
  // The compiler writes the name of its output into the executable: only the folder of the draft may differ.
  const draftFolder = mkdtempSync(join(folder, ".base-"));
  const draft = join(draftFolder, basename(output));
  try {
    // Two facts are known only once the executable exists: its length and the place of the library within. So it is
    // compiled, looked at, and compiled again with both written in. Their digits have a fixed width, and those of the
    // place differ from those of the library's length as equal texts are stored once: nothing moves in between.
    const { size } = Bun.file(nativePaths(target).library);
    const length = target.os === "linux" ? size : 0;
    // The packages with licences are those of a bundle of their own: the one below is to hold their texts.
    const licences = packLicences(await programLicences(target));
    const extras = { page: await pageAsset(), licences };
    await compile(target, draft, { baseLength: 0, library: { offset: 0, length }, ...extras });
    const found = measure(target, draft);
    await compile(target, draft, { ...found, ...extras });
    if (!Bun.deepEquals(measure(target, draft), found)) {
      throw new Error(
        `The executable of ${target.name} changed its layout between two compilations`,
      );
    }
    finish(target, draft, output);
  } finally {
    rmSync(draftFolder, { recursive: true, force: true });
  }
  return output;
}

/** Gives the executable its name; one for macOS gets our signature, so that a file built with it can be signed alike. */
function finish(target: Target, draft: string, output: string): void {
  if (target.os !== "darwin") {
    renameSync(draft, output);
    return;
  }
  using source = new FileSource(draft);
  const signed = signedBase(source, payloadEnd(source));
  writeFileAtomically(output, { force: true, mode: 0o755 }, (sink) => void sink.copy(signed, 0));
}

async function compile(target: Target, output: string, layout: Layout & Extras): Promise<void> {
  const { name, onnxruntime, bunTarget } = target;
  const root = EMBEDDED_ROOT[target.os];
  const stamp = baseStamp({
    version: VERSION,
    target: name,
    onnxruntime: onnxruntime.version,
    length: layout.baseLength,
  });
  const result = await Bun.build({
    entrypoints: ENTRIES,
    root: join(ROOT, "src"),
    minify: { syntax: true, whitespace: true, identifiers: true },
    // Parsing ahead of time halves the time to the first line of output.
    bytecode: true,
    // What the program and its threads share is stored once, and read only by commands that need it.
    format: "esm",
    splitting: true,
    define: {
      ENCODERFILE_BASE_STAMP: JSON.stringify(stamp),
      ENCODERFILE_WORKER_PATH: JSON.stringify(`${root}/runtime/worker.js`),
      ENCODERFILE_TOKENIZER_PATH: JSON.stringify(`${root}/runtime/tokenizer-worker.js`),
    },
    plugins: [
      embedNativeFiles(target, layout.library),
      embedPage(layout.page),
      embedLicences(layout.licences),
    ],
    compile: {
      target: bunTarget as Bun.Build.CompileTarget,
      outfile: output,
      // A start runs most code once. src/main.ts ends this when it should be over.
      jitPolicy: 16,
      // A shipped executable reads nothing from the folder it happens to be started in.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
  if (!result.success) throw new AggregateError(result.logs, `Cannot compile the base of ${name}`);
}

/** Replaces src/onnx/native-files.ts by a module that embeds the files of the target. */
function embedNativeFiles(target: Target, place: LibraryPlace): BunPlugin {
  const { addon, library } = nativePaths(target);
  const digits = (value: number) => JSON.stringify(String(value).padStart(12, "0"));
  return {
    name: "embed-native-files",
    setup(build) {
      build.onLoad({ filter: /src\/onnx\/native-files\.ts$/ }, () => ({
        loader: "ts",
        contents: `
          import addon from ${JSON.stringify(addon)} with { type: "file" };
          import library from ${JSON.stringify(library)} with { type: "file" };
          export function nativeFiles() {
            return {
              addon,
              library,
              libraryName: ${JSON.stringify(basename(library))},
              embedded: true,
              // Parsed when it runs: a folded number would have as many characters as digits, and move what follows.
              libraryOffset: Number.parseInt(${digits(place.offset)}, 10),
              libraryLength: Number.parseInt(${digits(place.length)}, 10),
            };
          }`,
      }));
    },
  };
}

/** Replaces src/server/http/page-asset.ts by a module that holds the page. */
function embedPage(asset: PageAsset): BunPlugin {
  return {
    name: "embed-page",
    setup(build) {
      build.onLoad({ filter: /src\/server\/http\/page-asset\.ts$/ }, () => ({
        loader: "ts",
        contents: `export async function pageAsset() { return ${JSON.stringify(asset)}; }`,
      }));
    },
  };
}

/** Replaces src/about/licence-text.ts by a module that holds the texts. */
function embedLicences(packed: string): BunPlugin {
  return {
    name: "embed-licences",
    setup(build) {
      build.onLoad({ filter: /src\/about\/licence-text\.ts$/ }, () => ({
        loader: "ts",
        contents: `export const LICENCE_TEXT = ${JSON.stringify(packed)};`,
      }));
    },
  };
}

function nativePaths({ onnxruntime }: Target): { addon: string; library: string } {
  const folder = join(ROOT, "node_modules", onnxruntime.package);
  const paths = {
    addon: join(folder, onnxruntime.addon),
    library: join(folder, onnxruntime.library),
  };
  for (const path of Object.values(paths)) {
    if (!existsSync(path)) throw new Error(`Missing ${path}: run "bun install"`);
  }
  return paths;
}

function measure(target: Target, executable: string): Layout {
  using source = new FileSource(executable);
  const held = payloadEnd(source);
  const signatureLength = target.os === "darwin" ? signatureByteLength(held) : 0;
  return { baseLength: held + signatureLength, library: findLibrary(target, executable) };
}

/** Only Linux copies the library by its place; elsewhere it is read through the compiler's file system. */
function findLibrary(target: Target, executable: string): LibraryPlace {
  if (target.os !== "linux") return { offset: 0, length: 0 };
  const library = readFileSync(nativePaths(target).library);
  const bytes = readFileSync(executable);
  const offset = bytes.indexOf(library.subarray(0, 4096));
  if (offset < 0 || !bytes.subarray(offset, offset + library.length).equals(library)) {
    throw new Error(`Cannot find the library inside ${executable}: it must lie there in one piece`);
  }
  return { offset, length: library.length };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { target: { type: "string" }, all: { type: "boolean", default: false } },
  });
  const chosen = values.target === undefined ? hostTarget() : findTarget(values.target);
  for (const target of values.all ? TARGETS : [chosen]) {
    const startedMs = performance.now();
    const path = await buildBase(target);
    const megabytes = (Bun.file(path).size / 1e6).toFixed(1);
    console.log(
      `${path}  ${megabytes} MB  ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    );
  }
}
