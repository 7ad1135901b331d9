// Signals that end a server, as a stream of events rather than a handler: first one stops it, the next ends it. And the
// one that has it read its files again, which must never end it.

export type EndSignal = "SIGINT" | "SIGTERM";

const END_SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM"];

/** Exit codes of a process that a signal ended, as shells count them. */
export const SIGNAL_EXIT_CODE: Record<EndSignal, number> = { SIGINT: 130, SIGTERM: 143 };

export type SignalWatch = {
  /** Resolves with the next signal that was not taken yet. */
  readonly next: () => Promise<EndSignal>;
  /** What SIGHUP does from now on; nothing at first. */
  readonly onHangUp: (handle: () => void) => void;
  /** Gives the signals back to the system. */
  readonly end: () => void;
};

export function watchSignals(): SignalWatch {
  const arrived: EndSignal[] = [];
  const waiting: ((signal: EndSignal) => void)[] = [];
  const receive = (signal: EndSignal) => {
    const first = waiting.shift();
    if (first === undefined) arrived.push(signal);
    else first(signal);
  };
  let hangUp = () => {};
  const receiveHangUp = () => hangUp();
  for (const signal of END_SIGNALS) process.on(signal, receive);
  process.on("SIGHUP", receiveHangUp);
  return {
    next: () => {
      const signal = arrived.shift();
      if (signal !== undefined) return Promise.resolve(signal);
      return new Promise((resolve) => waiting.push(resolve));
    },
    onHangUp: (handle) => {
      hangUp = handle;
    },
    end: () => {
      process.off("SIGHUP", receiveHangUp);
      for (const signal of END_SIGNALS) process.off(signal, receive);
    },
  };
}
