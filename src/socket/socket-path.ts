// The path of a unix socket: free for a new one, and made with a mode of its own.
import { lstatSync, unlinkSync } from "node:fs";
import { CodedError } from "../error/index.ts";
import { errnoOf, systemError } from "../io/index.ts";

/** Owner and group may connect: who else may is for the folder's mode to say. */
const SOCKET_UMASK = 0o117;

/**
 * Removes what an ended server left at `path`. Throws `IO_ALREADY_EXISTS` when it is no socket, or one that is
 * listened on.
 */
export async function clearSocketPath(path: string): Promise<void> {
  const kind = kindAt(path);
  if (kind === "nothing") return;
  if (kind === "other") throw exists(path, "something that is no socket: choose another path");
  if (await isListened(path)) throw exists(path, "a socket a running program listens on");
  try {
    unlinkSync(path);
  } catch (thrown) {
    throw systemError(thrown, `Cannot remove the old socket "${path}"`, "IO_WRITE_FAILED");
  }
}

/** Runs `create`, which makes a socket's file that only owner and group may connect to. */
export function withSocketMode<T>(create: () => T): T {
  const before = process.umask(SOCKET_UMASK);
  try {
    return create();
  } finally {
    process.umask(before);
  }
}

function kindAt(path: string): "nothing" | "socket" | "other" {
  try {
    return lstatSync(path).isSocket() ? "socket" : "other";
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return "nothing";
    throw systemError(thrown, `Cannot look at "${path}"`, "IO_READ_FAILED");
  }
}

async function isListened(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data: () => undefined } });
    socket.end();
    return true;
  } catch (thrown) {
    // Refused: nobody is there. Anything else, such as a permission, leaves the doubt.
    return errnoOf(thrown) !== "ECONNREFUSED";
  }
}

function exists(path: string, found: string): CodedError {
  return new CodedError(
    "IO_ALREADY_EXISTS",
    `Cannot listen on "${path}" as nothing may be there: found ${found}`,
  );
}
