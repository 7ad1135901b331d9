// Listening sockets as descriptors: which one a server has, and how to put another in its place. The HTTP server below
// has no way to take a socket that is there already, such as one of systemd, so the socket is exchanged under it: its
// number stays, and the event loop is told to wait on it as before. Every step is checked, and Linux only.
import { ptr } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { CodedError } from "../error/index.ts";
import { libc } from "./libc.ts";

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const F_GETFL = 3;
const F_SETFL = 4;
const EPOLL_CTL_ADD = 1;

/** A struct sockaddr_un, the longest there is. */
const ADDRESS_BYTES = 110;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

/** Runs `create`, which opens one listening socket, and tells the descriptor of it. Throws `IO_LISTENER_FAILED`. */
export function openListener<T>(create: () => T): {
  readonly made: T;
  readonly descriptor: number;
} {
  const before = openSockets();
  const made = create();
  const fresh = [...openSockets()].filter(
    ([descriptor, name]) => before.get(descriptor) !== name && waiterOf(descriptor) !== undefined,
  );
  const [only] = fresh;
  if (only === undefined || fresh.length > 1) {
    throw failed(`one new socket was expected: found ${fresh.length}`);
  }
  return { made, descriptor: only[0] };
}

/**
 * Makes `descriptor`, a listening socket the event loop waits on, another name for the listening socket `other`, and
 * closes what it was. Throws `IO_LISTENER_FAILED`.
 */
export function replaceListener(descriptor: number, other: number): void {
  const waiter = waiterOf(descriptor);
  if (waiter === undefined) throw failed(`nothing waits on descriptor ${descriptor}`);
  const { dup3, fcntl, epoll_ctl } = libc();
  // What it was is closed by this, and with it the event loop's interest in it.
  if (dup3(other, descriptor, O_CLOEXEC) !== descriptor) throw failed(`dup3 refused ${other}`);
  const flags = fcntl(descriptor, F_GETFL, 0);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) !== 0) {
    throw failed(`fcntl refused ${descriptor}`);
  }
  // struct epoll_event: packed on x86-64, aligned everywhere else.
  const dataOffset = process.arch === "x64" ? 4 : 8;
  const event = new DataView(new ArrayBuffer(dataOffset + 8));
  event.setUint32(0, waiter.events, true);
  event.setBigUint64(dataOffset, waiter.data, true);
  if (epoll_ctl(waiter.epoll, EPOLL_CTL_ADD, descriptor, ptr(event)) !== 0) {
    throw failed(`epoll_ctl refused ${descriptor}`);
  }
}

export type ListenerAddress =
  | { readonly family: "unix" }
  | { readonly family: "inet"; readonly host: string; readonly port: number };

/** What a socket is bound to. Throws `IO_LISTENER_FAILED` when it is no socket of a kind HTTP is served on. */
export function listenerAddress(descriptor: number): ListenerAddress {
  const address = new Uint8Array(ADDRESS_BYTES);
  const length = new Int32Array([ADDRESS_BYTES]);
  const view = new DataView(address.buffer);
  const isSocket = libc().getsockname(descriptor, ptr(address), ptr(length)) === 0;
  // struct sockaddr
  // 0  u16  family
  const family = isSocket ? view.getUint16(0, true) : undefined;
  if (family === AF_UNIX) return { family: "unix" };
  if (family === AF_INET) {
    // 2  u16  port, big endian
    // 4  4 bytes  address
    return { family: "inet", host: address.slice(4, 8).join("."), port: view.getUint16(2) };
  }
  if (family === AF_INET6) {
    // 8  16 bytes  address, in eight groups
    const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(8 + 2 * at).toString(16));
    const { hostname } = new URL(`http://[${groups.join(":")}]`);
    return { family: "inet", host: hostname.slice(1, -1), port: view.getUint16(2) };
  }
  throw failed(`descriptor ${descriptor} must be a stream socket: found none`);
}

/** How the event loop waits on a descriptor. */
type Waiter = { readonly epoll: number; readonly events: number; readonly data: bigint };

function waiterOf(descriptor: number): Waiter | undefined {
  const row = new RegExp(`^tfd:\\s+${descriptor} events:\\s+([0-9a-f]+) data:\\s+([0-9a-f]+)`, "m");
  for (const [epoll, name] of descriptors()) {
    if (name !== "anon_inode:[eventpoll]") continue;
    const [, events, data] = row.exec(readFileSync(`/proc/self/fdinfo/${epoll}`, "utf8")) ?? [];
    if (events === undefined || data === undefined) continue;
    return { epoll, events: Number.parseInt(events, 16), data: BigInt(`0x${data}`) };
  }
  return undefined;
}

function openSockets(): ReadonlyMap<number, string> {
  return new Map([...descriptors()].filter(([, name]) => name.startsWith("socket:")));
}

function descriptors(): ReadonlyMap<number, string> {
  try {
    return new Map(readdirSync("/proc/self/fd").flatMap(namedDescriptor));
  } catch (thrown) {
    throw failed("/proc must be there", thrown);
  }
}

function namedDescriptor(number: string): [number, string][] {
  try {
    return [[Number(number), readlinkSync(`/proc/self/fd/${number}`)]];
  } catch {
    // The one the folder was listed through, or one another thread has closed meanwhile.
    return [];
  }
}

/** How many descriptors this process has open; undefined where nobody can tell. */
export function countDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    // No Linux, or no /proc.
    return undefined;
  }
}

function failed(reason: string, cause?: unknown): CodedError {
  return new CodedError(
    "IO_LISTENER_FAILED",
    `Cannot take over a listening socket as ${reason}: let this program open its own`,
    { cause },
  );
}
