// Standard output of a process, as it was started with one or without.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasStandardOutput } from "../../src/io/index.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const source = join(ROOT, "src/io/standard-output.ts");
const script = `import { hasStandardOutput } from ${JSON.stringify(source)}; console.error(hasStandardOutput());`;

test.each([
  [">&-", process.platform === "linux" ? "false" : "true"],
  ["> /dev/null", "true"],
  ["<> /dev/null >&0", "true"],
  ["> out", "true"],
  ["| cat", "true"],
  ["<&- >&2", "true"],
])("hasStandardOutput() started with %s is %s", async (redirection, expected) => {
  using folder = createTempDir();
  const command = `"${process.execPath}" -e '${script}' ${redirection}`;
  const child = Bun.spawn(["sh", "-c", command], { cwd: folder.path, stderr: "pipe" });
  expect((await child.stderr.text()).trim()).toBe(expected);
});

test.skipIf(process.platform !== "linux")(
  "hasStandardOutput() reads the mark, and is true when in doubt",
  () => {
    using folder = createTempDir();
    const answers = ["flags:\t02100001\n", "flags:\t0100001\n", "nothing of the kind"].map(
      (facts) => {
        writeFileSync(folder.join("facts"), facts);
        return hasStandardOutput(folder.join("facts"));
      },
    );
    expect(answers).toEqual([false, true, true]);
    expect(hasStandardOutput(folder.join("missing"))).toBe(true);
  },
);
