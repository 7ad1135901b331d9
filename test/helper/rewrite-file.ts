// Writes an encoderfile anew with other assets: every digest holds, and only what the assets say has changed.
import {
  type AssetInput,
  assetSource,
  openFile,
  writeEncoderfile,
} from "../../src/format/index.ts";
import { FileSource, MemorySource, sliceSource } from "../../src/io/index.ts";

/** New bytes of an asset by its name; undefined removes it. */
export type Rewrite = Readonly<Record<string, string | Uint8Array | undefined>>;

export function rewriteFile(from: string, to: string, changes: Rewrite): string {
  using source = new FileSource(from);
  const opened = openFile(source);
  const { manifest } = opened;
  const assets = opened.assets.flatMap((asset): AssetInput[] => {
    const { kind, name, role } = asset;
    const changed = changes[name];
    if (Object.hasOwn(changes, name) && changed === undefined) return [];
    const bytes = typeof changed === "string" ? new TextEncoder().encode(changed) : changed;
    const content = bytes ? new MemorySource(bytes, name) : assetSource(opened, asset);
    if (kind !== "file") return [{ kind, name, content }];
    return [{ kind, name, role: role ?? 0, content }];
  });
  const byteLength = Number(manifest.base?.length ?? 0n);
  const base = sliceSource(source, { byteOffset: 0, byteLength }, "base");
  const { modelType, name, version, model, provenance, builderVersion } = manifest;
  const { version: baseVersion = "", target = "", onnxruntimeVersion = "" } = manifest.base ?? {};
  const draft = {
    ...{ modelType, name, version, builderVersion },
    base: { version: baseVersion, target, onnxruntimeVersion },
    ...(model && { model }),
    ...(provenance && { provenance }),
  };
  writeEncoderfile({ base, manifest: draft, assets }, to, { force: true });
  return to;
}
