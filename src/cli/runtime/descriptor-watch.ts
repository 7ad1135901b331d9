// Keeps a server from running out of file descriptors for the sake of connections nobody uses. The HTTP server below
// would go on trying to accept the next one, with nothing logged and most of a core.
import { isCodedError } from "../../error/index.ts";
import { FileSource } from "../../io/index.ts";
import { countDescriptors } from "../../socket/index.ts";

/** Long enough to cost nothing, short enough that clients who wait for a connection still wait. */
const CHECK_INTERVAL_MS = 1_000;

/** A crowd that stays is told of once in this time. */
const TELL_INTERVAL_MS = 60_000;

export type DescriptorWatchOptions = {
  /** A file that can be opened as long as anything can. */
  readonly path: string;
  /** Open descriptors beyond which the same is done; none when absent. */
  readonly connectionsMax?: number;
  /** Closes connections that wait for nothing, and returns how many. */
  readonly closeIdle: () => number;
  readonly warn: (message: string) => void;
  readonly intervalMs?: number;
};

/** Looks once a second until it is disposed of. */
export function watchDescriptors(options: DescriptorWatchOptions): Disposable {
  let toldMs = Number.NEGATIVE_INFINITY;
  const check = () => {
    const isOver = (countDescriptors() ?? 0) > (options.connectionsMax ?? Infinity);
    if (!isOver && canOpen(options.path)) return;
    const closed = options.closeIdle();
    if (performance.now() - toldMs < TELL_INTERVAL_MS) return;
    toldMs = performance.now();
    options.warn(
      isOver
        ? `more than ${options.connectionsMax} files and connections are open: ` +
            `closed ${closed} idle connections: raise the limit (--max-connections)`
        : `no more files or connections may be opened: closed ${closed} idle connections: ` +
            'raise the limit ("ulimit -n")',
    );
  };
  const timer = setInterval(check, options.intervalMs ?? CHECK_INTERVAL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Only running out counts: the file may well have been moved or deleted. */
function canOpen(path: string): boolean {
  try {
    new FileSource(path).close();
    return true;
  } catch (thrown) {
    const errno = isCodedError(thrown) ? thrown.detail["errno"] : undefined;
    return errno !== "EMFILE" && errno !== "ENFILE";
  }
}
