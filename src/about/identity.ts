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
};

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

/** The text a base carries: `BASE_MARKER`, then the identity. */
export function baseStamp(identity: BaseIdentity): string {
  const { version, target, onnxruntime } = identity;
  return BASE_MARKER + JSON.stringify({ version, target, onnxruntime });
}
