// The oldest Linux a file runs on, and what it says on one that lacks something.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { TARGETS } from "../../src/target/index.ts";
import { compareVersions, nativeNeeds } from "../helper/native-needs.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, post, run, runWell, startServer } from "./executable.ts";
import { canChangeRoot, copyOnlyGlibc, inside, oldSystem } from "./old-system.ts";

const TEXT = "a wonderful day";
const OLD = oldSystem();
const folder = createTempDir();
let file: string;

beforeAll(async () => {
  const { sentiment } = await cachedDemoModels();
  file = await buildFile(folder.join("sentiment.encoderfile"), sentiment);
});
afterAll(() => folder[Symbol.dispose]());

/** Puts the file into a root and returns its path there. */
function place(root: string): string {
  copyFileSync(file, join(root, basename(file)));
  return `/${basename(file)}`;
}

describe.each(TARGETS.map((target) => [target.name, target] as const))(
  "the executable of %s",
  (name, { os, requires }) => {
    test(`${name}: asks for no more than its target says`, () => {
      const { libraries, versions, minimumSystem } = nativeNeeds(basePath(name));
      if (os === "linux") {
        const asked = [...versions.values()].flat();
        const glibc = asked.filter((version) => version.startsWith("GLIBC_"));
        expect(asked).toEqual(glibc);
        for (const version of glibc) {
          expect(compareVersions(version, `GLIBC_${requires.version}`)).toBeLessThanOrEqual(0);
        }
        const parts = /^(?:lib(?:c|m|dl|rt|pthread)\.so\.\d+|ld-linux-.*)$/;
        expect(libraries.filter((library) => !parts.test(library))).toEqual([]);
      } else if (os === "darwin") {
        expect(compareVersions(minimumSystem ?? "", requires.version)).toBeLessThanOrEqual(0);
        const own = (library: string) => /^\/(?:usr\/lib|System)\//.test(library);
        expect(libraries.filter((library) => !own(library))).toEqual([]);
      } else {
        expect(libraries.filter((library) => /MSVCP|VCRUNTIME/.test(library))).toEqual([]);
      }
    });
  },
);

test.each(TARGETS.map((target) => [target.name, target] as const))(
  "the executable of %s unpacks the library under the name its addon asks for",
  (name, { onnxruntime }) => {
    const bytes = readFileSync(basePath(name));
    expect(bytes.includes(`libraryName:"${basename(onnxruntime.library)}"`)).toBe(true);
  },
);

describe.skipIf(OLD === undefined)(
  `in ${OLD?.suite ?? "an old Debian"}, glibc ${OLD?.glibc} (needs root, unshare, debootstrap and a mirror)`,
  () => {
    const root = OLD?.root ?? "";

    test("a file answers and finds itself whole", async () => {
      const path = place(root);
      const { stdout } = await runWell(inside(root, [path, "infer", TEXT]));
      const native = await runWell([file, "infer", TEXT]);
      expect(JSON.parse(stdout)).toEqual(JSON.parse(native.stdout));
      const verified = await runWell(inside(root, [path, "verify", "--json"]));
      expect(JSON.parse(verified.stdout).ok).toBe(true);
      await runWell(inside(root, [path, "selftest"]));
    });

    test("a file serves", async () => {
      const [unshare = "", ...args] = inside(root, [place(root), "serve", "--port", "0"]);
      await using server = await startServer(unshare, args);
      const { status, body } = await post(`${server.url}/classify`, { inputs: TEXT });
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain("positive");
    });

    test.each([
      ["libstdc++.so.6", [], "libstdc++6 on Debian"],
      ["libgcc_s.so.1", ["libstdc++.so."], "libgcc-s1 on Debian"],
    ] as const)("without %s it names it and what holds it", async (library, extra, holder) => {
      const bare = folder.join(`without-${library}`);
      mkdirSync(bare);
      copyOnlyGlibc(root, bare, extra);
      const path = place(bare);
      for (const command of [["infer", TEXT], ["serve", "--port", "0"], ["selftest"]]) {
        const { exitCode, stdout, stderr } = await run(inside(bare, [path, ...command]));
        expect(stderr).toContain(`as this system has no ${library}`);
        expect(stderr).toContain(holder);
        expect(stdout).toBe("");
        expect(exitCode).toBe(7);
      }
      // What needs no inference needs no library of C++.
      await runWell(inside(bare, [path, "verify"]));
      await runWell(inside(bare, [path, "inspect"]));
      await runWell(inside(bare, [path, "--help"]));
    });

    test("without both it answers when they are brought along", async () => {
      const bare = folder.join("with-own");
      const own = join(bare, "own");
      mkdirSync(own, { recursive: true });
      copyOnlyGlibc(root, bare);
      for (const [library, lib] of [
        ["libstdc++.so.6", "usr/lib"],
        ["libgcc_s.so.1", "lib"],
      ] as const) {
        const from = join(root, lib, "x86_64-linux-gnu", library);
        await runWell(["cp", "-L", from, join(own, library)]);
      }
      const env = { LD_LIBRARY_PATH: "/own" };
      await runWell(inside(bare, [place(bare), "infer", TEXT]), { env });
    });
  },
);

test.skipIf(!canChangeRoot)(
  "where there is no glibc the system itself says that there is no such file (needs root and unshare)",
  async () => {
    // As with musl: the loader that the header of the executable names does not exist.
    const bare = folder.join("without-glibc");
    mkdirSync(join(bare, "proc"), { recursive: true });
    const { exitCode, stderr } = await run(inside(bare, [place(bare), "--version"]));
    expect(stderr).toContain("No such file or directory");
    expect(exitCode).toBe(127);
  },
);
