// Locks that last as long as a descriptor, or its process.
import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { lockDescriptor, openLock } from "../../src/io/lock-descriptor.ts";
import { createTempDir } from "../helper/temp-dir.ts";

test("lockDescriptor() gives a file to one at a time, until its descriptor is closed", () => {
  using folder = createTempDir();
  const path = folder.join("a");
  const one = openSync(path, "w");
  const two = openSync(path, "r+");
  expect(lockDescriptor(one)).toBe("taken");
  expect(lockDescriptor(two)).toBe("held");
  expect(lockDescriptor(one)).toBe("taken");
  closeSync(one);
  expect(lockDescriptor(two)).toBe("taken");
  closeSync(two);
});

test("lockDescriptor() says where there are no locks", () => {
  expect(lockDescriptor(-1)).toBe("unsupported");
});

test("openLock() of a system nobody knows has no locks", () => {
  expect(openLock("plan9")(0)).toBe("unsupported");
});
