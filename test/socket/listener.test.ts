// Listening sockets exchanged under a running server. Linux only, as the code is.
import { describe, expect, test } from "bun:test";
import { isCodedError } from "../../src/error/index.ts";
import {
  countDescriptors,
  listenerAddress,
  openListener,
  replaceListener,
} from "../../src/socket/index.ts";

function answering(text: string, hostname = "127.0.0.1") {
  return Bun.serve({ hostname, port: 0, fetch: () => new Response(text) });
}

async function textAt(port: number | undefined): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
  return await response.text();
}

describe.skipIf(process.platform !== "linux")("listeners (Linux)", () => {
  test("openListener() tells the descriptor of the one socket that is opened", async () => {
    const { made, descriptor } = openListener(() => answering("a"));
    const address = listenerAddress(descriptor);
    expect(address).toEqual({ family: "inet", host: "127.0.0.1", port: made.port ?? 0 });
    await made.stop(true);
  });

  test("openListener() throws IO_LISTENER_FAILED when none is opened", () => {
    expect(() => openListener(() => undefined)).toThrow(
      "Cannot take over a listening socket as one new socket was expected: found 0",
    );
  });

  test("replaceListener() lets one server answer at the address of another", async () => {
    const first = openListener(() => answering("first"));
    const second = openListener(() => answering("second"));
    const { port } = first.made;
    replaceListener(second.descriptor, first.descriptor);
    await first.made.stop();
    for (let round = 0; round < 5; round++) expect(await textAt(port)).toBe("second");
    expect(second.made.port).toBe(port);
    await second.made.stop(true);
    expect(await textAt(port).catch(() => "closed")).toBe("closed");
  });

  test("replaceListener() throws IO_LISTENER_FAILED for what nothing waits on", () => {
    try {
      replaceListener(0, 1);
      throw new Error("nothing was thrown");
    } catch (thrown) {
      expect(isCodedError(thrown, "IO_LISTENER_FAILED")).toBe(true);
    }
  });

  test("listenerAddress() reads addresses of both families, and refuses files", async () => {
    const { made, descriptor } = openListener(() => answering("a", "::1"));
    expect(listenerAddress(descriptor)).toMatchObject({ family: "inet", host: "::1" });
    await made.stop(true);
    expect(() => listenerAddress(9999)).toThrow("must be a stream socket");
  });

  test("countDescriptors() counts", () => {
    expect(countDescriptors()).toBeGreaterThan(3);
  });
});
