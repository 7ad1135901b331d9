// The table of everything a build can be told: key in the configuration file, flag of the command line, meaning,
// default, and how a value is read. Parser, command line and documentation derive from it.
import { TASK_IDS } from "../task/index.ts";
import { POOL_MODES } from "../tensor/index.ts";
import { SEQUENCE_LENGTH_MAX } from "../tokenizer/index.ts";
import {
  choice,
  choices,
  count,
  counts,
  flag,
  fraction,
  modelPlace,
  namedTexts,
  names,
  padding,
  path,
  paths,
  patterns,
  type Reader,
  refuse,
  target,
  template,
  text,
  texts,
} from "./field.ts";

export const SIMILARITY_IDS = ["cosine", "dot", "euclidean", "manhattan"] as const;
export type SimilarityId = (typeof SIMILARITY_IDS)[number];

export const SPARSE_POOLING_IDS = ["max", "sum"] as const;
export type SparsePoolingId = (typeof SPARSE_POOLING_IDS)[number];

export const QUANTIZE_IDS = ["int8", "auto"] as const;
export type QuantizeId = (typeof QUANTIZE_IDS)[number];

export const LABEL_SCHEME_IDS = ["bio", "bioes"] as const;
export type LabelSchemeId = (typeof LABEL_SCHEME_IDS)[number];

export const TRUNCATION_STRATEGY_IDS = ["longest_first", "only_first", "only_second"] as const;
export type TruncationStrategyId = (typeof TRUNCATION_STRATEGY_IDS)[number];

export const POOLING_IDS = ["none", ...POOL_MODES] as const;
export type PoolingId = (typeof POOLING_IDS)[number];

export const PROBLEM_TYPE_IDS = [
  "single_label_classification",
  "multi_label_classification",
  "regression",
] as const;
export type ProblemTypeId = (typeof PROBLEM_TYPE_IDS)[number];

export const INPUT_ROLE_IDS = [
  "input_ids",
  "attention_mask",
  "token_type_ids",
  "position_ids",
] as const;
export type InputRoleId = (typeof INPUT_ROLE_IDS)[number];

/** Wider than any vector in use; what a size beyond it would mean is caught when the width is known. */
const DIMENSION_MAX = 1_000_000;

const NO_TRANSFORMS =
  "expected none as this builder runs no scripts: remove it and use pooling, normalize and labels";
const NO_IMAGES = "expected a text model as images are not supported";

export type Field<T = unknown> = {
  /** Path below `encoderfile` in the configuration file. */
  readonly key: string;
  /** As the command line shows it; absent when only the file can say it. */
  readonly flags?: string;
  /** Whether the flag may be given several times, with one value each. */
  readonly repeatable?: boolean;
  readonly meaning: string;
  /** What happens without it, in words. */
  readonly fallback: string;
  readonly read: Reader<T>;
};

function field<T>(spec: Field<T>): Field<T> {
  return spec;
}

/** Every setting, in the order documentation shows them. */
export const FIELDS = {
  name: field({
    key: "name",
    flags: "--name <name>",
    meaning: "name of the model, the `model_id` of every answer",
    fallback: "name of the model directory",
    read: text,
  }),
  version: field({
    key: "version",
    flags: "--model-version <version>",
    meaning: "version of the model",
    fallback: "0.1.0",
    read: text,
  }),
  modelDir: field({
    key: "path",
    meaning: "model directory, hf:owner/name[@revision] for one on the hub, or a map of its files",
    fallback: "required",
    read: modelPlace,
  }),
  weights: field({
    key: "path.model_weights_path",
    flags: "--weights <file>",
    meaning: "the ONNX graph; on the hub also by its encoding, as in fp16 or q8",
    fallback: "model.onnx or onnx/model.onnx",
    read: path,
  }),
  config: field({
    key: "path.model_config_path",
    flags: "--config <file>",
    meaning: "the model's config.json",
    fallback: "config.json, if there is one",
    read: path,
  }),
  tokenizer: field({
    key: "path.tokenizer_path",
    flags: "--tokenizer <file>",
    meaning: "the tokenizer",
    fallback: "tokenizer.json",
    read: path,
  }),
  tokenizerConfig: field({
    key: "path.tokenizer_config_path",
    flags: "--tokenizer-config <file>",
    meaning: "settings of the tokenizer",
    fallback: "tokenizer_config.json, if there is one",
    read: path,
  }),
  preprocessor: field({
    key: "path.preprocessor_config_path",
    meaning: "refused: image models are not supported",
    fallback: "none",
    read: refuse(NO_IMAGES),
  }),
  task: field({
    key: "model_type",
    flags: "--task <task>",
    meaning: `what the model is for: auto, ${TASK_IDS.join(", ")}`,
    fallback: "auto: found in the model's files",
    read: choice(["auto", ...TASK_IDS], {
      image_classification: NO_IMAGES,
      image_segmentation: NO_IMAGES,
      object_detection: NO_IMAGES,
    }),
  }),
  output: field({
    key: "output_path",
    flags: "-o, --output <file>",
    meaning: "the encoderfile to write",
    fallback: "<name>.encoderfile in the working directory (<name>.encoderfile.exe for Windows)",
    read: path,
  }),
  base: field({
    key: "base_binary_path",
    flags: "--base <file>",
    meaning: "base executable to append the model to",
    fallback: "this executable, or the base of the target in the cache",
    read: path,
  }),
  target: field({
    key: "target",
    flags: "--target <target>",
    meaning: "system the encoderfile is for",
    fallback: "the base's own, else this machine",
    read: target,
  }),
  cacheDir: field({
    key: "cache_dir",
    flags: "--cache-dir <folder>",
    meaning: "folder of bases for other targets",
    fallback: "the user's cache folder",
    read: path,
  }),
  pooling: field({
    key: "pooling",
    flags: "--pooling <modes>",
    meaning: `how token vectors become one: ${POOLING_IDS.join(", ")}; several, as in \`cls,mean\`, are joined`,
    fallback: "found in 1_Pooling/config.json, else mean",
    read: choices(POOLING_IDS),
  }),
  normalize: field({
    key: "normalize",
    flags: "--normalize",
    meaning: "divide vectors by their L2 norm",
    fallback: "found in modules.json, else true for sentence embeddings",
    read: flag,
  }),
  dimensions: field({
    key: "dimensions",
    flags: "--dimensions <sizes>",
    meaning: "sizes vectors may be cut to, as in `64,128,256` (Matryoshka)",
    fallback: "found in config_sentence_transformers.json or config.json, else any",
    read: counts(1, DIMENSION_MAX),
  }),
  prompts: field({
    key: "prompts",
    flags: "--prompt <name=text...>",
    meaning: "texts that go before an input, by the name a request gives",
    fallback: "found in config_sentence_transformers.json",
    read: namedTexts,
  }),
  defaultPrompt: field({
    key: "default_prompt",
    flags: "--default-prompt <name>",
    meaning: "prompt of requests that name none; `none` for none",
    fallback: "found in config_sentence_transformers.json",
    read: text,
  }),
  similarity: field({
    key: "similarity",
    flags: "--similarity <function>",
    meaning: `what vectors are compared with: ${SIMILARITY_IDS.join(", ")}`,
    fallback: "found in config_sentence_transformers.json, else cosine",
    read: choice(SIMILARITY_IDS),
  }),
  sparsePooling: field({
    key: "sparse_pooling",
    flags: "--sparse-pooling <mode>",
    meaning: `how the weights of tokens become one vector: ${SPARSE_POOLING_IDS.join(", ")}`,
    fallback: "found in the SpladePooling module, else max",
    read: choice(SPARSE_POOLING_IDS),
  }),
  labels: field({
    key: "labels",
    flags: "--labels <a,b,c>",
    meaning: "names of the classes, in the order of the output",
    fallback: "found in config.json",
    read: texts,
  }),
  problemType: field({
    key: "problem_type",
    flags: "--problem-type <type>",
    meaning: `how scores are made of logits: ${PROBLEM_TYPE_IDS.join(", ")}`,
    fallback: "found in config.json",
    read: choice(PROBLEM_TYPE_IDS),
  }),
  labelScheme: field({
    key: "label_scheme",
    flags: "--label-scheme <scheme>",
    meaning: "what prefixes of labels mean: bio (B- I-), bioes (also E- or L-, S- or U-)",
    fallback: "found in the labels",
    read: choice(LABEL_SCHEME_IDS),
  }),
  hypothesisTemplate: field({
    key: "hypothesis_template",
    flags: "--hypothesis-template <text>",
    meaning: "sentence an entailment model is asked about a label, which stands for `{}`",
    fallback: "This example is {}.",
    read: template,
  }),
  outputName: field({
    key: "output_name",
    flags: "--output-name <name>",
    meaning: "the graph output to read",
    fallback: "found by name and rank",
    read: text,
  }),
  inputs: field({
    key: "inputs",
    flags: "--input <role=name...>",
    meaning: `graph inputs with unusual names, by role: ${INPUT_ROLE_IDS.join(", ")}`,
    fallback: "found by name",
    read: names(INPUT_ROLE_IDS),
  }),
  maxLength: field({
    key: "tokenizer.max_length",
    flags: "--max-length <tokens>",
    meaning: "longest sequence in tokens, special tokens included",
    fallback: "the smallest limit the model's files state",
    read: count(1, SEQUENCE_LENGTH_MAX),
  }),
  padTo: field({
    key: "tokenizer.pad_strategy",
    flags: "--pad-to <tokens>",
    meaning: "pad every text to this length; in the file batch_longest or {fixed: N}",
    fallback: "the longest of a batch",
    read: padding(SEQUENCE_LENGTH_MAX),
  }),
  truncationSide: field({
    key: "tokenizer.truncation_side",
    flags: "--truncation-side <side>",
    meaning: "end at which long texts are cut: left, right",
    fallback: "found in tokenizer_config.json, else right",
    read: choice(["right", "left"]),
  }),
  padToMultiple: field({
    key: "tokenizer.pad_to_multiple_of",
    flags: "--pad-to-multiple <tokens>",
    meaning: "pad every batch to a multiple of this length",
    fallback: "no more than needed",
    read: count(1, SEQUENCE_LENGTH_MAX),
  }),
  truncationStrategy: field({
    key: "tokenizer.truncation_strategy",
    flags: "--truncation-strategy <strategy>",
    meaning: `which text of a pair is cut: ${TRUNCATION_STRATEGY_IDS.join(", ")}`,
    fallback: "longest_first",
    read: choice(TRUNCATION_STRATEGY_IDS),
  }),
  stride: field({
    key: "tokenizer.stride",
    flags: "--stride <tokens>",
    meaning: "token classifiers read longer texts in windows: tokens two neighbours share",
    fallback: "a quarter of a window, at most 128",
    read: count(0, SEQUENCE_LENGTH_MAX),
  }),
  quantize: field({
    key: "quantize",
    flags: "--quantize <mode>",
    meaning:
      "round the weights to one byte: int8, or auto, which keeps the layers that change the answers most",
    fallback: "the graph as it is, byte for byte",
    read: choice(QUANTIZE_IDS),
  }),
  quantizeExclude: field({
    key: "quantize_exclude",
    flags: "--quantize-exclude <pattern>",
    repeatable: true,
    meaning: "layers that are not rounded, by a part of their name or with `*` for any characters",
    fallback: "none",
    read: patterns,
  }),
  calibration: field({
    key: "calibration",
    flags: "--calibration <file>",
    meaning: "texts rounding is judged by, one a line; a tab parts the two of a pair",
    fallback: "64 texts of many languages",
    read: path,
  }),
  minCosine: field({
    key: "min_cosine",
    flags: "--min-cosine <number>",
    meaning: "least mean cosine between vectors before and after rounding",
    fallback: "0.99",
    read: fraction,
  }),
  minAgreement: field({
    key: "min_agreement",
    flags: "--min-agreement <number>",
    meaning: "least share of equal labels, or correlation of ranks, before and after rounding",
    fallback: "0.98",
    read: fraction,
  }),
  optimize: field({
    key: "optimize",
    flags: "--optimize",
    meaning: "store the graph as the inference library rewrites it at each start: it starts sooner",
    fallback: "the graph as it is, byte for byte",
    read: flag,
  }),
  goldens: field({
    key: "goldens",
    flags: "--golden <file>",
    repeatable: true,
    meaning:
      "inputs with the answers the model must give, in one file or several: checked now, and by `selftest`",
    fallback: "only the answers this build computes",
    read: paths,
  }),
  oneAtATime: field({
    key: "one_at_a_time",
    flags: "--one-at-a-time",
    meaning: "run every text alone, so that its answer depends on nothing else to the last bit",
    fallback: "found in the trial; quantised graphs are run in batches",
    read: flag,
  }),
  allowBatchDependence: field({
    key: "allow_batch_dependence",
    flags: "--allow-batch-dependence",
    meaning: "accept a graph whose answer to a text depends on the texts beside it",
    fallback: "such graphs are refused",
    read: flag,
  }),
  transform: field({
    key: "transform",
    meaning: "refused: scripts are not run",
    fallback: "none",
    read: refuse(NO_TRANSFORMS),
  }),
  luaLibs: field({
    key: "lua_libs",
    meaning: "refused: scripts are not run",
    fallback: "none",
    read: refuse(NO_TRANSFORMS),
  }),
  validateTransform: field({
    key: "validate_transform",
    meaning: "accepted for files written for other builders: there is no transform to validate",
    fallback: "true",
    read: flag,
  }),
} as const;

export type SettingId = keyof typeof FIELDS;
