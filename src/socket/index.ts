// Door of the module `socket`.
export {
  countDescriptors,
  type ListenerAddress,
  listenerAddress,
  openListener,
  replaceListener,
} from "./listener.ts";
export { notifyManager } from "./notify-socket.ts";
export { clearSocketPath, withSocketMode } from "./socket-path.ts";
