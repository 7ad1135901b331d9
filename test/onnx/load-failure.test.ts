// What the loader's words mean to whoever runs a file.
import { expect, test } from "bun:test";
import { explainLoadFailure } from "../../src/onnx/load-failure.ts";
import { TARGETS } from "../../src/target/index.ts";

test.each([
  [
    "libstdc++.so.6: cannot open shared object file: No such file or directory",
    "ONNX_LIBRARY_MISSING",
    "as this system has no libstdc++.so.6: install the package that holds it " +
      "(libstdc++6 on Debian and Ubuntu, libstdc++ on Fedora",
  ],
  [
    "libgcc_s.so.1: cannot open shared object file: No such file or directory",
    "ONNX_LIBRARY_MISSING",
    "as this system has no libgcc_s.so.1: install the package that holds it (libgcc-s1 on Debian",
  ],
  [
    "librt.so.1: cannot open shared object file: No such file or directory",
    "ONNX_LIBRARY_MISSING",
    "as this system has no librt.so.1: install the package that holds it",
  ],
  [
    "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by /proc/self/fd/9)",
    "ONNX_LIBRARY_MISSING",
    "as libc.so.6 of this system is too old and lacks GLIBC_2.28: use a system with glibc 2.28 or newer",
  ],
  [
    "/lib64/libc.so.6: version `GLIBC_2.33' not found (required by /opt/libstdc++.so.6)",
    "ONNX_LIBRARY_MISSING",
    "use a system with glibc 2.33 or newer",
  ],
  [
    "/usr/lib64/libstdc++.so.6: version `GLIBCXX_3.4.22' not found (required by /proc/self/fd/9)",
    "ONNX_LIBRARY_MISSING",
    "as libstdc++.so.6 of this system is too old and lacks GLIBCXX_3.4.22: use a newer release",
  ],
  ["/proc/self/fd/9: file too short", "ONNX_NATIVE_FAILED", "it fits: /proc/self/fd/9: file too"],
  [
    "/proc/self/fd/9: cannot open shared object file: No such file or directory",
    "ONNX_NATIVE_FAILED",
    "cannot open",
  ],
])("explainLoadFailure(%j)", (reason, code, message) => {
  const error = explainLoadFailure(reason);
  expect(error.code).toBe(code as typeof error.code);
  expect(error.message).toStartWith("Cannot load the inference library");
  expect(error.message).toContain(message);
});

test("explainLoadFailure() knows a package for every library a target for Linux needs", () => {
  const needed = TARGETS.filter(({ os }) => os === "linux").flatMap(({ requires }) =>
    Object.keys(requires.libraries),
  );
  for (const library of needed) {
    const { message } = explainLoadFailure(`${library}: cannot open shared object file`);
    expect(message).toContain("on Debian and Ubuntu");
  }
});

test("explainLoadFailure() names the version of glibc that targets ask for", () => {
  const reason = "/lib/libc.so.6: version `GLIBC_2.4' not found (required by x)";
  const { message } = explainLoadFailure(reason);
  for (const { requires } of TARGETS.filter(({ os }) => os === "linux")) {
    expect(message).toContain(`glibc ${requires.version} or newer`);
  }
});
