// Tokens without the model: the same on either thread, whole, and given up when nobody waits.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openFile } from "../../src/format/index.ts";
import { FileSource } from "../../src/io/index.ts";
import { type Engine, loadEngine } from "../../src/runtime/index.ts";
import { LONG_TEXT_CHARACTERS } from "../../src/runtime/limit.ts";
import { rejectedBy } from "../helper/coded.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeTinyFile } from "../helper/tiny-file.ts";

const folder = createTempDir();
let engine: Engine;

function load(): Engine {
  const source = new FileSource(folder.join("tiny"));
  return loadEngine(openFile(source), source.realPath);
}

beforeAll(async () => {
  await writeTinyFile(folder.join("tiny"), "sentence_embedding");
  engine = load();
  await engine.ready;
});

afterAll(async () => {
  await engine.close();
  folder[Symbol.dispose]();
});

const SHORT = "a b c";
const LONG = "a b c ".repeat(LONG_TEXT_CHARACTERS / 6 + 1);

test.each([
  ["a short text", SHORT, true],
  ["a short text", SHORT, false],
  ["a text beyond the model's limit, on a thread of its own,", LONG, true],
  ["a text beyond the model's limit, on a thread of its own,", LONG, false],
])("Engine.tokenize() gives %s the tokens of the tokenizer", async (_, text, addSpecialTokens) => {
  const found = await engine.tokenize(text, { addSpecialTokens });
  const expected = (await engine.tokenizer).encode(text, { addSpecialTokens });
  expect(found).toEqual(expected);
  expect(found.truncated).toBe(false);
  expect(found.specialMask.includes(1)).toBe(addSpecialTokens);
});

test("Engine.tokenize() rejects when nobody waits for a long text", async () => {
  const gone = new AbortController();
  const asked = engine.tokenize(LONG, { signal: gone.signal });
  gone.abort("gone");
  expect(await asked.catch((thrown: unknown) => thrown)).toBe("gone");
});

test("Engine.tokenize() starts no thread for an engine that is closed", async () => {
  const closed = load();
  await closed.ready;
  await closed.close();
  expect((await rejectedBy(closed.tokenize(LONG))).code).toBe("ENGINE_CLOSED");
});
