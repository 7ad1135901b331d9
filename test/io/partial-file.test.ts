// Files that arrive in pieces: one writer at a time, what came stays, what is whole gets its name.
import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { lockDescriptor } from "../../src/io/lock-descriptor.ts";
import { PartialFile, partialPath } from "../../src/io/partial-file.ts";
import { thrownBy } from "../helper/coded.ts";
import { makePipe } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function open(path: string, lock?: typeof lockDescriptor): PartialFile {
  const partial = PartialFile.open(path, lock);
  if (partial === undefined) throw new Error("Somebody else holds it");
  return partial;
}

function contentOf(partial: PartialFile): string {
  let text = "";
  partial.forEachChunk((chunk) => {
    text += new TextDecoder().decode(chunk);
  });
  return text;
}

test("PartialFile.open() makes the folder and keeps what is appended for the next one", () => {
  using folder = createTempDir();
  const path = folder.join("a", "b");
  {
    using partial = open(path);
    partial.append(bytes("one "));
    partial.append(bytes("two"));
    expect(partial.byteLength).toBe(7);
  }
  expect(existsSync(path)).toBe(false);
  expect(statSync(partialPath(path)).mode & 0o777).toBe(0o600);
  using partial = open(path);
  expect(partial.byteLength).toBe(7);
  expect(contentOf(partial)).toBe("one two");
});

test("PartialFile.open() is undefined while another holds it", () => {
  using folder = createTempDir();
  const path = folder.join("a");
  {
    using _first = open(path);
    expect(PartialFile.open(path)).toBeUndefined();
  }
  using _second = open(path);
});

test("PartialFile.publish() gives the file its place and mode, over what was there", () => {
  using folder = createTempDir();
  const path = folder.join("a");
  writeFileSync(path, "old");
  using partial = open(path);
  partial.append(bytes("new"));
  partial.publish(0o751);
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(statSync(path).mode & 0o777).toBe(0o751);
  expect(readdirSync(folder.path)).toEqual(["a"]);
});

test("PartialFile leaves nothing when nothing came, or when it is removed", () => {
  using folder = createTempDir();
  {
    using _empty = open(folder.join("a"));
  }
  expect(readdirSync(folder.path)).toEqual([]);
  using partial = open(folder.join("a"));
  partial.append(bytes("x"));
  partial.remove();
  partial.remove();
  expect(readdirSync(folder.path)).toEqual([]);
});

test("PartialFile.clear() forgets what came", () => {
  using folder = createTempDir();
  using partial = open(folder.join("a"));
  partial.append(bytes("long and wrong"));
  partial.clear();
  expect(contentOf(partial)).toBe("");
  partial.append(bytes("right"));
  partial.publish(0o600);
  expect(readFileSync(folder.join("a"), "utf8")).toBe("right");
});

test("PartialFile.open() begins anew when the former holder finished between opening and locking", () => {
  using folder = createTempDir();
  const path = folder.join("a");
  for (const finish of [
    () => renameSync(partialPath(path), path),
    () => rmSync(partialPath(path)),
  ]) {
    let isFirst = true;
    using partial = open(path, (descriptor) => {
      if (isFirst) finish();
      isFirst = false;
      return lockDescriptor(descriptor);
    });
    partial.append(bytes("x"));
    expect(readFileSync(partialPath(path), "utf8")).toBe("x");
  }
});

test("PartialFile.open() without locks shares nothing and keeps nothing", () => {
  using folder = createTempDir();
  const path = folder.join("a");
  writeFileSync(partialPath(path), "of another");
  {
    using one = open(path, () => "unsupported");
    using two = open(path, () => "unsupported");
    one.append(bytes("one"));
    two.append(bytes("two"));
    two.publish(0o600);
  }
  expect(readFileSync(path, "utf8")).toBe("two");
  expect(readdirSync(folder.path).sort()).toEqual(["a", "a.partial"]);
});

test("PartialFile.open() refuses what is no file, and follows no link", () => {
  using folder = createTempDir();
  makePipe(folder.join("pipe.partial"));
  mkdirSync(folder.join("folder.partial"));
  symlinkSync(folder.join("elsewhere"), folder.join("link.partial"));
  for (const [name, code] of [
    ["pipe", "IO_NOT_A_FILE"],
    ["folder", "IO_NOT_A_FILE"],
    ["link", "IO_NOT_A_FILE"],
  ] as const) {
    const error = thrownBy(() => PartialFile.open(folder.join(name)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(
      / as (a (pipe|symbolic link) is there, not a file|it is a folder)/,
    );
  }
  expect(existsSync(folder.join("elsewhere"))).toBe(false);
});

test("PartialFile.forEachChunk() throws IO_CHANGED when another program cuts the file", () => {
  using folder = createTempDir();
  using partial = open(folder.join("a"));
  partial.append(bytes("some bytes"));
  truncateSync(partialPath(folder.join("a")), 4);
  const { code, message } = thrownBy(() => partial.forEachChunk(() => undefined));
  expect(code).toBe("IO_CHANGED");
  expect(message).toContain("it must have 10 bytes: found 4");
});

test("PartialFile.publish() says why the file cannot have its place", () => {
  using folder = createTempDir();
  const path = folder.join("a");
  mkdirSync(path);
  using partial = open(path);
  partial.append(bytes("x"));
  const { code, message } = thrownBy(() => partial.publish(0o600));
  expect(code).toBe("IO_NOT_A_FILE");
  expect(message).toStartWith(`Cannot write "${path}" as it is a folder`);
});

test("PartialFile.wait() waits until the holder is done, and says that it does", async () => {
  using folder = createTempDir();
  const path = folder.join("a");
  const first = open(path);
  let waits = 0;
  const onWait = () => {
    waits++;
    first.append(bytes("left"));
    first[Symbol.dispose]();
  };
  const waited = await PartialFile.wait(path, { pollMs: 1, onWait });
  expect([waits, waited.hasWaited, contentOf(waited.partial)]).toEqual([1, true, "left"]);
  waited.partial.publish(0o600, folder.join("b"));
  expect(readdirSync(folder.path)).toEqual(["b"]);
  const free = await PartialFile.wait(path, { pollMs: 1 });
  expect(free.hasWaited).toBe(false);
  expect(free.partial.currentPath).toBe(partialPath(path));
  free.partial.remove();
});
