// Says something to the manager of services that started this process, in the protocol of sd_notify: one datagram to
// the unix socket named by NOTIFY_SOCKET. Linux only.
import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
/** A manager that does not read must not stop the program, nor end it. */
const MSG_DONTWAIT_NOSIGNAL = 0x4040;
/** Length of sun_path. */
const PATH_BYTES_MAX = 108;

/**
 * Sends lines such as "READY=1" to `address`: a path, or "@name" for a socket without one. False when nobody took it,
 * which is no fault of the program's.
 */
export function notifyManager(address: string, message: string): boolean {
  const name = Buffer.from(address);
  const isAbstract = address.startsWith("@");
  if (!(isAbstract || address.startsWith("/")) || name.length >= PATH_BYTES_MAX) return false;
  // struct sockaddr_un
  // 0  u16  family
  // 2  path, with a zero at its end; or a zero in place of "@", and no end
  const target = new Uint8Array(2 + name.length + (isAbstract ? 0 : 1));
  new DataView(target.buffer).setUint16(0, AF_UNIX, true);
  target.set(name, 2);
  if (isAbstract) target[2] = 0;
  const bytes = Buffer.from(message);
  try {
    const { socket, sendto, close } = libc();
    const descriptor = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (descriptor < 0) return false;
    const length = BigInt(bytes.length);
    const flags = MSG_DONTWAIT_NOSIGNAL;
    const sent = sendto(descriptor, ptr(bytes), length, flags, ptr(target), target.length);
    close(descriptor);
    return Number(sent) === bytes.length;
  } catch {
    // No such library: no such manager either.
    return false;
  }
}
