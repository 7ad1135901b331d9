// The table of settings, and the page of documentation that must say the same.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FIELDS, type Field } from "../../src/builder/config.ts";

const fields: readonly Field[] = Object.values(FIELDS);

test("FIELDS have different keys and flags, and words for people", () => {
  expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
  const flags = fields.flatMap((field) => field.flags ?? []);
  expect(new Set(flags).size).toBe(flags.length);
  for (const { meaning, fallback } of fields) expect(meaning && fallback).toBeTruthy();
});

test("FIELDS are the table of docs/configuration.md", () => {
  const rows = fields.map(({ key, flags, meaning, fallback }) => {
    const flag = flags === undefined ? "" : `\`${flags}\``;
    return `| \`${key}\` | ${flag} | ${meaning} | ${fallback} |`;
  });
  const page = readFileSync(join(import.meta.dir, "../../docs/configuration.md"), "utf8");
  expect(page.split("\n").filter((line) => line.startsWith("| `"))).toEqual(rows);
});
