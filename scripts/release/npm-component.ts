// The npm packages that are in a base: what the bundler put there, not what package.json asks for.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Component, npmPurl } from "./component.ts";
import { licenceNotices } from "./licence-notice.ts";

const ROOT = resolve(import.meta.dir, "../..");
/** Runs of the program (and its threads), and the page it serves. */
const BUNDLES: readonly Pick<Bun.BuildConfig, "entrypoints" | "target">[] = [
  {
    entrypoints: ["src/main.ts", "src/runtime/worker.ts", "src/runtime/tokenizer-worker.ts"],
    target: "bun",
  },
  { entrypoints: ["src/server/page/main.ts"], target: "browser" },
];
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** The packages of which at least one byte is in the bundle, by name. */
export async function bundledPackages(): Promise<Component[]> {
  const files = new Map<string, string[]>();
  for (const path of await bundledFiles()) {
    const folder = PACKAGE_FOLDER.exec(path)?.[0];
    if (folder === undefined) continue;
    files.set(folder, [...(files.get(folder) ?? []), join(ROOT, path)]);
  }
  return [...files]
    .map(([folder, paths]) => npmComponent(folder, paths))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** Paths from the root of all files that have a part in the output. */
async function bundledFiles(): Promise<string[]> {
  const paths: string[] = [];
  for (const { entrypoints, target = "bun" } of BUNDLES) {
    const { metafile } = await Bun.build({
      entrypoints: entrypoints.map((path) => join(ROOT, path)),
      root: ROOT,
      target,
      minify: true,
      metafile: true,
    });
    for (const output of Object.values(metafile?.outputs ?? {})) {
      const inside = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput);
      paths.push(...inside.map(([path]) => path));
    }
  }
  if (!paths.some((path) => path.endsWith("src/main.ts"))) {
    throw new Error("Cannot tell which packages are in a base: the bundler lists no src/main.ts");
  }
  return [...new Set(paths)];
}

/** A package of node_modules as a component; `folder` is relative to the root, `files` are those in the base. */
export function npmComponent(folder: string, files: readonly string[]): Component {
  const path = join(ROOT, folder);
  const { name, version, license, homepage } = JSON.parse(
    readFileSync(join(path, "package.json"), "utf8"),
  );
  if (typeof license !== "string") throw new Error(`Cannot tell the licence of ${folder}`);
  const licence = license.replace(/^\((.*)\)$/, "$1");
  return {
    ref: npmPurl(name, version),
    kind: "library",
    name,
    version,
    purl: npmPurl(name, version),
    licence,
    ...(typeof homepage === "string" ? { website: homepage } : {}),
    hash: lockedHash(name, version),
    notices: licenceNotices({ folder: path, licence, files }),
    parts: [],
  };
}

/** The digest of the package as the lockfile has it. */
function lockedHash(name: string, version: string): NonNullable<Component["hash"]> {
  const lock = Bun.JSONC.parse(readFileSync(join(ROOT, "bun.lock"), "utf8")) as {
    readonly packages: Readonly<Record<string, readonly unknown[]>>;
  };
  const entry = Object.values(lock.packages).find(([id]) => id === `${name}@${version}`);
  const integrity = entry?.at(-1);
  if (typeof integrity !== "string" || !integrity.startsWith("sha512-")) {
    throw new Error(`Cannot find the digest of ${name}@${version} in bun.lock: run "bun install"`);
  }
  const hex = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
  return { algorithm: "SHA-512", hex };
}
