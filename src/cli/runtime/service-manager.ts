// What systemd, or whatever started this process, is told of it: ready, stopping, still alive.

import { watchdogInterval } from "../../server/index.ts";
import { notifyManager } from "../../socket/index.ts";

export type ServiceManager = Disposable & {
  readonly ready: () => void;
  readonly stopping: () => void;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Says nothing when nobody asked to be told (NOTIFY_SOCKET). Signs of life begin at once and end with disposal. */
export function serviceManager(env: Environment, pid: number): ServiceManager {
  const address = env["NOTIFY_SOCKET"];
  if (address === undefined || address === "") {
    return { ready: () => {}, stopping: () => {}, [Symbol.dispose]: () => {} };
  }
  const intervalMs = watchdogInterval(env, pid);
  // From the thread that answers: one that hangs gives no sign.
  const alive = () => notifyManager(address, "WATCHDOG=1");
  const timer = intervalMs === undefined ? undefined : setInterval(alive, intervalMs);
  return {
    ready: () => void notifyManager(address, "READY=1\nSTATUS=Answering requests"),
    stopping: () => void notifyManager(address, "STOPPING=1\nSTATUS=Finishing what was begun"),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
