// HTTP by hand over a socket, for what a well-behaved client cannot be made to do.
import { connect, type Socket } from "node:net";

export class RawHttp {
  readonly #socket: Socket;
  #received = "";
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#received += chunk.toString("latin1");
      this.#wake();
    });
    // A reset is one of the ways to be closed.
    socket.on("error", () => undefined);
    for (const event of ["end", "close"] as const) {
      socket.on(event, () => {
        this.#closed = true;
        this.#wake();
      });
    }
  }

  static async connect(port: number): Promise<RawHttp> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await new Promise((resolve) => socket.once("connect", resolve));
    return new RawHttp(socket);
  }

  /** Resolves when the bytes were given to the system, or the connection is gone. */
  send(data: string | Uint8Array): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.write(data, () => resolve());
    });
  }

  /** Everything received until it matches, or until the connection closes. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received) && !this.#closed) await this.#change();
    return this.#received;
  }

  async closed(): Promise<string> {
    while (!this.#closed) await this.#change();
    return this.#received;
  }

  /** Closes the sending half. */
  end(): void {
    this.#socket.end();
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
