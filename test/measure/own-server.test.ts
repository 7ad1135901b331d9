// What becomes of a server that is to be measured and does not serve.
import { expect, test } from "bun:test";
import { openOwnServer } from "../../src/measure/index.ts";
import { rejectedBy } from "../helper/coded.ts";

const open = (program: string) =>
  openOwnServer({
    command: [process.execPath, "-e", program, "--"],
    env: {},
    flags: [],
    body: "{}",
  });

test("openOwnServer() tells why a server that ends did", async () => {
  const error = await rejectedBy(open('console.error("no room \\u001b[2J"); process.exit(7)'));
  expect(error.code).toBe("MEASURE_SERVER_FAILED");
  expect(error.message).toContain("no room");
  expect(error.message).not.toContain("\u001b");
});

test("openOwnServer() refuses a server that answers something else", async () => {
  const program =
    'const { url } = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("", { status: 500 }) });' +
    'console.error("listening on", String(url));';
  const error = await rejectedBy(open(program));
  expect(error.message).toContain("it answered 500");
});
