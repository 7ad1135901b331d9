// What a file that is to be a base says of itself, and whether it can be one.
import { type BaseIdentity, VERSION } from "../about/index.ts";
import { CodedError } from "../error/index.ts";
import { findStamp, hasBaseLength, readMachine } from "../executable/index.ts";
import { hasPayload } from "../format/index.ts";
import type { ByteSource } from "../io/index.ts";
import { TARGETS } from "../target/index.ts";
import { hasOnlyKnownBases } from "./known-base.ts";

/**
 * What an executable says of itself: system and processor from its header, the rest from the stamp in its bytes. A
 * released builder is a base, too, with a list behind it. Throws `BASE_INVALID` when it is none.
 */
export function readBaseIdentity(source: ByteSource): BaseIdentity {
  const machine = readMachine(source);
  if (machine === undefined) {
    failBase(
      source.name,
      "it must be an executable for Linux, macOS or Windows: found none",
      "name a base",
    );
  }
  if (hasPayload(source)) {
    failBase(
      source.name,
      "it must hold no model: found one",
      "name the executable it was built from",
    );
  }
  const identity = findStamp(source);
  if (identity === undefined) {
    const remedy = "name a released base, or get it anew if it was cut short";
    failBase(source.name, "it must carry the stamp of a base: found none", remedy);
  }
  if (identity.target !== machine || !TARGETS.some(({ name }) => name === machine)) {
    failBase(
      source.name,
      `its header and its stamp must agree: found ${machine} and ${identity.target}`,
      "get the base anew",
    );
  }
  if (!hasBaseLength(identity, source) && !hasOnlyKnownBases(source, identity.length)) {
    // A base for macOS has a signature of this project's making: with another one its digest could not be found again.
    if (source.byteLength === identity.length) {
      const remedy = "compile it anew, or get a released one";
      failBase(source.name, "it must be signed as bases are: found another signature", remedy);
    }
    const found = `found ${source.byteLength}`;
    failBase(source.name, `it must have ${identity.length} bytes: ${found}`, "is it complete?");
  }
  return identity;
}

/** Throws `BASE_INVALID` unless the identity is of this target and of this program's version. */
export function checkIdentity(
  name: string,
  identity: Pick<BaseIdentity, "target" | "version">,
  target: string,
): void {
  if (identity.target !== target) {
    failBase(
      name,
      `it must be for ${target}: found one for ${identity.target}`,
      "name another file",
    );
  }
  if (identity.version !== VERSION) {
    const remedy = "get the base of that version, or name this one with --base if it is meant";
    failBase(name, `it must be of version ${VERSION}: found ${identity.version}`, remedy);
  }
}

export function failBase(name: string, expected: string, remedy: string): never {
  throw new CodedError("BASE_INVALID", `Cannot use "${name}" as a base as ${expected}: ${remedy}`, {
    detail: { expected },
  });
}
