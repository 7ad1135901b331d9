// Why the dynamic loader of Linux refused the inference library, from its own words: which library of the system is
// missing or too old, and how to get it.
import { CodedError } from "../error/index.ts";

/** "libstdc++.so.6: cannot open shared object file: No such file or directory" */
const MISSING = /^([\w.+-]+): cannot open shared object file/;
/** "/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.22' not found (required by /proc/self/fd/9)" */
const TOO_OLD = /([\w.+-]+): version [`'"]([\w.]+)['"] not found/;

/** The only ones the inference library needs that are no part of glibc, and what holds them. */
const HELD_BY: Readonly<Record<string, string>> = {
  "libstdc++.so.6": "libstdc++6 on Debian and Ubuntu, libstdc++ on Fedora, Red Hat and Amazon",
  "libgcc_s.so.1": "libgcc-s1 on Debian and Ubuntu, libgcc on Fedora, Red Hat and Amazon",
};

/** `ONNX_LIBRARY_MISSING` when a library of the system is missing or too old; else `ONNX_NATIVE_FAILED`. */
export function explainLoadFailure(reason: string): CodedError {
  const missing = MISSING.exec(reason)?.[1];
  if (missing !== undefined) {
    const found = `this system has no ${missing}`;
    return fail(found, install(missing), { library: missing });
  }
  const [, library, version] = TOO_OLD.exec(reason) ?? [];
  if (library !== undefined && version !== undefined) {
    const found = `${library} of this system is too old and lacks ${version}`;
    return fail(found, replaceSystem(version), { library, version });
  }
  return new CodedError(
    "ONNX_NATIVE_FAILED",
    `Cannot load the inference library: needs a C library and C++ runtime it fits: ${reason}`,
    { detail: { reason } },
  );
}

/** What the inference library itself asks for; another library of the system may ask for more. */
const GLIBC_MINOR = 28;

function replaceSystem(version: string): string {
  const minor = /^GLIBC_2\.(\d+)/.exec(version)?.[1];
  return minor === undefined
    ? "use a newer release of this system"
    : `use a system with glibc 2.${Math.max(GLIBC_MINOR, Number(minor))} or newer`;
}

function install(library: string): string {
  const holder = HELD_BY[library];
  return holder === undefined
    ? "install the package that holds it"
    : `install the package that holds it (${holder}), or use an image that has it`;
}

function fail(found: string, remedy: string, detail: Readonly<Record<string, string>>): CodedError {
  return new CodedError(
    "ONNX_LIBRARY_MISSING",
    `Cannot load the inference library as ${found}: ${remedy}`,
    { detail },
  );
}
