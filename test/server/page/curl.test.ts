// Commands of the page, read by a real shell.
import { describe, expect, test } from "bun:test";
import { curlCommand, quoteForShell } from "../../../src/server/page/curl.ts";

async function asWords(command: string): Promise<string[]> {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  const child = Bun.spawn(["sh", "-c", script], { env: { API_KEY: "a b" }, stdout: "pipe" });
  return (await new Response(child.stdout).text()).split("\0").slice(0, -1);
}

describe("quoteForShell()", () => {
  test.each([
    "",
    "plain",
    "it's",
    "'''",
    `"$HOME" \`id\` $(id) \\ !! # ~ * ? [a] {b,c} | & ; < >`,
    "two\nlines\tand a tab",
    "-n",
    "𝒳 é 👩‍🚀 עברית",
  ])("keeps %j one word", async (text) => {
    expect(await asWords(`curl ${quoteForShell(text)}`)).toEqual([text]);
  });
});

describe("curlCommand()", () => {
  test("sends the body as it is", async () => {
    const body = JSON.stringify({ inputs: `it's "so" \\ $HOME` });
    const words = await asWords(
      curlCommand({ url: "http://h:1/embed?a=1&b='2'", body, withKey: false }),
    );
    expect(words).toEqual([
      ...["http://h:1/embed?a=1&b='2'", "-H", "content-type: application/json", "-d", body],
    ]);
  });

  test("takes the key from a variable", async () => {
    const words = await asWords(curlCommand({ url: "http://h/", body: "{}", withKey: true }));
    expect(words).toContain("authorization: Bearer a b");
  });
});
