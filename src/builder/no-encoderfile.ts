// What a file is that turned out to be no encoderfile: a plain base, what is left of an encoderfile, or something else.
import { hasOnlyKnownBases } from "../base/index.ts";
import { CodedError } from "../error/index.ts";
import { findStamp, hasBaseLength, readMachine } from "../executable/index.ts";
import type { ByteSource } from "../io/index.ts";

/**
 * The reason why a file without footer and seal cannot be opened: `FORMAT_DAMAGED_FOOTER` when it was an encoderfile
 * once, else `FORMAT_NOT_ENCODERFILE`. Searches executables for the stamp of a base.
 */
export function explainNoEncoderfile(source: ByteSource): CodedError {
  const { name, byteLength } = source;
  // Other files are not searched: they may be large, and what they say of bases means nothing.
  const identity = readMachine(source) === undefined ? undefined : findStamp(source);
  if (identity === undefined) {
    return new CodedError(
      "FORMAT_NOT_ENCODERFILE",
      `Cannot open "${name}" as it is not an encoderfile: one ends in a footer, which is not there: ` +
        'is it complete, and was it made by "encoderfile build"?',
      { detail: { found: "no footer" } },
    );
  }
  const { target, version, length } = identity;
  const base = `base (${target}, version ${version})`;
  if (hasBaseLength(identity, source) || hasOnlyKnownBases(source, length)) {
    return new CodedError(
      "FORMAT_NOT_ENCODERFILE",
      `Cannot open "${name}" as an encoderfile as this is a ${base}, it carries no model: ` +
        'build one with "encoderfile build MODEL_DIR"',
      { detail: { found: "base", target, version } },
    );
  }
  const isCut = byteLength < length;
  const found = isCut ? `the first ${byteLength} bytes` : `${byteLength - length} bytes behind it`;
  return new CodedError(
    isCut ? "FORMAT_NOT_ENCODERFILE" : "FORMAT_DAMAGED_FOOTER",
    `Cannot open "${name}" as it must be a ${base} with a model and a footer behind it: found ${found} and no ` +
      "footer: it was cut short or damaged, get it anew",
    { detail: { found: byteLength, expected: length } },
  );
}
