// Whether the C library can be told what to keep.
import { expect, test } from "bun:test";
import { keepFreedMemory } from "../../src/onnx/kept-memory.ts";

test.each(["loading", "running"] as const)(
  "keepFreedMemory() is taken on Linux while %s",
  (when) => {
    expect(keepFreedMemory(when)).toBe(process.platform === "linux");
  },
);
