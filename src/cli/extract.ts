// `extract`: the original files of an encoderfile, of one that is named as well as of the one that runs.
import { CodedError, isCodedError } from "../error/index.ts";
import type { OpenedFile } from "../format/index.ts";
import type { CommandInput, OptionSpec } from "./command.ts";
import { EXIT_OK } from "./exit-code.ts";

export const EXTRACT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "-o, --output <folder>",
    description: "folder to write to (required)",
    required: true,
  },
  {
    flags: "--force",
    description:
      "write into a folder that is not empty: replaces files of the same names, keeps and names all others",
  },
  { flags: "--json", description: "print the result as JSON" },
];

/** Writes the files of an opened encoderfile as the options say, tells which, and resolves to the exit code. */
export async function extract(opened: OpenedFile, input: CommandInput): Promise<number> {
  const { extractAssets } = await import("../format/index.ts");
  const { printReportJson, table } = await import("../inspect/index.ts");
  const path = input.text("output") ?? "";
  const force = input.flag("force");
  // Looked at first, so that a folder named by mistake is refused before anything is written to it.
  const before = force ? await listFolder(path) : [];
  const extracted = await refusingFull(path, () => extractAssets(opened, path, { force }));
  const files = extracted.map(({ path: name, ...facts }) => ({ name, ...facts }));
  const otherFiles = before.filter((name) => !files.some((file) => file.name === name));
  if (input.flag("json")) {
    await input.output.print(printReportJson({ path, files, otherFiles }));
    return EXIT_OK;
  }
  const rows = files.map(({ name, byteLength, sha256 }) => [name, `${byteLength} bytes`, sha256]);
  await input.output.print(`${table(rows)}\n`);
  if (otherFiles.length > 0) {
    const kept = otherFiles.map((name) => [name]);
    input.output.note(`Kept what is not of this encoderfile:\n${table(kept)}`);
  }
  return EXIT_OK;
}

/** As deep as the paths of assets may go, and more entries than any model folder has. */
const FOLDER_LIMITS = { depthMax: 32, entriesMax: 10_000 };

/** What a folder holds already: what stays there would be taken for a part of the model by a build. */
async function listFolder(path: string): Promise<readonly string[]> {
  const { fileFacts, listFiles } = await import("../io/index.ts");
  return fileFacts(path)?.kind === "folder" ? listFiles(path, FOLDER_LIMITS) : [];
}

/** Says what --force would do where that is the way out. */
async function refusingFull<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (thrown) {
    if (!isCodedError(thrown, "IO_ALREADY_EXISTS")) throw thrown;
    throw new CodedError(
      "IO_ALREADY_EXISTS",
      `Cannot extract to "${folder}" as the folder is not empty: choose another one with -o, or write into it with ` +
        "--force, which replaces files of the same names and keeps all others",
      { cause: thrown },
    );
  }
}
