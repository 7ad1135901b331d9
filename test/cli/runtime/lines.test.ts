// Standard input as lines, however its bytes are cut into chunks.
import { describe, expect, test } from "bun:test";
import { readLines } from "../../../src/cli/runtime/lines.ts";
import { CodedError } from "../../../src/error/index.ts";

const LIMITS = { charactersMax: 10 };

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // One buffer for all chunks, as a stream may do it.
  const buffer = new Uint8Array(size);
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = bytes.subarray(start, start + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
  }
}

/** All lines, and what ended them if not the end. */
async function read(input: string | Uint8Array, size = 1000) {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const lines: string[] = [];
  try {
    for await (const some of readLines(chunked(bytes, size), LIMITS)) lines.push(...some);
  } catch (thrown) {
    if (thrown instanceof CodedError) return { lines, code: thrown.code, message: thrown.message };
    throw thrown;
  }
  return { lines, code: undefined, message: "" };
}

describe("readLines()", () => {
  test.each<[string, string[]]>([
    ["", []],
    ["\n", [""]],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["a\n\n\nb\n", ["a", "", "", "b"]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["a\rb\n", ["a\rb"]],
    ["\ufeffa\n\ufeffb\n", ["a", "\ufeffb"]],
    ["äöü€\n😀\n", ["äöü€", "😀"]],
    ["0123456789\n", ["0123456789"]],
    ["€€€€€€€€€€\n", ["€€€€€€€€€€"]],
  ])("readLines() reads %j whatever the chunks", async (text, expected) => {
    for (const size of [1, 2, 3, 5, 1000]) expect((await read(text, size)).lines).toEqual(expected);
  });

  test("readLines() yields the lines of a chunk together, before it reads on", async () => {
    let asked = 0;
    async function* source() {
      asked += 1;
      yield new TextEncoder().encode("a\nb\nc");
      asked += 1;
      yield new TextEncoder().encode("d\n");
    }
    const lines = readLines(source(), LIMITS);
    expect((await lines.next()).value).toEqual(["a", "b"]);
    expect(asked).toBe(1);
    expect((await lines.next()).value).toEqual(["cd"]);
    expect((await lines.next()).done).toBe(true);
  });

  test.each([
    ["ended", 1, "0123456789x\n"],
    ["open", 2, "a\n0123456789x"],
    ["far", 3, `a\nb\n${"x".repeat(100_000)}`],
  ])("readLines() refuses a line above the limit: %s", async (_name, line, text) => {
    for (const size of [1, 7, 1_000_000]) {
      const { code, message, lines } = await read(text, size);
      expect(code).toBe("CLI_INPUT_INVALID");
      expect(message).toContain(`line ${line} of standard input`);
      expect(lines).toEqual(["a", "b"].slice(0, line - 1));
    }
  });

  test("readLines() keeps no more of an endless line than the limit needs", async () => {
    let sent = 0;
    async function* endless() {
      for (;;) {
        sent += 10;
        yield new Uint8Array(10).fill(0x78);
      }
    }
    expect(
      await readLines(endless(), LIMITS)
        .next()
        .catch((error) => error.code),
    ).toBe("CLI_INPUT_INVALID");
    expect(sent).toBeLessThanOrEqual(40);
  });

  test.each([
    [[0x61, 0x0a, 0xff, 0x0a], 2, ["a"]],
    [[0xc3, 0x0a, 0xa4, 0x0a], 1, []],
    [[0x61, 0x0a, 0x62, 0x0a, 0xe2, 0x82], 3, ["a", "b"]],
  ])(
    "readLines() names the line of the bytes %j that are no UTF-8",
    async (bytes, line, before) => {
      const { code, message, lines } = await read(Uint8Array.from(bytes));
      expect(code).toBe("CLI_INPUT_INVALID");
      expect(message).toContain(`line ${line} of standard input`);
      expect(lines).toEqual(before);
    },
  );
});
