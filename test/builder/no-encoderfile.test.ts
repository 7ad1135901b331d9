// What is said of files that are no encoderfiles.
import { expect, test } from "bun:test";
import { explainNoEncoderfile } from "../../src/builder/index.ts";
import { MemorySource } from "../../src/io/index.ts";
import { fakeBaseBytes } from "../helper/fake-base.ts";

const BASE = fakeBaseBytes();
const MAC = fakeBaseBytes({ machine: "darwin-arm64" });
const text = (content: string) => new TextEncoder().encode(content);

test.each([
  ["a text", text("hello, this is a text"), "it is not an encoderfile: one ends in a footer"],
  ["nothing", new Uint8Array(0), "it is not an encoderfile"],
  ["another program", fakeBaseBytes({ identity: null }), "it is not an encoderfile"],
  ["a text about bases", text(Buffer.from(BASE).toString("latin1").slice(10)), "it is not an enc"],
  ["a base", BASE, "this is a base (linux-x64, version 0.1.0), it carries no model: build one"],
  ["a base for macOS", MAC, "this is a base (darwin-arm64, version"],
  ["a cut base", BASE.subarray(0, -9), "found the first"],
])("explainNoEncoderfile() says that %s never was one", (_what, bytes, message) => {
  const error = explainNoEncoderfile(new MemorySource(bytes, "x"));
  expect(error.code).toBe("FORMAT_NOT_ENCODERFILE");
  expect(error.message).toStartWith('Cannot open "x" as ');
  expect(error.message).toContain(message);
  expect(error.message).not.toMatch(/[0-9a-f]{16}/);
});

test("explainNoEncoderfile() knows what is left of an encoderfile", () => {
  const bytes = Buffer.concat([BASE, Buffer.alloc(500)]);
  const error = explainNoEncoderfile(new MemorySource(bytes, "x"));
  expect(error.code).toBe("FORMAT_DAMAGED_FOOTER");
  expect(error.message).toContain("found 500 bytes behind it and no footer: it was cut short");
});
