// ONNX Runtime inside a base: the npm package its target names, with the native files that are embedded of it.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Target } from "../../src/target/index.ts";
import type { Component } from "./component.ts";
import { sha256 } from "./digest.ts";
import { npmComponent } from "./npm-component.ts";

const ROOT = resolve(import.meta.dir, "../..");
const REPOSITORY = "https://github.com/microsoft/onnxruntime";

/** Throws when the package that is installed has another version than the target asks for. */
export function onnxruntimeComponent({ name, onnxruntime }: Target): Component {
  const folder = join("node_modules", onnxruntime.package);
  const code = readdirSync(join(ROOT, folder, "dist")).filter((file) => file.endsWith(".js"));
  const component = npmComponent(
    folder,
    code.map((file) => join(ROOT, folder, "dist", file)),
  );
  const { version } = onnxruntime;
  if (component.version !== version) {
    throw new Error(
      `Cannot release ${name}: it asks for ONNX Runtime ${version}, found ${component.version}`,
    );
  }
  return {
    ...component,
    website: REPOSITORY,
    remark: "The inference library; of the package only the files below are in the base",
    notices: [...component.notices, ownNotices(version)],
    parts: [onnxruntime.library, onnxruntime.addon].map((path) => ({
      ref: `${component.ref}#${path}`,
      kind: "file",
      name: basename(path),
      version,
      licence: component.licence,
      hash: { algorithm: "SHA-256", hex: sha256(readFileSync(join(ROOT, folder, path))) },
      notices: [],
      parts: [],
    })),
  };
}

/** The package does not carry the texts of what the library is linked from. */
function ownNotices(version: string): string {
  return `ONNX Runtime contains other software in turn. Its npm package carries no list of that; for this version it is
${REPOSITORY}/blob/v${version}/ThirdPartyNotices.txt`;
}
