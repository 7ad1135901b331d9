// Things at a path that are no regular files, to be refused where a file is expected.
import { spawnSync } from "node:child_process";

/** Opening it for reading waits for a writer, unless told not to. */
export function makePipe(path: string): void {
  const { status } = spawnSync("mkfifo", [path]);
  if (status !== 0) throw new Error(`mkfifo ${path} failed`);
}

/** A socket that is there until it is disposed of. */
export function makeSocket(path: string): Disposable {
  const server = Bun.listen({ unix: path, socket: { data: () => undefined } });
  return { [Symbol.dispose]: () => server.stop(true) };
}
