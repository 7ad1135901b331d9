// A process whose messages on stderr can be waited for; ended with the test.

export class Watched implements AsyncDisposable {
  readonly child: Bun.Subprocess<"ignore", "ignore", "pipe">;
  #log = "";
  #wake: () => void = () => undefined;
  #ended = false;

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = Bun.spawn([...command], {
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    void this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.child.stderr) {
      this.#log += decoder.decode(chunk, { stream: true });
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  get log(): string {
    return this.#log;
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#log);
      if (found !== null) return found;
      if (this.#ended) throw new Error(`Ended before ${pattern}:\n${this.#log}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async url(): Promise<string> {
    const [, url = ""] = await this.until(/listening on (https?:\/\/[^\s]+):\s/);
    return url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}
