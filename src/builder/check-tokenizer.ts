// Settings beside tokenizer.json that change which tokens a text gets in the reference implementation. Where they
// disagree with tokenizer.json, following it alone would be a silent difference.
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { isObject, type JsonObject, ownField } from "./json-file.ts";

/** Has every capital of the basic alphabet, which all tokenizers know apart or not at all. */
const CAPITALS = "The Quick Brown FOX Jumps Over The Lazy DOG, Vexing Mr Zack";

/** Disagreements become problems. */
export function checkTokenizer(facts: ModelFacts, findings: Findings): void {
  checkLowerCase(facts, findings);
  checkBertNormalizer(facts, findings);
}

/** sentence-transformers lowers the case of a text before the tokenizer sees it, if it is told to. */
function checkLowerCase({ sentenceBertConfig, tokenizer }: ModelFacts, findings: Findings): void {
  if (ownField(sentenceBertConfig?.fields, "do_lower_case") !== true) return;
  const asIs = tokenizer.encode(CAPITALS).ids;
  const lowered = tokenizer.encode(CAPITALS.toLowerCase()).ids;
  if (asIs.join() === lowered.join()) return;
  findings.problem(
    `${sentenceBertConfig?.name}: do_lower_case`,
    "expected a tokenizer that lowers the case itself: found one that tells cases apart: " +
      "add the normalizer Lowercase to tokenizer.json",
  );
}

/** Tokenizer classes whose settings replace those of a BertNormalizer when the reference loads a tokenizer.json. */
const BERT_CLASSES =
  /^(Bert|ConvBert|DistilBert|Electra|Funnel|LayoutLM|Lxmert|MPNet|MobileBert|Realm|RetriBert)Tokenizer(Fast)?$/;

function checkBertNormalizer(facts: ModelFacts, findings: Findings): void {
  const { tokenizerConfig, tokenizerDocument } = facts;
  const config = tokenizerConfig?.fields;
  const normalizer = ownField(tokenizerDocument, "normalizer");
  if (config === undefined || !isObject(normalizer)) return;
  const isBert = ownField(normalizer, "type") === "BertNormalizer";
  if (!isBert || !BERT_CLASSES.test(String(ownField(config, "tokenizer_class")))) return;
  const lower = { config: flagOf(config, "do_lower_case"), found: flagOf(normalizer, "lowercase") };
  const pairs = [
    ["do_lower_case", lower.config, lower.found],
    [
      "tokenize_chinese_chars",
      flagOf(config, "tokenize_chinese_chars"),
      flagOf(normalizer, "handle_chinese_chars"),
    ],
    [
      "strip_accents",
      // Not stated, accents go where capitals go.
      flagOf(config, "strip_accents") ?? lower.config,
      flagOf(normalizer, "strip_accents") ?? lower.found,
    ],
  ] as const;
  for (const [setting, stated, found] of pairs) {
    if (stated === undefined || found === undefined || stated === found) continue;
    findings.problem(
      `${tokenizerConfig?.name}: ${setting}`,
      `found ${stated}, but the normalizer of ${facts.files.tokenizer?.name} has ${found}: the reference ` +
        "implementation takes the former: make them agree",
    );
  }
}

function flagOf(object: JsonObject, name: string): boolean | undefined {
  const value = ownField(object, name);
  return typeof value === "boolean" ? value : undefined;
}
