// What of a request's bytes is refused before anything looks at what they mean.
import { expect, test } from "bun:test";
import { finishSteps } from "../../../src/contract/steps.ts";
import { isCodedError } from "../../../src/error/index.ts";
import { parseJson } from "../../../src/server/http/json.ts";

const LIMITS = { jsonDepthMax: 4, jsonMembersMax: 5 };
const parse = (body: Uint8Array, limits = LIMITS) => finishSteps(parseJson(body, limits));
const bytes = (text: string) => new TextEncoder().encode(text);

function messageOf(body: Uint8Array): string {
  try {
    parse(body);
  } catch (thrown) {
    if (isCodedError(thrown, "SERVER_BAD_JSON")) return thrown.message;
    throw thrown;
  }
  throw new Error("parsed");
}

test.each([
  ['{"inputs":"a"}'],
  ['{"a":{"a":1},"b":[{"a":2},{"a":3}]}'],
  ['["a:b","c\\"d:","\\\\"]'],
  ['{"x":"\\"y\\":1","y":2}'],
  ["[[[[1]]]]"],
  ['"\\\\\\\\\\""'],
  [' \n{"a":1}\t'],
  ["null"],
  ["1e400"],
])("parseJson() reads %s as JSON.parse() does", (text) => {
  expect(parse(bytes(text))).toEqual(JSON.parse(text));
});

test("parseJson() ignores a byte order mark", () => {
  expect(parse(bytes('\ufeff{"a":1}'))).toEqual({ a: 1 });
});

test.each([
  ["", "empty body"],
  ["  \n", "empty body"],
  ["{", "Expected"],
  ['{"inputs":}', "Unexpected"],
  ["{'a':1}", "Single quotes"],
  ['{"a":1}x', "Unable to parse"],
  ['"abc', "Unterminated"],
  ['{"a', "Unterminated"],
  ["]]]]]]", "Unexpected"],
  ["[[[[[1]]]]]", "4 levels deep"],
  [`${"[".repeat(100_000)}`, "4 levels deep"],
  [`${'{"a":'.repeat(100_000)}`, "4 levels deep"],
  ['{"a":1,"a":2}', 'the member "a" twice'],
  ['{"a":1,"\\u0061":2}', 'the member "a" twice'],
  ['{"__proto__":1,"__proto__":2}', 'the member "__proto__" twice'],
  ['{"x":[{"b":1,"b":1}]}', 'the member "b" twice'],
  ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', "5 members"],
  ["{a:1}", "Expected"],
])("parseJson() refuses %p", (text, reason) => {
  const message = messageOf(bytes(text));
  expect(message).toStartWith("Cannot read the body as JSON: ");
  expect(message).toContain(reason);
});

test.each([
  [[0x22, 0xff, 0x22]],
  [[0x22, 0xc3, 0x22]],
  [[0x22, 0xed, 0xa0, 0x80, 0x22]],
  [[0x22, 0xc0, 0x80, 0x22]],
  [[0xff, 0xfe, 0x7b, 0x00]],
])("parseJson() refuses the bytes %p as no UTF-8", (body) => {
  expect(messageOf(Uint8Array.from(body))).toContain("not valid UTF-8");
});

const QUICK_MS = 200;
const long = "a".repeat(4 << 20);

test.each<[string, string, string]>([
  [
    "a name that is no string",
    `{"\\x${"a".repeat(1 << 20)}"${":".repeat(65_535)}`,
    "no JSON string",
  ],
  ["colons without a name", `{"${long}":${"{:}".repeat(10_000)}`, "Expected"],
  ["a name before many colons", `{"${long}"${":".repeat(65_535)}`, "Unexpected"],
  ["colons behind elements", `["${long}",${":,".repeat(10_000)}`, "Unexpected"],
  ["millions of arrays", `[${"[],".repeat(5_000_000)}[]]`, "131072 arrays and objects"],
  ["millions of numbers", `[${"1,".repeat(5_000_000)}1]`, "4194304 commas"],
])("parseJson() refuses %s in linear time", (_, text, reason) => {
  const body = bytes(text);
  const startMs = performance.now();
  expect(messageOf(body)).toContain(reason);
  expect(performance.now() - startMs).toBeLessThan(QUICK_MS);
});

test("parseJson() reads megabytes of escapes in linear time", () => {
  const text = JSON.stringify([`${'\\"'.repeat(1 << 20)}`]);
  const startMs = performance.now();
  expect(parse(bytes(text))).toEqual(JSON.parse(text));
  // Quadratic, this would take minutes.
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
