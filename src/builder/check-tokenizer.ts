// Settings beside tokenizer.json that change which tokens a text gets in the reference implementation. Where they
// disagree with tokenizer.json, following it alone would be a silent difference.

import { checkSpecialTokens } from "./check-special-token.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";
import { isObject, type JsonObject, ownField, textField } from "./json-file.ts";

/** Has every capital of the basic alphabet, which all tokenizers know apart or not at all. */
const CAPITALS = "The Quick Brown FOX Jumps Over The Lazy DOG, Vexing Mr Zack";

/** Disagreements become problems. */
export function checkTokenizer(facts: ModelFacts, findings: Findings): void {
  checkLowerCase(facts, findings);
  checkBertNormalizer(facts, findings);
  checkPrefixSpace(facts, findings);
  checkSpecialTokens(facts, findings);
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
/** Those whose settings replace that of the pre-tokenizer ByteLevel. */
const BYTE_CLASSES = /^(Roberta|Longformer|Bart|LED|GPT2|Deberta|Blenderbot)Tokenizer(Fast)?$/;

/** Kinds of models whose tokenizer is of such a class where no file names one. */
const CLASS_OF_TYPE: ReadonlyMap<string, string> = new Map([
  ...[
    "bert",
    "bros",
    "convbert",
    "distilbert",
    "electra",
    "ernie",
    "layoutlm",
    "lxmert",
    "megatron-bert",
    "mobilebert",
    "nezha",
    "nomic_bert",
    "qdqbert",
    "realm",
    "retribert",
    "squeezebert",
    "visual_bert",
  ].map((type) => [type, "BertTokenizer"] as const),
  ["funnel", "FunnelTokenizer"],
  ["mpnet", "MPNetTokenizer"],
  ...["data2vec-text", "ibert", "longformer", "roberta", "roberta-prelayernorm"].map(
    (type) => [type, "RobertaTokenizer"] as const,
  ),
]);

/** The class the reference loads, with where that is said; undefined where nothing tells. */
function classOf({ tokenizerConfig, config }: ModelFacts): string | undefined {
  const stated = ownField(tokenizerConfig?.fields, "tokenizer_class");
  if (typeof stated === "string") return stated;
  return CLASS_OF_TYPE.get(textField(config?.fields, "model_type") ?? "");
}

function checkBertNormalizer(facts: ModelFacts, findings: Findings): void {
  const config = facts.tokenizerConfig?.fields ?? {};
  const normalizer = ownField(facts.tokenizerDocument, "normalizer");
  if (!isObject(normalizer) || ownField(normalizer, "type") !== "BertNormalizer") return;
  const owner = classOf(facts);
  if (owner === undefined || !BERT_CLASSES.test(owner)) return;
  const lower = {
    config: flagOf(config, "do_lower_case") ?? true,
    found: flagOf(normalizer, "lowercase") ?? true,
  };
  const chinese = flagOf(normalizer, "handle_chinese_chars") ?? true;
  const pairs = [
    ["do_lower_case", lower.config, lower.found],
    ["tokenize_chinese_chars", flagOf(config, "tokenize_chinese_chars") ?? true, chinese],
    [
      "strip_accents",
      // Not stated, accents go where capitals go.
      flagOf(config, "strip_accents") ?? lower.config,
      flagOf(normalizer, "strip_accents") ?? lower.found,
    ],
  ] as const;
  for (const [setting, stated, found] of pairs) {
    const isFollowed = setting === "strip_accents" && flagOf(config, setting) === undefined;
    // What follows another setting is told with that one.
    if (stated === found || (isFollowed && lower.config !== lower.found)) continue;
    const where = `the normalizer of ${facts.files.tokenizer?.name} has ${found}`;
    refuseDisagreement({ setting, stated, where, owner }, facts, findings);
  }
}

function checkPrefixSpace(facts: ModelFacts, findings: Findings): void {
  const owner = classOf(facts);
  const step = byteLevelOf(ownField(facts.tokenizerDocument, "pre_tokenizer"));
  if (owner === undefined || !BYTE_CLASSES.test(owner) || step === undefined) return;
  const setting = "add_prefix_space";
  const stated = flagOf(facts.tokenizerConfig?.fields ?? {}, setting) ?? false;
  const found = flagOf(step, setting) ?? true;
  if (stated === found) return;
  const where = `the pre-tokenizer of ${facts.files.tokenizer?.name} has ${found}`;
  refuseDisagreement({ setting, stated, where, owner }, facts, findings);
}

/** The step ByteLevel of a pre-tokenizer, which may be one of several. */
function byteLevelOf(step: unknown): JsonObject | undefined {
  if (!isObject(step)) return undefined;
  if (ownField(step, "type") === "ByteLevel") return step;
  const steps = ownField(step, "pretokenizers");
  return Array.isArray(steps)
    ? steps.filter(isObject).find((item) => ownField(item, "type") === "ByteLevel")
    : undefined;
}

/** Tells of a setting that the reference takes from beside tokenizer.json, or from the class. */
function refuseDisagreement(
  given: {
    readonly setting: string;
    readonly stated: boolean;
    readonly where: string;
    readonly owner: string;
  },
  { tokenizerConfig }: ModelFacts,
  findings: Findings,
): void {
  const { setting, stated, where, owner } = given;
  const isStated = flagOf(tokenizerConfig?.fields ?? {}, setting) !== undefined;
  findings.problem(
    `${tokenizerConfig?.name ?? "tokenizer_config.json"}: ${setting}`,
    `found ${isStated ? stated : `none, which means ${stated} to ${owner}`}, but ${where}: the reference ` +
      "implementation takes the former: make them agree",
  );
}

function flagOf(object: JsonObject, name: string): boolean | undefined {
  const value = ownField(object, name);
  return typeof value === "boolean" ? value : undefined;
}
