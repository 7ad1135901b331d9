// What this program is: its version, and the identity the build of a base stamps into it.
import packageFile from "../../package.json" with { type: "json" };

/** Version of this program. */
export const VERSION: string = packageFile.version;

/** What a base says of itself. */
export type BaseIdentity = {
  readonly version: string;
  /** Such as "linux-x64". */
  readonly target: string;
  /** Version of the inference library inside. */
  readonly onnxruntime: string;
  /** Bytes of the base: a file of its code that is longer has a payload, or the remains of one. */
  readonly length: number;
};

/** Digits of the length, spaces included: the stamp has the same size whatever it says. */
const LENGTH_DIGITS = 12;

/**
 * Stands before the identity in a base, so that a builder finds it in the bytes of a base it cannot run. JSON follows,
 * without line feeds, up to its closing brace.
 */
export const BASE_MARKER = "encoderfile-base:";

/** Put in place by scripts/base.ts; absent when the program runs from source. */
declare const ENCODERFILE_BASE_STAMP: string | undefined;

/** The identity of the running base, or undefined when the program runs from source. */
export function baseIdentity(): BaseIdentity | undefined {
  if (typeof ENCODERFILE_BASE_STAMP !== "string") return undefined;
  return JSON.parse(ENCODERFILE_BASE_STAMP.slice(BASE_MARKER.length)) as BaseIdentity;
}

/** The text a base carries: `BASE_MARKER`, then the identity as JSON. */
export function baseStamp({ version, target, onnxruntime, length }: BaseIdentity): string {
  const fields = JSON.stringify({ version, target, onnxruntime }).slice(0, -1);
  return `${BASE_MARKER}${fields},"length":${String(length).padStart(LENGTH_DIGITS)}}`;
}
