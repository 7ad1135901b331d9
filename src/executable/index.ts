// Door of the module `executable`.
export { findForeignFaults } from "./check-foreign-signature.ts";
export {
  findHeadFault,
  findOwnSignature,
  findSignatureFaults,
  hasOwnLength,
  type SignatureFault,
} from "./check-signature.ts";
export { SIGNATURE_ALIGNMENT, signatureByteLength } from "./code-signature.ts";
export { CodeSigner } from "./code-signer.ts";
export { readMachine } from "./machine.ts";
export {
  baseEnd,
  canonicalBase,
  hasBaseLength,
  isSignedAtEnd,
  payloadEnd,
  payloadEndBefore,
  signedBase,
  statedSignature,
} from "./payload-end.ts";
export { findStamp } from "./stamp.ts";
