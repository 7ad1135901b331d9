// Licences of model cards.
import { expect, test } from "bun:test";
import { readCardLicense } from "../../src/builder/model-card.ts";
import { createTempDir } from "../helper/temp-dir.ts";

test.each([
  ["---\nlicense: apache-2.0\ntags: [a]\n---\n# Model", "apache-2.0"],
  ["---\r\nlicense: mit\r\n---\r\n", "mit"],
  ["---\nlicense: other\nlicense_name: llama 3\n---\n", "llama 3"],
  ["---\nlicense: other\n---\n", undefined],
  ["---\nlicense: [a, b]\n---\n", undefined],
  ["---\n- a\n---\n", undefined],
  ["---\nlicense: : :\n---\n", undefined],
  ["---\nlicense: mit\n", undefined],
  ["# license: mit\n---\n", undefined],
  ["", undefined],
  [`---\n${"- ".repeat(20_000)}\n---\n`, undefined],
])("readCardLicense() of card %#", async (text, expected) => {
  using folder = createTempDir();
  const path = folder.join("README.md");
  await Bun.write(path, text);
  expect(readCardLicense({ name: "README.md", path })).toBe(expected);
});
