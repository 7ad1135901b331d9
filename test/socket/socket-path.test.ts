// Paths of unix sockets: what was left there, what is in use, and who may connect.
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { isCodedError } from "../../src/error/index.ts";
import { clearSocketPath, withSocketMode } from "../../src/socket/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

async function codeOf(path: string): Promise<string | undefined> {
  try {
    await clearSocketPath(path);
    return undefined;
  } catch (thrown) {
    return isCodedError(thrown) ? thrown.code : String(thrown);
  }
}

describe("clearSocketPath()", () => {
  test("clearSocketPath() leaves a free path free", async () => {
    expect(await codeOf(folder.join("free.sock"))).toBeUndefined();
  });

  test("clearSocketPath() removes a socket nobody listens on", async () => {
    const path = folder.join("stale.sock");
    const code = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); console.log(1)`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe" });
    await child.stdout.getReader().read();
    child.kill("SIGKILL");
    await child.exited;
    expect(existsSync(path)).toBe(true);
    expect(await codeOf(path)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test("clearSocketPath() throws IO_ALREADY_EXISTS for a socket in use and for files", async () => {
    const path = folder.join("live.sock");
    const server = Bun.serve({ unix: path, fetch: () => new Response("live") });
    expect(await codeOf(path)).toBe("IO_ALREADY_EXISTS");
    expect(await (await fetch("http://test/", { unix: path })).text()).toBe("live");
    await server.stop(true);
    const file = folder.join("file");
    writeFileSync(file, "precious");
    expect(await codeOf(file)).toBe("IO_ALREADY_EXISTS");
    expect(existsSync(file)).toBe(true);
    expect(await codeOf(folder.path)).toBe("IO_ALREADY_EXISTS");
  });
});

describe("withSocketMode()", () => {
  test("withSocketMode() lets owner and group connect, and leaves the mask as it was", async () => {
    const path = folder.join("mode.sock");
    const before = process.umask();
    const fetchNothing = { fetch: () => new Response() };
    const server = withSocketMode(() => Bun.serve({ unix: path, ...fetchNothing }));
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(process.umask()).toBe(before);
    await server.stop(true);
  });
});
