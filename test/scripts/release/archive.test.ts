// Archives of a release: readable by tar, and the same bytes for the same content.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { type ArchiveEntry, gzip, packArchive } from "../../../scripts/release/archive.ts";
import { createTempDir } from "../../helper/temp-dir.ts";

const text = (value: string) => new TextEncoder().encode(value);
const ENTRIES: readonly ArchiveEntry[] = [
  { path: "encoderfile", bytes: text("#!/bin/sh\n"), executable: true },
  { path: "LICENSE", bytes: text("free") },
  { path: "README.md", bytes: new Uint8Array(100_000) },
];
const OPTIONS = { folder: "encoderfile-0.1.0-linux-x64", date: new Date(1_700_000_000_000) };

test("packArchive() gives the same bytes for any order of the entries", async () => {
  const one = await packArchive(ENTRIES, OPTIONS);
  const other = await packArchive(ENTRIES.toReversed(), OPTIONS);
  expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
});

test("packArchive() writes what tar lists: sorted, dated, owned by nobody in particular", async () => {
  using folder = createTempDir();
  writeFileSync(folder.join("a.tar.gz"), await packArchive(ENTRIES, OPTIONS));
  const { stdout, exitCode } = Bun.spawnSync(
    ["tar", "--numeric-owner", "--full-time", "-tvzf", folder.join("a.tar.gz")],
    { env: { ...process.env, TZ: "UTC", LC_ALL: "C" } },
  );
  expect(exitCode).toBe(0);
  const lines = stdout.toString().trim().split("\n");
  expect(lines.map((line) => line.replaceAll(/ +/g, " "))).toEqual([
    "drwxr-xr-x 0/0 0 2023-11-14 22:13:20 encoderfile-0.1.0-linux-x64/",
    "-rw-r--r-- 0/0 4 2023-11-14 22:13:20 encoderfile-0.1.0-linux-x64/LICENSE",
    "-rw-r--r-- 0/0 100000 2023-11-14 22:13:20 encoderfile-0.1.0-linux-x64/README.md",
    "-rwxr-xr-x 0/0 10 2023-11-14 22:13:20 encoderfile-0.1.0-linux-x64/encoderfile",
  ]);
});

test("gzip() writes neither a date nor a system", () => {
  const packed = gzip(text("x"));
  expect([...packed.subarray(0, 10)]).toEqual([31, 139, 8, 0, 0, 0, 0, 0, 2, 255]);
  expect(Buffer.from(Bun.gunzipSync(packed)).toString()).toBe("x");
});
