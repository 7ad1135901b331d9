// The rules of the source tree as tests: who may import whom, through which door, who owns which package, and how
// files are kept. Each rule is a pure function over the tree, and each is shown here to find a planted fault.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_KIND } from "../src/error/index.ts";
import {
  moduleOf,
  ROOT,
  resolveImport,
  type SourceFile,
  sourceFiles,
} from "./helper/source-tree.ts";

/** What each module may import. A module that is not here may not exist. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  about: [],
  error: [],
  gen: [],
  io: ["error"],
  download: ["error", "io"],
  base: ["about", "error", "io", "executable", "format", "target", "download"],
  hub: ["error", "io", "download"],
  socket: ["error", "io"],
  profile: [],
  telemetry: ["error"],
  thread: [],
  executable: ["about", "error", "io"],
  format: ["error", "executable", "io", "gen"],
  target: ["error"],
  tensor: ["error"],
  safetensors: ["error", "io"],
  tokenizer: ["error"],
  onnx: ["error", "io", "gen", "telemetry", "tensor"],
  quantize: ["error", "io", "gen", "onnx", "tensor"],
  inspect: ["error", "io", "gen", "format", "onnx", "tokenizer"],
  task: ["error", "gen", "tensor", "tokenizer"],
  contract: ["error", "gen", "task", "tokenizer", "tensor"],
  golden: ["error", "gen", "task", "tokenizer", "contract"],
  runtime: [
    ...["error", "io", "gen", "format", "tensor", "safetensors", "tokenizer", "onnx", "task"],
    ...["profile", "telemetry", "thread"],
  ],
  measure: ["about", "error", "io", "gen", "format", "onnx", "runtime", "task", "tokenizer"],
  builder: [
    "about",
    "error",
    "executable",
    "io",
    "gen",
    "format",
    "target",
    "tensor",
    "safetensors",
    "tokenizer",
    "onnx",
    "task",
    "contract",
    "golden",
    "base",
    "hub",
    "quantize",
  ],
  server: ["about", "error", "gen", "task", "contract", "runtime"],
  cli: [
    ...["about", "error", "io", "socket", "gen", "format", "target", "inspect", "base", "hub"],
    ...["profile", "telemetry", "thread"],
    ...["builder", "runtime", "server", "contract", "golden", "measure", "task", "tokenizer"],
  ],
  main: ["error", "cli"],
};

/** Packages only one module (or a few) may use: who owns a library owns its quirks. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  // At build time only: the list of targets is read where the program is bundled.
  "node:fs": ["io", "socket", "target"],
  "node:fs/promises": ["io"],
  "bun:ffi": ["io", "socket", "onnx", "telemetry"],
  // What the tokenizer is measured against; it gives no spans, so nothing here stands on it.
  "@huggingface/tokenizers": [],
  "onnxruntime-node": ["onnx"],
  "onnxruntime-common": ["onnx"],
  "@bufbuild/protobuf": [
    "gen",
    "format",
    "onnx",
    "quantize",
    "inspect",
    "task",
    "runtime",
    "builder",
  ],
  "@bufbuild/protobuf/codegenv2": ["gen"],
  "@bufbuild/protobuf/wire": ["format"],
  hono: ["server"],
  zod: ["contract"],
  yaml: ["builder"],
  commander: ["cli"],
};

/** Which part of `cli` may reach the heavy modules; the rest of it stays light. */
const CLI_PART: Readonly<Record<string, string>> = {
  base: "src/cli/builder/",
  builder: "src/cli/builder/",
  runtime: "src/cli/runtime/",
  measure: "src/cli/runtime/",
  server: "src/cli/runtime/",
  contract: "src/cli/runtime/",
};

/** Who may open connections to others; pages run in browsers, and ask the server they came from. */
const CALLS_OUT =
  /^src\/(download\/|measure\/own-server\.ts$|server\/(page\/|http\/docs-page\.ts$|observe\/span-exporter\.ts$))/;

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const LINE_CHARACTERS_MAX = 120;

const source = sourceFiles("src/**/*.ts").filter((file) => !file.path.startsWith("src/gen/"));
const written = [...source, ...sourceFiles("scripts/**/*.ts", "test/**/*.ts")];

function importFaults(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ specifier }) => importFault(file, specifier)),
  );
}

function importFault({ path }: SourceFile, specifier: string): string[] {
  const from = moduleOf(path);
  const target = resolveImport(path, specifier);
  if (target === undefined) {
    const owner = Object.keys(OWNERS).find(
      (name) => specifier === name || specifier.startsWith(`${name}/`),
    );
    const owners = OWNERS[specifier] ?? (owner === undefined ? undefined : OWNERS[owner]);
    return owners === undefined || owners.includes(from)
      ? []
      : [`${path}: "${specifier}" belongs to ${owners.join(", ")}`];
  }
  if (!target.startsWith("src/")) {
    const data = target.startsWith("targets/")
      ? "target"
      : target === "package.json"
        ? "about"
        : "";
    return data === from ? [] : [`${path}: reaches out of src: ${target}`];
  }
  const to = moduleOf(target);
  if (to === from) return [];
  if (!(MAY_IMPORT[from] ?? []).includes(to)) return [`${path}: ${from} may not import ${to}`];
  const part = from === "cli" ? CLI_PART[to] : undefined;
  if (part !== undefined && !path.startsWith(part))
    return [`${path}: only ${part} may import ${to}`];
  if (to === "gen" || target === `src/${to}/index.ts` || to === "main") return [];
  return [`${path}: enters ${to} past its door: ${target}`];
}

/** Files reachable from `entry`; `lazy` says whether dynamic imports are followed. */
function reachable(files: readonly SourceFile[], entry: string, lazy: boolean): Set<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.add(path);
    for (const step of file.imports) {
      const target = resolveImport(path, step.specifier);
      if (target !== undefined && (lazy || !step.lazy)) visit(target);
    }
  };
  visit(entry);
  return seen;
}

/** Cycles of static imports, each as "a -> b -> a". */
function cycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    const file = byPath.get(path);
    if (file === undefined || done.has(path) || trail.includes(path)) return;
    for (const { specifier, lazy } of file.imports) {
      const target = resolveImport(path, specifier);
      if (target !== undefined && !lazy) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
  return found;
}

/** Named functions and methods longer than the limit. Braces are counted from the line that opens the body. */
function longFunctions({ path, lines }: SourceFile): string[] {
  const opening =
    /^(\s*)(?:export\s+)?(?:(?:async\s+)?function\b|(?:static\s+|override\s+|async\s+)*(?!void\b|return\b|await\b)#?\w+\s*(?:<.*>)?\(.*\).*\{$)/;
  return lines.flatMap((line, index) => {
    const indent = opening.exec(line)?.[1];
    if (indent === undefined) return [];
    const length = lines.slice(index).indexOf(`${indent}}`);
    return length > FUNCTION_LINES_MAX ? [`${path}:${index + 1}: function of ${length} lines`] : [];
  });
}

/** The formatter breaks code; literals it cannot break may be longer. */
function tooWide(line: string): boolean {
  return line.length > LINE_CHARACTERS_MAX && !/^\s*(const \w+ = )?[/`"'].*[/`"'][,;]?$/.test(line);
}

function planted(path: string, text: string): SourceFile {
  const lazy = [...text.matchAll(/import\("([^"]+)"\)/g)].map((m) => ({
    specifier: m[1] ?? "",
    lazy: true,
  }));
  const eager = [...text.matchAll(/from "([^"]+)"/g)].map((m) => ({
    specifier: m[1] ?? "",
    lazy: false,
  }));
  return { path, text, lines: text.split("\n"), imports: [...eager, ...lazy] };
}

describe("imports", () => {
  test("every module imports only what its row lists, through the door, and owners keep their packages", () => {
    expect(importFaults(source)).toEqual([]);
  });

  test("a planted import against the rules is found", () => {
    const faults = importFaults([
      planted("src/format/open.ts", 'import type { Task } from "../task/index.ts";'),
      planted("src/server/http/app.ts", 'import { openFile } from "../../runtime/load-engine.ts";'),
      planted("src/builder/build.ts", 'import { Hono } from "hono";'),
      planted("src/io/file.ts", 'import x from "../../scripts/base.ts";'),
      planted("src/cli/output.ts", 'import { serve } from "../server/index.ts";'),
    ]);
    expect(faults).toEqual([
      "src/format/open.ts: format may not import task",
      "src/server/http/app.ts: enters runtime past its door: src/runtime/load-engine.ts",
      'src/builder/build.ts: "hono" belongs to server',
      "src/io/file.ts: reaches out of src: scripts/base.ts",
      "src/cli/output.ts: only src/cli/runtime/ may import server",
    ]);
  });

  test("every folder of src is a module of the table and every module has a door", () => {
    const modules = [...new Set(source.map((file) => moduleOf(file.path)))];
    expect(modules.filter((name) => MAY_IMPORT[name] === undefined)).toEqual([]);
    const rooms = modules.filter((name) => name !== "main" && name !== "gen");
    expect(rooms.filter((name) => !existsSync(join(ROOT, "src", name, "index.ts")))).toEqual([]);
  });

  test("no file imports itself over others", () => {
    expect(cycles(source)).toEqual([]);
    const a = planted("src/io/a.ts", 'from "./b.ts"');
    const b = planted("src/io/b.ts", 'from "./a.ts"');
    expect(cycles([a, b])).toEqual(["src/io/a.ts -> src/io/b.ts -> src/io/a.ts"]);
  });

  test("the runtime loads no builder and the builder no server", () => {
    const within = (entry: string, folder: string) =>
      [...reachable(source, entry, true)].filter((path) => path.startsWith(folder));
    expect(within("src/cli/runtime/index.ts", "src/builder/")).toEqual([]);
    expect(within("src/cli/builder/index.ts", "src/server/")).toEqual([]);
    expect(within("src/cli/builder/index.ts", "src/runtime/")).toEqual([]);
    expect(within("src/runtime/worker.ts", "src/server/")).toEqual([]);
    expect(within("src/cli/runtime/index.ts", "src/download/")).toEqual([]);
  });

  test("what every start loads holds no server, builder, tokenizer or inference code", () => {
    const heavy = [
      "server",
      "builder",
      "contract",
      "tokenizer",
      "onnx",
      "task",
      "tensor",
      "target",
    ];
    const loaded = [...reachable(source, "src/main.ts", false)].map(moduleOf);
    expect(loaded.filter((name) => heavy.includes(name))).toEqual([]);
  });

  test("every file of src is reachable from an entry", () => {
    const entries = [
      "main.ts",
      ...["runtime/worker.ts", "runtime/tokenizer-worker.ts", "server/page/main.ts"],
    ].map((path) => `src/${path}`);
    const live = new Set(entries.flatMap((entry) => [...reachable(source, entry, true)]));
    expect(source.map((file) => file.path).filter((path) => !live.has(path))).toEqual([]);
  });
});

describe("files", () => {
  test("each opens with a comment that says what it is for", () => {
    const silent = written.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(file.text));
    expect(silent.map((file) => file.path)).toEqual([]);
  });

  test("none is longer than the limit, nor is a function or a line", () => {
    const corpus = (path: string) => /corpus|unicode-table/.test(path);
    const measured = written.filter((file) => !corpus(file.path));
    const inSource = measured.filter((file) => !file.path.startsWith("test/"));
    const long = inSource.filter((file) => file.lines.length > FILE_LINES_MAX + 1);
    expect(long.map((file) => `${file.path}: ${file.lines.length}`)).toEqual([]);
    expect(inSource.flatMap(longFunctions)).toEqual([]);
    const wide = measured.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => (tooWide(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(wide).toEqual([]);
  });

  test("a planted function above the limit is found", () => {
    const body = Array.from({ length: FUNCTION_LINES_MAX + 1 }, () => "  work();").join("\n");
    const file = planted("src/io/a.ts", `export function long(): void {\n${body}\n}`);
    expect(longFunctions(file)).toHaveLength(1);
  });

  test("names say what is inside", () => {
    const vague = /(^|\/)(utils?|common|shared|helpers?|misc|core|types|constants)(\.ts|\/)/;
    const named = written
      .map((file) => file.path)
      .filter((path) => !path.startsWith("test/helper/"));
    expect(named.filter((path) => vague.test(path))).toEqual([]);
    expect(vague.test("src/io/utils.ts")).toBe(true);
  });

  test("only downloads, the exporter of traces, measurements and the pages for browsers call out", () => {
    const fault = ({ path, lines }: SourceFile): string[] => {
      const code = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join("\n");
      const calls =
        /(?<![\w.#])fetch\((?!\w+\??:)|\bglobalThis\.fetch\b|from "node:(net|http|https|tls|dns)"/;
      return calls.test(code) && !CALLS_OUT.test(path) ? [path] : [];
    };
    expect(source.flatMap(fault)).toEqual([]);
    expect(fault(planted("src/base/get.ts", "const answer = await fetch(url);"))).toHaveLength(1);
    expect(fault(planted("src/server/app.ts", "return await app.fetch(request);"))).toEqual([]);
  });

  test("only the command line prints and reads the environment; nothing is left for later", () => {
    const fault = ({ path, lines }: SourceFile): string[] => {
      const text = lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join("\n");
      const inCli = path.startsWith("src/cli/") || path === "src/main.ts";
      return [
        ...(/\bconsole\./.test(text) && !path.startsWith("src/cli/") ? [`${path}: console`] : []),
        ...(/\bprocess\.env\b/.test(text) && !inCli ? [`${path}: process.env`] : []),
        ...(/\b(TODO|FIXME|XXX)\b/.test(lines.join("\n")) ? [`${path}: unfinished`] : []),
        ...(/:\s*any\b|<any>|\bas any\b/.test(text) ? [`${path}: any`] : []),
        ...(/^export default\b/m.test(text) ? [`${path}: default export`] : []),
      ];
    };
    expect(source.flatMap(fault)).toEqual([]);
    expect(fault(planted("src/io/a.ts", "console.log(process.env)")).length).toBe(2);
  });
});

describe("errors", () => {
  const tests = sourceFiles("test/**/*.ts")
    .map((file) => file.text)
    .join("\n");
  const code = source.map((file) => file.text).join("\n");

  test("every code is thrown somewhere and has a test that names it", () => {
    const codes = Object.keys(ERROR_KIND);
    const thrown = code.replaceAll(/^ {2}[A-Z_]+: "[a-z_]+",$/gm, "");
    expect(codes.filter((name) => !thrown.includes(`"${name}"`))).toEqual([]);
    expect(codes.filter((name) => !tests.includes(name))).toEqual([]);
  });

  test("only coded errors and assertions are thrown in src", () => {
    const bare = source.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        /throw new (Error|TypeError|RangeError)\(/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
    );
    expect(bare).toEqual([]);
  });
});

describe("documents", () => {
  test("commands that the documents name exist", () => {
    const scripts = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts;
    const documents = [...new Bun.Glob("{*,docs/*}.md").scanSync(ROOT)].map((name) =>
      readFileSync(join(ROOT, name), "utf8"),
    );
    const named = documents
      .join("\n")
      .matchAll(/\bbun(?:@[\d.]+)? run ([a-z][a-z0-9:-]*)/g)
      .map((match) => match[1] ?? "");
    expect([...named].filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test("the README stays short and every markdown file has one title", () => {
    const lines = readFileSync(join(ROOT, "README.md"), "utf8").split("\n");
    expect(lines.length).toBeLessThanOrEqual(200);
    const files = [...new Bun.Glob("{*.md,docs/*.md,src/**/*.md,targets/*.md}").scanSync(ROOT)];
    const titles = (path: string) =>
      readFileSync(join(ROOT, path), "utf8")
        .replaceAll(/^```.*?^```/gms, "")
        .match(/^# /gm)?.length;
    expect(files.filter((path) => titles(path) !== 1)).toEqual([]);
  });
});
