// What targets/*.json promises against what the native files themselves ask for.
import { describe, expect, test } from "bun:test";
import { basename, join } from "node:path";
import { BULK_ALIGNMENT } from "../../src/format/layout.ts";
import { TARGETS, type Target } from "../../src/target/index.ts";
import { compareVersions, highest, type NativeNeeds, nativeNeeds } from "../helper/native-needs.ts";
import { ROOT } from "../helper/source-tree.ts";

const pathOf = ({ onnxruntime }: Target, file: "library" | "addon") =>
  join(ROOT, "node_modules", onnxruntime.package, onnxruntime[file]);

/** Parts of glibc, of macOS and of Windows. */
const SYSTEM_LIBRARY: Readonly<Record<Target["os"], RegExp>> = {
  linux: /^(?:lib(?:c|m|dl|rt|pthread)\.so\.\d+|ld-linux-.*)$/,
  darwin: /^\/(?:usr\/lib|System\/Library)\//,
  windows: /^(?:api-ms-win-.*|KERNEL32\.dll|SETUPAPI\.dll|dbghelp\.dll)$/,
};

/** What files say of the oldest system they run on. Those for Windows do not say: the number is that of Bun. */
function oldestSystem(os: Target["os"], files: readonly NativeNeeds[]): string | undefined {
  if (os === "windows") return "10.0.17763";
  const minima = files.flatMap(({ minimumSystem, versions }) =>
    os === "darwin"
      ? [minimumSystem ?? ""]
      : [...versions.values()].flat().filter((version) => version.startsWith("GLIBC_")),
  );
  return minima.sort(compareVersions).at(-1)?.replace("GLIBC_", "");
}

describe.each(TARGETS.map((target) => [target.name, target] as const))(
  "native files of %s",
  (name, target) => {
    const library = nativeNeeds(pathOf(target, "library"));
    const addon = nativeNeeds(pathOf(target, "addon"));
    const { requires } = target;

    test(`${name}: all they need is listed in requires, and no more`, () => {
      const own = basename(target.onnxruntime.library);
      const foreign = [...library.libraries, ...addon.libraries].filter(
        (needed) => !SYSTEM_LIBRARY[target.os].test(needed) && basename(needed) !== own,
      );
      expect(Object.keys(requires.libraries).sort()).toEqual([...new Set(foreign)].sort());
      for (const [needed, versions] of Object.entries(requires.libraries)) {
        const asked = [library, addon].flatMap((file) => file.versions.get(needed) ?? []);
        expect([...versions].sort()).toEqual(highest(asked));
      }
    });

    test(`${name}: the addon asks for the library under the name of its file`, () => {
      // The addon is loaded from where this name leads: the file that is unpacked must have it.
      const own = basename(target.onnxruntime.library);
      expect(addon.libraries.map((needed) => basename(needed))).toContain(own);
      if (target.os === "darwin") expect(addon.searchPaths).toContain("@loader_path");
    });

    test(`${name}: the system is as old as promised`, () => {
      expect(oldestSystem(target.os, [library, addon])).toBe(requires.version);
    });

    test(`${name}: weights are aligned as the format aligns them`, () => {
      expect(target.alignment).toBe(BULK_ALIGNMENT);
    });
  },
);
