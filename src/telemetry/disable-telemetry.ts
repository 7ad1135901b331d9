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
  if (setEnvironment() === 0) return;
  throw new CodedError(
    "ONNX_NATIVE_FAILED",
    `Cannot set ${OPT_OUT}: ONNX Runtime is not loaded without it`,
  );
}

/** Zero when the C library says so. */
function setEnvironment(): number {
  const [name, value] = [Buffer.from(`${OPT_OUT}\0`), Buffer.from("1\0")];
  const { cstring, i32 } = FFIType;
  if (process.platform === "win32") {
    const shape = { _putenv_s: { args: [cstring, cstring], returns: i32 } } as const;
    return dlopen("ucrtbase.dll", shape).symbols._putenv_s(name, value);
  }
  const library = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
  const shape = {
    getenv: { args: [cstring], returns: FFIType.ptr },
    setenv: { args: [cstring, cstring, i32], returns: i32 },
  } as const;
  const { getenv, setenv } = dlopen(library, shape).symbols;
  const found = getenv(name);
  return found !== null && String(new CString(found)) === "1" ? 0 : setenv(name, value, 1);
}
