// What a process has in memory, as Linux tells; other systems tell it in ways this program has no need of.
import { readVirtualFile } from "../io/index.ts";
import type { Resident } from "./predict-memory.ts";

/** Undefined where it is not known: on other systems, and when the process has ended. */
export function memoryOf(pid: number): Resident | undefined {
  return parseMemory(readVirtualFile(`/proc/${pid}/status`));
}

/** Reads the text of /proc/PID/status; memory of files includes the inference library's. */
export function parseMemory(status: string | undefined): Resident | undefined {
  const bytesOf = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status ?? "")?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const [anonymousBytes, mapped, shared] = ["RssAnon", "RssFile", "RssShmem"].map(bytesOf);
  if (anonymousBytes === undefined || mapped === undefined || shared === undefined)
    return undefined;
  const fileBytes = mapped + shared;
  return { anonymousBytes, fileBytes, totalBytes: anonymousBytes + fileBytes };
}
