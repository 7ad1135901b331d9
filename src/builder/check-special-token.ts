// Special tokens that files beside tokenizer.json name, and what they say of them: the reference adds those that
// tokenizer.json lacks, which changes the tokens of texts that contain them.
import { attempt, type ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { isObject, type JsonFile, type JsonObject, ownField, readJsonObject } from "./json-file.ts";

const NAMED = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map((name) => `${name}_token`);
const LISTS = ["additional_special_tokens", "extra_special_tokens"] as const;
const SAVE_AGAIN =
  "save the tokenizer again in Python with " +
  'transformers.AutoTokenizer.from_pretrained("DIR").save_pretrained("DIR")';
const TOKENS_SHOWN_MAX = 5;
const TOKEN_SHOWN_MAX = 60;

/** Tokens and settings that tokenizer.json has not, or has otherwise, become problems. */
export function checkSpecialTokens(facts: ModelFacts, findings: Findings): void {
  const { tokenizerConfig, files } = facts;
  const special = files.specialTokens;
  const map = special && attempt(findings, () => readJsonObject(special, findings));
  const known = addedTokens(facts.tokenizerDocument);
  for (const file of [tokenizerConfig, map]) {
    if (file !== undefined) refuseUnknown(file, known, { facts, findings });
  }
  if (tokenizerConfig === undefined) return;
  if (ownField(tokenizerConfig.fields, "split_special_tokens") === true) {
    findings.problem(
      `${tokenizerConfig.name}: split_special_tokens`,
      "found true, which takes special tokens in texts apart and is not done here: remove the field if the model was " +
        "not trained so",
    );
  }
  checkEnds(tokenizerConfig, facts, findings);
}

function addedTokens(document: JsonObject): ReadonlySet<string> {
  const list = ownField(document, "added_tokens");
  const items = Array.isArray(list) ? list : [];
  return new Set(items.flatMap((item) => textsOf(item)));
}

/** A token is a text or an object with its content; several come in a list or under names. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((item) => oneText(item));
  return oneText(value);
}

function oneText(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  const content = isObject(value) ? ownField(value, "content") : undefined;
  return typeof content === "string" ? [content] : [];
}

function refuseUnknown(
  { name, fields }: JsonFile,
  known: ReadonlySet<string>,
  { facts, findings }: { readonly facts: ModelFacts; readonly findings: Findings },
): void {
  for (const key of [...NAMED, ...LISTS, "added_tokens_decoder"]) {
    const value = ownField(fields, key);
    const isMap = isObject(value) && ownField(value, "content") === undefined;
    const tokens = isMap ? Object.values(value).flatMap(oneText) : textsOf(value);
    const unknown = tokens.filter((token) => token !== "" && !known.has(token));
    if (unknown.length === 0) continue;
    const shown = unknown
      .slice(0, TOKENS_SHOWN_MAX)
      .map((token) => JSON.stringify(token.slice(0, TOKEN_SHOWN_MAX)))
      .join(", ");
    const hidden = unknown.length - TOKENS_SHOWN_MAX;
    const more = hidden > 0 ? ` and ${hidden} more` : "";
    findings.problem(
      `${name}: ${key}`,
      `expected tokens that ${facts.files.tokenizer?.name} has among its added_tokens: found ${shown}${more}, which ` +
        `the reference implementation adds: ${SAVE_AGAIN}`,
    );
  }
}

/** The reference builds the frame of a text anew where the file says which ends it has. */
function checkEnds(
  { name, fields }: JsonFile,
  { tokenizer, files }: ModelFacts,
  findings: Findings,
): void {
  const { ids } = tokenizer.encode("");
  for (const [setting, key, end] of [
    ["add_bos_token", "bos_token", ids[0]],
    ["add_eos_token", "eos_token", ids.at(-1)],
  ] as const) {
    const stated = ownField(fields, setting);
    const [token] = oneText(ownField(fields, key));
    const id = token === undefined ? undefined : tokenizer.tokenToId(token);
    if (typeof stated !== "boolean" || id === undefined || stated === (end === id)) continue;
    findings.problem(
      `${name}: ${setting}`,
      `found ${stated}, but the post-processor of ${files.tokenizer?.name} ${stated ? "does not add" : "adds"} ` +
        `${JSON.stringify(token)}: the reference implementation takes the former: ${SAVE_AGAIN}, or make them agree`,
    );
  }
}
