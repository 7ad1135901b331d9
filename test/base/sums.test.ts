// Lists of digests as people give them.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseSums, readSums } from "../../src/base/sums.ts";
import { rejectedBy, thrownBy } from "../helper/coded.ts";
import { startRawServer } from "../helper/raw-server.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const A = "a".repeat(64);
const B = "B1".repeat(32);

test("parseSums() reads what sha256sum writes", () => {
  const text = `${A}  one.gz\n# a comment\n\n${B} *two words.gz\r\n${A}  ./three\n${A}  one.gz\n`;
  expect([...parseSums(text, "x")]).toEqual([
    ["one.gz", A],
    ["two words.gz", B.toLowerCase()],
    ["three", A],
  ]);
});

test.each([
  ["nonsense", 1],
  [`${A}`, 1],
  [`${A}  ok\nabc  short`, 2],
  [`${A}  x\n${B}  x`, 2],
  ["<html>", 1],
])("parseSums() throws BASE_SUMS_INVALID for %#, and names the line", (text, line) => {
  const error = thrownBy(() => parseSums(text, "list"));
  expect(error.code).toBe("BASE_SUMS_INVALID");
  expect(error.message).toContain(`"list" as a list of digests as line ${line} must be`);
});

test("readSums() takes a path and addresses", async () => {
  using folder = createTempDir();
  const path = folder.join("SHA256SUMS");
  writeFileSync(path, `${A}  x\n`);
  await using server = await startRawServer((request) => request.answer(200, {}, `${B}  y\n`));
  expect((await readSums(path)).digests.get("x")).toBe(A);
  expect((await readSums(pathToFileURL(path).href)).digests.get("x")).toBe(A);
  const fetched = await readSums(`${server.url}/s?key=secret`, () => undefined);
  expect(fetched.digests.get("y")).toBe(B.toLowerCase());
  expect(fetched.origin).toBe(`${server.url}/s?...`);
  expect((await rejectedBy(readSums("/nowhere/at/all"))).code).toBe("IO_NOT_FOUND");
});
