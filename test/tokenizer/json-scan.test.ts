// The scanner that reads vocabularies, against JSON.parse.
import { describe, expect, test } from "bun:test";
import { JsonScanner } from "../../src/tokenizer/json-scan.ts";
import { createRandom } from "./corpus.ts";

const scan = (json: string) => new JsonScanner(json, "p");

describe("readNumber()", () => {
  test.each([
    "0",
    "-0",
    "7",
    "-12.5",
    "0.1",
    "123456789012345",
    "1234567890123456789",
    "-8.25e-3",
    "1E5",
    "1e+2",
    "0.1234567890123456789",
    "3.0",
    "-0.000001",
    "9007199254740993",
    "1e400",
    "123456.789012345678",
  ])("reads %s as JSON.parse does", (json) => {
    const scanner = scan(`${json},`);
    expect(scanner.readNumber()).toBe(JSON.parse(json));
    expect(scanner.at).toBe(json.length);
  });

  test("reads any decimal as JSON.parse does", () => {
    const random = createRandom(9);
    for (let made = 0; made < 2000; made++) {
      const json = (-20 * random()).toFixed(Math.floor(random() * 18));
      expect(scan(json).readNumber()).toBe(JSON.parse(json));
    }
  });

  test.each(["", "-", "a", ".5", "-.5", '"1"', "null"])("refuses %j", (json) => {
    expect(() => scan(json).readNumber()).toThrow(
      expect.objectContaining({ code: "TOKENIZER_INVALID" }),
    );
  });
});

describe("readString()", () => {
  const read = (json: string) => {
    const scanner = scan(json);
    scanner.readString();
    return [scanner.string.slice(scanner.from, scanner.to), scanner.at];
  };

  test.each([
    '""',
    '"a"',
    ' \n"a b"',
    '"\\""',
    '"\\\\"',
    '"a\\\\\\"b"',
    '"\\u0041\\n"',
    '"\\ud83d\\ude00"',
    '"😀"',
  ])("reads %s as JSON.parse does", (json) => {
    expect(read(`${json} ,"next\\n"`)).toEqual([JSON.parse(json), json.length]);
  });

  test.each(["", "a", '"a', '"a\\', '"a\\"', '"\\x"', '"\\u12"'])("refuses %j", (json) => {
    expect(() => read(json)).toThrow(expect.objectContaining({ code: "TOKENIZER_INVALID" }));
  });
});

describe("skipValue()", () => {
  test.each([
    "1",
    "null",
    '"a,]}"',
    '"\\"]"',
    "[]",
    "{}",
    "[1,[2],{}]",
    '{"a":{"b":[1,"}"]},"c":"\\\\"}',
    "[[[[1]]]]",
  ])("steps over %s", (json) => {
    for (const rest of [",1", "]", "}", ""]) {
      const scanner = scan(`${json}${rest}`);
      expect(scanner.skipValue()).toEqual({ start: 0, end: json.length });
    }
  });

  test("stops at the end of an incomplete value", () => {
    for (const json of ["[1", '{"a":', '"a', '["a\\']) {
      expect(scan(json).skipValue().end).toBe(json.length);
    }
  });
});
