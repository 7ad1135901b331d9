// The table of settings, and the page of documentation that must say the same.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FIELDS, type Field } from "../../src/builder/config.ts";
import { parseConfig } from "../../src/builder/config-file.ts";
import { createBuildCommand } from "../../src/cli/builder/build.ts";
import { readGivenGoldens } from "../../src/golden/index.ts";

const fields: readonly Field[] = Object.values(FIELDS);

test("FIELDS have different keys and flags, and words for people", () => {
  expect(new Set(fields.map(({ key }) => key)).size).toBe(fields.length);
  const flags = fields.flatMap((field) => field.flags ?? []);
  expect(new Set(flags).size).toBe(flags.length);
  for (const { meaning, fallback } of fields) expect(meaning && fallback).toBeTruthy();
});

test("FIELDS are the table of docs/configuration.md", () => {
  const about = { name: "build", summary: "" };
  const offered = createBuildCommand(about).options.map((option) => option.flags);
  const rows = fields.map(({ key, flags, meaning, fallback }) => {
    const opposite = offered.filter((other) => other === flags?.replace("--", "--no-"));
    const all = flags === undefined ? [] : [flags, ...opposite];
    const flag = all.map((each) => `\`${each}\``).join(", ");
    return `| \`${key}\` | ${flag} | ${meaning} | ${fallback} |`;
  });
  const page = readFileSync(join(import.meta.dir, "../../docs/configuration.md"), "utf8");
  expect(page.split("\n").filter((line) => line.startsWith("| `"))).toEqual(rows);
});

/** Indented blocks of the page. */
const blocks = readFileSync(join(import.meta.dir, "../../docs/configuration.md"), "utf8")
  .split(/\n(?! {4}|\n)/)
  .flatMap(
    (part) => /(?:\n {4}.*|\n(?=\n* {4}))+/.exec(part)?.[0].replaceAll("\n    ", "\n") ?? [],
  );

test("examples of configurations in docs/configuration.md can be read", () => {
  const examples = blocks.filter((block) => block.includes("encoderfile:\n"));
  expect(examples).toHaveLength(3);
  for (const example of examples) {
    const { problems, settings } = parseConfig(example, { path: "/e.yml", home: "/home" });
    expect(problems).toEqual([]);
    expect(Object.keys(settings).length).toBeGreaterThan(1);
  }
});

test("examples of goldens in docs/configuration.md can be read, for a task each", () => {
  const examples = blocks.filter((block) => block.includes('{"input'));
  const tasks = ["sequence_classification", "sentence_embedding", "reranking"] as const;
  expect(examples).toHaveLength(tasks.length);
  for (const [index, task] of tasks.entries()) {
    const bytes = new TextEncoder().encode(examples[index]);
    const { goldens, problems } = readGivenGoldens(bytes, { task, precision: "float32" });
    expect(problems).toEqual([]);
    expect(goldens.length).toBeGreaterThan(0);
  }
});
