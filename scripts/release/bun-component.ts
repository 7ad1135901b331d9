// Bun inside a base: the executable of the target, and what it links, as the licence page of the same version lists it.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { hostTarget, type Target } from "../../src/target/index.ts";
import { type Component, npmPurl } from "./component.ts";
import { sha256 } from "./digest.ts";
import { standardText } from "./licence-notice.ts";

const ROOT = resolve(import.meta.dir, "../..");
/** The npm package of types carries Bun's documentation. */
const DOCS = join(ROOT, "node_modules/bun-types");
const OS_NAME = { linux: "Linux", darwin: "macOS", windows: "Windows" } as const;

/** SPDX identifiers of what the page writes in words. */
const SPDX: ReadonlyMap<string, string> = new Map([
  ["MIT", "MIT"],
  ["Apache 2.0", "Apache-2.0"],
  ["BSD 2-Clause", "BSD-2-Clause"],
  ["BSD 3-Clause", "BSD-3-Clause"],
  ["LGPL-2", "LGPL-2.0"],
  ["LGPL v2.1", "LGPL-2.1"],
  ["zlib", "Zlib"],
]);

/** Throws unless the compiler, the page and the version the project names are the same. */
export function bunComponent(target: Target): Component {
  const { version } = readJson(join(DOCS, "package.json"));
  const { packageManager } = readJson(join(ROOT, "package.json"));
  if (packageManager !== `bun@${Bun.version}` || version !== Bun.version) {
    throw new Error(
      `Cannot release with Bun ${Bun.version}: package.json names ${packageManager}, ` +
        `and bun-types of node_modules is of ${version}`,
    );
  }
  const page = licencePage();
  const ref = `pkg:github/oven-sh/bun@bun-v${Bun.version}`;
  return {
    ref,
    kind: "application",
    name: "bun",
    version: Bun.version,
    purl: ref,
    licence: "MIT",
    website: "https://bun.com",
    ...bunHash(target),
    remark: "The runtime: every base is this executable with the program inside",
    notices: [page, ...["LGPL-2.0", "LGPL-2.1"].flatMap((name) => standardText(name) ?? [])],
    parts: linkedParts(page, { ref, target }),
  };
}

/** Bun's own statement of what it links and under which licences, without the page's settings. */
function licencePage(): string {
  const text = readFileSync(join(DOCS, "docs/project/license.mdx"), "utf8");
  return text.replace(/^---\n[\s\S]*?\n---\n/, "").trim();
}

type Inside = { readonly ref: string; readonly target: Target };

/** The engine and the rows of both tables: libraries that are linked, and packages that are embedded. */
function linkedParts(page: string, { ref, target }: Inside): Component[] {
  if (!page.includes("statically links JavaScriptCore")) {
    throw new Error("Cannot read the licence page of Bun: it says nothing about JavaScriptCore");
  }
  const engine = part({
    ref,
    name: "JavaScriptCore",
    licence: "LGPL-2",
    website: "https://github.com/oven-sh/webkit",
  });
  const libraries = tableRows(page, "Library").filter(({ remark = "" }) => {
    const only = /\(on (.*)\)/.exec(remark)?.[1];
    return only?.includes(OS_NAME[target.os]) ?? true;
  });
  const embedded = tableRows(page, "Package");
  if (libraries.length < 10 || embedded.length < 10) {
    throw new Error("Cannot read the licence page of Bun: its tables are not where they were");
  }
  return [
    engine,
    ...libraries.map((row) => part({ ref, ...row })),
    ...embedded.map((row) => ({ ...part({ ref, ...row }), purl: npmPurl(row.name) })),
  ];
}

type Row = Pick<Component, "name" | "licence" | "website" | "remark">;

function part({ ref, licence, ...row }: Row & { readonly ref: string }): Component {
  return {
    ...row,
    ref: `${ref}#${row.name}`,
    kind: "library",
    licence: SPDX.get(licence) ?? licence,
    notices: [],
    parts: [],
  };
}

/** Rows of the table whose first column has that title: "| [`name`](website) remark | licence |". */
function tableRows(page: string, title: string): Row[] {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${title} `));
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, end < 0 ? rest.length : end).map((line) => {
    const [, library = "", licence = ""] = line.split("|").map((cell) => cell.trim());
    const link = /^(.*)\[`?([^`\]]+)`?\]\(([^)]+)\)(.*)$/.exec(library);
    if (link === null) throw new Error(`Cannot read the licence page of Bun at "${line}"`);
    const [, before = "", name = "", website = "", after = ""] = link;
    const remark = `${before}${after}`.trim();
    const words = licence.replace(/\[([^\]]+)\]\([^)]*\)/, "$1").replace(/ licensed$/, "");
    return { name, website, licence: words, ...(remark === "" ? {} : { remark }) };
  });
}

/** Of the executable that the compiler takes; none before it fetched that, which is when the first base is compiled. */
function bunHash(target: Target): Pick<Component, "hash"> {
  const path = bunExecutable(target);
  if (!existsSync(path)) return {};
  return { hash: { algorithm: "SHA-256", hex: sha256(readFileSync(path)) } };
}

/** The running one for this machine, else the one in the compiler's cache. */
function bunExecutable(target: Target): string {
  if (target.name === hostTarget().name) return process.execPath;
  const { stdout } = Bun.spawnSync([process.execPath, "pm", "cache"], { cwd: ROOT });
  const name = `${target.bunTarget.replace("arm64", "aarch64")}-v${Bun.version}`;
  return join(stdout.toString().trim(), name);
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(path, "utf8"));
}
