// Door of the module `executable`.
export {
  findHeadFault,
  findOwnSignature,
  findSignatureFaults,
  hasOwnLength,
  type SignatureFault,
} from "./check-signature.ts";
export { SIGNATURE_ALIGNMENT, signatureByteLength } from "./code-signature.ts";
export { readMachine } from "./machine.ts";
export {
  baseEnd,
  CodeSigner,
  canonicalBase,
  hasBaseLength,
  isSignedAtEnd,
  payloadEnd,
  signedExecutable,
} from "./payload-end.ts";
export { findStamp } from "./stamp.ts";
