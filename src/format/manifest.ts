// Manifest bytes <-> checked manifest: the rules that protobuf cannot say. Where assets may lie is for open.ts.
import {
  clearField,
  clone,
  type DescMessage,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { assert, CodedError } from "../error/index.ts";
import {
  type EncoderfileManifest,
  EncoderfileManifestSchema,
  ModelSchema,
} from "../gen/manifest_pb.ts";
import { SHA256_BYTE_LENGTH } from "../io/index.ts";
import { ASSET_SLOTS, listManifestAssets, type ManifestAsset } from "./asset.ts";
import {
  findPathConflicts,
  findPathFault,
  hasControlCharacter,
  hasDirectionMark,
  quoteName,
} from "./asset-path.ts";

/**
 * Read whole into memory, where a hostile one made of empty messages takes 75 times its length. The largest real ones,
 * with 100,000 labels, have about 3 MiB.
 */
export const MANIFEST_LENGTH_MAX = 4 * 1024 * 1024;
/** A model split into one external file per tensor has some hundreds. */
export const FILES_MAX = 4096;
/** `name` and `version` appear in every answer, in logs and on terminals. */
export const NAME_LENGTH_MAX = 1024;
/** A hostile manifest could have a fault in every field; the first few say enough. */
const FAULTS_SHOWN_MAX = 10;

/**
 * Field order, no maps, no clock: the same manifest always gives the same bytes. Throws `FORMAT_CANNOT_HOLD`, which is
 * the fault of the model, with all faults at once; `name` is the file, for messages.
 */
export function encodeManifest(manifest: EncoderfileManifest, name: string): Uint8Array {
  const faults = findFaults(manifest);
  faults.push(...findDirectionFaults(manifest));
  if (faults.length > 0) {
    const shown = shorten(faults);
    throw new CodedError(
      "FORMAT_CANNOT_HOLD",
      `Cannot write "${name}" as no encoderfile can hold this: ${shown.join("; ")}`,
      { detail: { faults: shown } },
    );
  }
  const bytes = toBinary(EncoderfileManifestSchema, manifest);
  if (bytes.length > MANIFEST_LENGTH_MAX) throw tooLarge(manifest, bytes.length, name);
  return bytes;
}

function tooLarge(manifest: EncoderfileManifest, found: number, name: string): CodedError {
  const { model } = manifest;
  const fields = fieldLengths(EncoderfileManifestSchema, manifest);
  if (model !== undefined) fields.push(...fieldLengths(ModelSchema, model));
  const { field, byteLength } = fields
    .filter((part) => part.field !== "model")
    .reduce((largest, part) => (part.byteLength > largest.byteLength ? part : largest));
  return new CodedError(
    "FORMAT_CANNOT_HOLD",
    `Cannot write "${name}" as its manifest would have ${found} bytes, more than ${MANIFEST_LENGTH_MAX}: ` +
      `${byteLength} of them are ${field}: make those fewer or shorter`,
    { detail: { found, expected: MANIFEST_LENGTH_MAX, field } },
  );
}

/** How many bytes each field takes. */
function fieldLengths<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): { field: string; byteLength: number }[] {
  const whole = toBinary(schema, message).length;
  return schema.fields.map((field) => {
    const rest = clone(schema, message);
    clearField(rest, field);
    return { field: field.name, byteLength: whole - toBinary(schema, rest).length };
  });
}

/** Throws `FORMAT_BAD_MANIFEST` with all faults at once; `name` is the file, for messages. */
export function decodeManifest(bytes: Uint8Array, name: string): EncoderfileManifest {
  let manifest: EncoderfileManifest;
  try {
    manifest = fromBinary(EncoderfileManifestSchema, bytes);
  } catch (thrown) {
    throw new CodedError(
      "FORMAT_BAD_MANIFEST",
      `Cannot open "${name}" as its manifest is not a protobuf message of the expected kind: ` +
        "the file is damaged, get it anew",
      { cause: thrown },
    );
  }
  const faults = findFaults(manifest);
  if (faults.length === 0) return manifest;
  const shown = shorten(faults);
  throw new CodedError(
    "FORMAT_BAD_MANIFEST",
    `Cannot open "${name}" as its manifest breaks the rules of the format: ${shown.join("; ")}`,
    { detail: { faults: shown } },
  );
}

/** To be asked before the bytes are read. */
export function checkLength(byteLength: number, name: string): void {
  if (byteLength > 0 && byteLength <= MANIFEST_LENGTH_MAX) return;
  throw new CodedError(
    "FORMAT_BAD_MANIFEST",
    `Cannot open "${name}" as its manifest has ${byteLength} bytes: ` +
      `1 to ${MANIFEST_LENGTH_MAX} are possible`,
    { detail: { found: byteLength, expected: `1 to ${MANIFEST_LENGTH_MAX}` } },
  );
}

function shorten(faults: readonly string[]): readonly string[] {
  const hidden = faults.length - FAULTS_SHOWN_MAX;
  const shown = faults.slice(0, FAULTS_SHOWN_MAX);
  return hidden > 0 ? [...shown, `and ${hidden} more`] : shown;
}

function findFaults(manifest: EncoderfileManifest): string[] {
  if (manifest.files.length > FILES_MAX) {
    return [`files: found ${manifest.files.length}, at most ${FILES_MAX} are possible`];
  }
  const assets = listManifestAssets(manifest);
  const faults = [...findTextFaults(manifest), ...findNameFaults(manifest)];
  for (const asset of assets) faults.push(...findArtifactFaults(asset));
  // Conflicts of names that are bad in themselves would only repeat the news.
  if (faults.length === 0) faults.push(...findPathConflicts(assets));
  faults.push(...findBaseFaults(manifest));
  return faults;
}

function findTextFaults(manifest: EncoderfileManifest): readonly string[] {
  const faults: string[] = [];
  if (manifest.modelType === 0) faults.push("model_type: is not stated");
  for (const field of ["name", "version"] as const) {
    const text = manifest[field];
    if (text.length > NAME_LENGTH_MAX) {
      faults.push(`${field}: has ${text.length} characters, at most ${NAME_LENGTH_MAX}`);
    }
    if (hasControlCharacter(text)) faults.push(`${field}: contains a control character`);
  }
  return faults;
}

function findNameFaults(manifest: EncoderfileManifest): readonly string[] {
  const faults: string[] = [];
  for (const { kind, field } of ASSET_SLOTS) {
    const name = manifest[field]?.name ?? "";
    const fault = name === "" ? undefined : findPathFault(name);
    if (fault !== undefined) faults.push(`${kind}: the name ${quoteName(name)} ${fault}`);
  }
  for (const [index, file] of manifest.files.entries()) {
    const fault = findPathFault(file.name);
    if (fault !== undefined) {
      faults.push(`files[${index}]: the name ${quoteName(file.name)} ${fault}`);
    }
    if (file.artifact === undefined) faults.push(`files[${index}]: has no artifact`);
    else if (file.artifact.name !== "") faults.push(`files[${index}]: has two names`);
  }
  return faults;
}

/** Of what is written only: files that have such names are to stay readable. */
function findDirectionFaults(manifest: EncoderfileManifest): readonly string[] {
  const texts = [
    { what: "name", text: manifest.name },
    { what: "version", text: manifest.version },
    ...listManifestAssets(manifest).map(({ kind, name }) => ({ what: kind, text: name })),
  ];
  return texts
    .filter(({ text }) => hasDirectionMark(text))
    .map(({ what, text }) => `${what}: ${quoteName(text)} turns the direction of writing`);
}

function findArtifactFaults(asset: ManifestAsset): readonly string[] {
  const faults: string[] = [];
  const { offset, length, sha256 } = asset.artifact;
  // Sums of the two must be exact too, hence the sum.
  if (offset + length > BigInt(Number.MAX_SAFE_INTEGER)) {
    faults.push(`${asset.kind}: offset ${offset} and length ${length} lie beyond any file`);
  }
  if (sha256.length !== SHA256_BYTE_LENGTH) {
    faults.push(`${asset.kind}: the sha256 has ${sha256.length} bytes, not ${SHA256_BYTE_LENGTH}`);
  }
  return faults;
}

function findBaseFaults(manifest: EncoderfileManifest): readonly string[] {
  const { base } = manifest;
  if (base === undefined) return [];
  const faults: string[] = [];
  if (base.length > BigInt(Number.MAX_SAFE_INTEGER)) {
    faults.push(`base: length ${base.length} lies beyond any file`);
  }
  if (base.sha256.length !== SHA256_BYTE_LENGTH) {
    faults.push(`base: the sha256 has ${base.sha256.length} bytes, not ${SHA256_BYTE_LENGTH}`);
  }
  return faults;
}

/** An asset with its place in numbers. */
export type Asset = Omit<ManifestAsset, "artifact" | "role"> & {
  /** Of files only. */
  role?: NonNullable<ManifestAsset["role"]>;
  /** Absolute, from the start of the file. */
  byteOffset: number;
  byteLength: number;
  /** Lower-case hexadecimal. */
  sha256: string;
};

/** The assets of a checked manifest that begins at `manifestByteOffset`, in the order of its fields. */
export function listAssets(
  manifest: EncoderfileManifest,
  manifestByteOffset: number,
): readonly Asset[] {
  return listManifestAssets(manifest).map(({ kind, name, role, artifact }) => {
    const relative = Number(artifact.offset);
    assert(Number.isSafeInteger(relative), "the manifest was checked");
    return {
      kind,
      name,
      ...(role === undefined ? {} : { role }),
      byteOffset: manifestByteOffset + relative,
      byteLength: Number(artifact.length),
      sha256: artifact.sha256.toHex(),
    };
  });
}
