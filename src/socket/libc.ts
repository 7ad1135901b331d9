// The few calls of the C library that no module of the runtime offers: descriptors that are sockets already, and
// datagrams over unix sockets. Linux only.
import { dlopen, FFIType } from "bun:ffi";

const { i32, ptr, u64, i64 } = FFIType;

const CALLS = {
  dup3: { args: [i32, i32, i32], returns: i32 },
  fcntl: { args: [i32, i32, i32], returns: i32 },
  close: { args: [i32], returns: i32 },
  epoll_ctl: { args: [i32, i32, i32, ptr], returns: i32 },
  getsockname: { args: [i32, ptr, ptr], returns: i32 },
  socket: { args: [i32, i32, i32], returns: i32 },
  sendto: { args: [i32, ptr, u64, i32, ptr, i32], returns: i64 },
} as const;

type Calls = ReturnType<typeof dlopen<typeof CALLS>>["symbols"];

let calls: Calls | undefined;

/** Loaded when first asked for; throws where there is no such library. */
export function libc(): Calls {
  calls ??= dlopen("libc.so.6", CALLS).symbols;
  return calls;
}
