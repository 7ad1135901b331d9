// Base + manifest + assets -> one executable file. What the manifest says is decided by the caller; places, lengths and
// digests are filled in here.
import { assert, CodedError } from "../error/index.ts";
import { CodeSigner } from "../executable/index.ts";
import type { EncoderfileManifest } from "../gen/manifest_pb.ts";
import {
  type ByteSource,
  createSha256,
  type FileSink,
  sha256,
  toHex,
  writeFileAtomically,
} from "../io/index.ts";
import { encodeFooter } from "./footer.ts";
import { type Asset, encodeManifest, listAssets } from "./manifest.ts";
import { hasPayload } from "./open.ts";
import { inputPath, type Plan, planFile, type WriteRequest } from "./plan.ts";
import { encodeSeal } from "./seal.ts";

export type WriteOptions = {
  /** Replaces an existing file. */
  force?: boolean;
  /** Called as bytes are copied. */
  onProgress?: (doneByteLength: number, totalByteLength: number) => void;
  /** Called with the SHA-256 of the base once it is copied; what it throws ends the writing, and nothing is left. */
  onBase?: (sha256: Uint8Array) => void;
};

export type WriteResult = {
  /** Lower-case hexadecimal SHA-256 of the manifest. */
  modelDigest: string;
  byteLength: number;
  manifest: EncoderfileManifest;
  assets: readonly Asset[];
};

/** Owner may write, everybody may run. */
const EXECUTABLE_MODE = 0o755;

/**
 * Writes `path` atomically and executable. Reads every input once and hashes the bytes it writes, so the digests are
 * true of the file even when an input changes meanwhile (which is `IO_CHANGED`). Equal inputs give equal bytes.
 * Throws `FORMAT_BASE_HAS_PAYLOAD`, `FORMAT_CANNOT_HOLD`, `EXECUTABLE_INVALID` and `EXECUTABLE_TOO_LARGE`,
 * `IO_ALREADY_EXISTS` and what reading and writing throw.
 */
export function writeEncoderfile(
  request: WriteRequest,
  path: string,
  options: WriteOptions = {},
): WriteResult {
  if (hasPayload(request.base)) throw baseHasPayload(request.base.name);
  const plan = planFile(request, path);
  const mode = { force: options.force ?? false, mode: EXECUTABLE_MODE };
  const { codeSignatureByteOffset } = plan.layout;
  const signer =
    codeSignatureByteOffset === undefined
      ? undefined
      : new CodeSigner(request.base, codeSignatureByteOffset);
  return writeFileAtomically(path, mode, (sink) => {
    if (signer !== undefined) sink.observe((bytes, byteOffset) => signer.see(bytes, byteOffset));
    const { onBase } = options;
    copyParts(plan, sink, { signer, progress: progressOf(plan, options), onBase });
    const result = finish(plan, sink, path);
    if (signer !== undefined) sink.write(signer.sign(), signer.byteOffset);
    return result;
  });
}

type Progress = (byteLength: number) => void;

function progressOf(plan: Plan, options: WriteOptions): Progress {
  let done = 0;
  return (byteLength) => {
    done += byteLength;
    options.onProgress?.(done, plan.layout.byteLength);
  };
}

/** Who sees the bytes that are copied. */
type Watchers = {
  signer: CodeSigner | undefined;
  progress: Progress;
  onBase: WriteOptions["onBase"];
};

/** Copies base and assets; every digest of the plan's manifest is of the bytes that were written. */
function copyParts(plan: Plan, sink: FileSink, { signer, progress, onBase }: Watchers): void {
  const { manifest, request } = plan;
  const baseDigest =
    signer === undefined
      ? sink.copy(request.base, 0, progress)
      : copySignedBase(request.base, sink, { signer, progress });
  onBase?.(baseDigest);
  if (manifest.base !== undefined) manifest.base.sha256 = baseDigest;
  const digests = new Map<string, Uint8Array>();
  for (const { input, artifact, byteOffset } of plan.assets) {
    artifact.sha256 = sink.copy(input.content, byteOffset, progress);
    digests.set(inputPath(input, request.assets), artifact.sha256);
  }
  for (const file of manifest.provenance?.files ?? []) {
    if (plan.undigested.has(file.name)) file.sha256 = digests.get(file.name) ?? file.sha256;
  }
}

/** Copies the base up to its signature, and returns the digest of the base as it is when we sign it alone. */
function copySignedBase(
  base: ByteSource,
  sink: FileSink,
  { signer, progress }: { signer: CodeSigner; progress: Progress },
): Uint8Array {
  const hash = createSha256().update(signer.baseHead);
  sink.write(signer.head, 0);
  const start = signer.head.length;
  const rest = { start, byteLength: signer.heldByteLength - start, byteOffset: 0 };
  sink.copyRange(base, rest, (chunk) => {
    hash.update(chunk);
    progress(chunk.length);
  });
  hash.update(signer.signBase());
  base.checkUnchanged?.();
  return hash.digest();
}

/** Manifest, seal and footer: last, when all digests are known. */
function finish(plan: Plan, sink: FileSink, path: string): WriteResult {
  const { layout, manifest } = plan;
  const bytes = encodeManifest(manifest, path);
  assert(bytes.length === plan.manifestByteLength, "digests do not change the manifest's length");
  sink.write(bytes, layout.manifestByteOffset);
  const digest = sha256(bytes);
  const footer = encodeFooter({
    manifestByteOffset: layout.manifestByteOffset,
    manifestByteLength: bytes.length,
    sealed: layout.sealByteOffset !== undefined,
  });
  if (layout.sealByteOffset !== undefined) {
    const seal = encodeSeal({ manifestSha256: digest, footer, signature: undefined });
    sink.write(seal, layout.sealByteOffset);
  }
  sink.write(footer, layout.footerByteOffset);
  return {
    modelDigest: toHex(digest),
    byteLength: layout.byteLength,
    manifest,
    assets: listAssets(manifest, layout.manifestByteOffset),
  };
}

function baseHasPayload(name: string): CodedError {
  return new CodedError(
    "FORMAT_BASE_HAS_PAYLOAD",
    `Cannot use "${name}" as a base as it is an encoderfile already: name a bare base`,
  );
}
