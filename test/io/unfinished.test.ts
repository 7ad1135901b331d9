// What a process leaves behind when something ends it: nothing that is half done.
import { describe, expect, spyOn, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { end, ignoredSignals, removeAtEnd, removeQuietly } from "../../src/io/unfinished.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const IO = join(import.meta.dir, "../../src/io");

/** Programs that write `out`, say so, and never come to an end by themselves. */
const PROGRAMS = {
  "a file without a name": `
    import { writeFileAtomicallyAsync } from "${IO}/index.ts";
    await writeFileAtomicallyAsync("out", { force: false, mode: 0o644 }, begin);`,
  "a file with a name": `
    import { linkSync } from "node:fs";
    import { createTemporaryFile } from "${IO}/temporary-file.ts";
    const links = { ofDescriptor: () => false, ofPath: linkSync };
    using file = createTemporaryFile("out", links);
    await begin();`,
  "a folder": `
    import { writeFolderAtomically } from "${IO}/index.ts";
    await writeFolderAtomically("out", async (folder) => {
      await Bun.write(folder + "/file", "half");
      await begin();
    });`,
};

const BEGIN = `
  async function begin() {
    console.log("begun");
    if (process.argv.includes("exit")) process.exit(3);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }`;

/** Runs until the work has begun, sends the signal, and resolves to what ended the process. */
async function endedBy(
  program: keyof typeof PROGRAMS,
  folder: string,
  signal: NodeJS.Signals | "exit",
): Promise<string | number | null> {
  const command = [process.execPath, "-e", BEGIN + PROGRAMS[program], signal];
  await using running = Bun.spawn(command, { cwd: folder, stdout: "pipe", stderr: "inherit" });
  const { value } = await running.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toBe("begun\n");
  if (signal !== "exit") running.kill(signal);
  await running.exited;
  return running.signalCode ?? running.exitCode;
}

describe("a process that is ended", () => {
  for (const program of Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      test(`by ${signal} leaves nothing of ${program}, and says what ended it`, async () => {
        using folder = createTempDir();
        expect(await endedBy(program, folder.path, signal)).toBe(signal);
        expect(readdirSync(folder.path)).toEqual([]);
      });
    }

    test(`by itself leaves nothing of ${program}`, async () => {
      using folder = createTempDir();
      expect(await endedBy(program, folder.path, "exit")).toBe(3);
      expect(readdirSync(folder.path)).toEqual([]);
    });
  }

  test.skipIf(process.platform !== "linux")(
    "by SIGKILL leaves nothing of a file without a name",
    async () => {
      using folder = createTempDir();
      expect(await endedBy("a file without a name", folder.path, "SIGKILL")).toBe("SIGKILL");
      expect(readdirSync(folder.path)).toEqual([]);
    },
  );
});

describe("end()", () => {
  test("removes what is unfinished and sends the signal again", () => {
    using folder = createTempDir();
    mkdirSync(folder.join("half"));
    writeFileSync(folder.join("half/file"), "");
    writeFileSync(folder.join("whole"), "");
    using _half = removeAtEnd(folder.join("half"));
    removeAtEnd(folder.join("whole"))[Symbol.dispose]();
    const kill = spyOn(process, "kill").mockReturnValue(true);
    try {
      end("SIGHUP");
      expect(kill).toHaveBeenCalledWith(process.pid, "SIGHUP");
    } finally {
      kill.mockRestore();
      process.on("SIGHUP", end);
    }
    expect(readdirSync(folder.path)).toEqual(["whole"]);
  });

  test("leaves the decision to others that listen", () => {
    using folder = createTempDir();
    writeFileSync(folder.join("half"), "");
    using _half = removeAtEnd(folder.join("half"));
    const other = () => undefined;
    process.on("SIGHUP", other);
    end("SIGHUP");
    process.off("SIGHUP", other);
    expect(readdirSync(folder.path)).toEqual(["half"]);
  });
});

describe("ignoredSignals()", () => {
  test("reads them from the process's status, and knows none where there is no such file", () => {
    using folder = createTempDir();
    const ignoring = (mask: string) => {
      writeFileSync(
        folder.join("status"),
        `Name:\tx\nSigIgn:\t${mask}\nSigCgt:\tffffffffffffffff\n`,
      );
      return [...ignoredSignals(folder.join("status"))];
    };
    expect(ignoring("0000000000000000")).toEqual([]);
    expect(ignoring("0000000000001000")).toEqual([]);
    expect(ignoring("0000000000000001")).toEqual(["SIGHUP"]);
    expect(ignoring("0000000000004002")).toEqual(["SIGINT", "SIGTERM"]);
    expect([...ignoredSignals(folder.join("none"))]).toEqual([]);
  });
});

describe("removeQuietly()", () => {
  test("does not throw for what cannot be removed", () => {
    expect(() => removeQuietly("/proc/self/status")).not.toThrow();
  });
});
