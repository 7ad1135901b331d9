// Turns off the telemetry of ONNX Runtime. Since 1.29 the published libraries write a device identifier and an event
// database to the home folder and send them to their maker, unless this variable is set before the library is loaded.
// An encoderfile writes nothing and calls nobody.
import { CString, dlopen, FFIType } from "bun:ffi";
import { CodedError } from "../error/index.ts";

const OPT_OUT = "ORT_DISABLE_TELEMETRY";

/**
 * Sets the opt-out where native code reads it, in the environment of the process: `process.env` is a copy.
 * Must run before the library is loaded, and first on the main thread: it changes nothing where it was done before, as
 * no other thread may write what this one reads.
 */
export function disableTelemetry(): void {
  const library = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
  const calls = dlopen(library, {
    getenv: { args: [FFIType.cstring], returns: FFIType.ptr },
    setenv: { args: [FFIType.cstring, FFIType.cstring, FFIType.i32], returns: FFIType.i32 },
  }).symbols;
  const found = calls.getenv(Buffer.from(`${OPT_OUT}\0`));
  if (found !== null && String(new CString(found)) === "1") return;
  if (calls.setenv(Buffer.from(`${OPT_OUT}\0`), Buffer.from("1\0"), 1) === 0) return;
  throw new CodedError(
    "ONNX_NATIVE_FAILED",
    `Cannot set ${OPT_OUT}: ONNX Runtime is not loaded without it`,
  );
}
