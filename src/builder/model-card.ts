// What the model's README.md states in its front matter.
import { isMap, parseDocument } from "yaml";
import { readFileBytes } from "../io/index.ts";
import type { ModelFile } from "./model-file.ts";

/** Model cards with their tables of benchmark results reach 1 MB. */
const CARD_BYTES_MAX = 16 * 1024 * 1024;
/** Front matter beyond this is not looked at; the licence stands near its beginning. */
const FRONT_MATTER_LENGTH_MAX = 256 * 1024;
const LICENSE_LENGTH_MAX = 200;

/** The licence identifier a model card states, such as "apache-2.0"; undefined when it states none. */
export function readCardLicense(card: ModelFile): string | undefined {
  const text = new TextDecoder().decode(readFileBytes(card.path, CARD_BYTES_MAX));
  const end = text.slice(0, FRONT_MATTER_LENGTH_MAX).indexOf("\n---", 3);
  if (!text.startsWith("---") || end < 0) return undefined;
  return licenseOf(text.slice(text.indexOf("\n") + 1, end));
}

function licenseOf(frontMatter: string): string | undefined {
  try {
    const { contents } = parseDocument(frontMatter, { prettyErrors: false });
    if (!isMap(contents)) return undefined;
    const fieldOf = (key: string): unknown => contents.get(key);
    // "other" says nothing; the name beside it does.
    const stated = fieldOf(fieldOf("license") === "other" ? "license_name" : "license");
    if (typeof stated !== "string" || stated.length > LICENSE_LENGTH_MAX) return undefined;
    return stated.replaceAll(/\s+/g, " ").trim() || undefined;
  } catch (thrown) {
    // A card whose front matter nests without end overflows the parser; its licence is then unknown, nothing more.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}
