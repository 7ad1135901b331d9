// The README's five minutes, run as they are written: each command in its order, with a model of the size it speaks of.
import { expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { ROOT } from "../helper/source-tree.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, run } from "./executable.ts";

/** Shell commands of the section with that title. */
function commandsOf(title: string): string {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf(`\n## ${title}\n`) + 1);
  const end = section.indexOf("\n## ");
  return [...section.slice(0, end).matchAll(/^```sh\n(.*?)^```/gms)]
    .map((match) => match[1])
    .join("");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test.skipIf(Bun.which("curl") === null)(
  "the commands of README's five minutes run as written (needs curl)",
  async () => {
    using folder = createTempDir();
    cpSync(basePath(), folder.join("encoderfile"));
    const model = await makeFixture({ shape: "minilm-l6", head: "sentence-embedding" });
    symlinkSync(model, folder.join("all-MiniLM-L6-v2"));
    const commands = commandsOf("Five minutes");
    for (const word of ["build", "curl", "infer", "inspect", "verify", "extract"]) {
      expect(commands).toContain(word);
    }
    // Only the port changes: 8080 may be taken on the machine that tests.
    const script = `set -e\n${commands.replaceAll("8080", String(await freePort()))}\nkill %1\nwait %1`;
    const { exitCode, stdout, stderr } = await run(["bash", "-c", script], { cwd: folder.path });
    expect([
      exitCode,
      stderr.split("\n").filter((line) => !line.startsWith("encoderfile: ")),
    ]).toEqual([0, [""]]);
    expect(stdout).toMatch(/\[\[-?0\.\d+/);
    expect(stdout).toContain("Intact");
    expect(existsSync(folder.join("dir/model.onnx"))).toBe(true);
  },
);
