// Names of models on a hub.
import { expect, test } from "bun:test";
import { isHubReference, parseHubReference, printHubReference } from "../../src/hub/index.ts";

test.each([
  ["hf:org/name", "org/name", "main"],
  ["hf:bert-base-uncased", "bert-base-uncased", "main"],
  ["hf:org/name@v1.0", "org/name", "v1.0"],
  ["hf:org/na.me_x-1@refs/pr/1", "org/na.me_x-1", "refs/pr/1"],
  [`hf:org/name@${"a".repeat(40)}`, "org/name", "a".repeat(40)],
])("parseHubReference(%j)", (text, repository, revision) => {
  expect(isHubReference(text)).toBe(true);
  const reference = parseHubReference(text);
  expect(reference).toEqual({ repository, revision });
  expect(parseHubReference(printHubReference({ repository, revision }))).toEqual(reference);
});

test.each([
  "hf:",
  "hf:/name",
  "hf:org/",
  "hf:org/name/",
  "hf:org/name/onnx",
  "hf:../name",
  "hf:org/..",
  "hf:org/a..b",
  "hf:org/a--b",
  "hf:-org/name",
  "hf:org/name.",
  "hf:org/na me",
  "hf:org/näme",
  `hf:org/${"x".repeat(100)}`,
  "hf:org/name@",
  "hf:org/name@/main",
  "hf:org/name@a/../b",
  "hf:org/name@a//b",
  "hf:org/name@.hidden",
  "hf:org/name@a.lock",
  "hf:org/name@a@b",
  "hf:org/name@a?b",
  `hf:org/name@${"x".repeat(201)}`,
])("parseHubReference(%j) complains", (text) => {
  expect(parseHubReference(text)).toHaveProperty("complaint");
});

test.each(["./hf:org/name", "org/name", "HF:org/name", ""])(
  "isHubReference(%j) is false",
  (text) => {
    expect(isHubReference(text)).toBe(false);
  },
);
