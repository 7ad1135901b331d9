// The table of everything a build can be told: key in the configuration file, flag of the command line, meaning,
// default, and how a value is read. Parser, command line and documentation derive from it.
import { TASK_IDS } from "../task/index.ts";
import { POOL_MODES } from "../tensor/index.ts";
import { SEQUENCE_LENGTH_MAX } from "../tokenizer/index.ts";
import {
  choice,
  count,
  flag,
  names,
  padding,
  path,
  type Reader,
  refuse,
  target,
  text,
  texts,
} from "./field.ts";

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

const NO_TRANSFORMS =
  "expected none as this builder runs no scripts: remove it and use pooling, normalize and labels";
const NO_IMAGES = "expected a text model as images are not supported";

export type Field<T = unknown> = {
  /** Path below `encoderfile` in the configuration file. */
  readonly key: string;
  /** As the command line shows it; absent when only the file can say it. */
  readonly flags?: string;
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
    meaning: "model directory, or a map of its files",
    fallback: "required",
    read: path,
  }),
  weights: field({
    key: "path.model_weights_path",
    flags: "--weights <file>",
    meaning: "the ONNX graph",
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
    fallback: "<name>.encoderfile in the working directory",
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
    flags: "--pooling <mode>",
    meaning: `how token vectors become one: ${POOLING_IDS.join(", ")}`,
    fallback: "found in 1_Pooling/config.json, else mean",
    read: choice(POOLING_IDS),
  }),
  normalize: field({
    key: "normalize",
    flags: "--normalize",
    meaning: "divide vectors by their L2 norm",
    fallback: "found in modules.json, else true for sentence embeddings",
    read: flag,
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
  truncationStrategy: field({
    key: "tokenizer.truncation_strategy",
    meaning: "which text of a pair is cut: longest_first",
    fallback: "longest_first",
    read: choice(["longest_first"], {
      only_first: "expected longest_first as cutting only the first text is not supported",
      only_second: "expected longest_first as cutting only the second text is not supported",
    }),
  }),
  stride: field({
    key: "tokenizer.stride",
    meaning: "overlap of windows over long texts: 0",
    fallback: "0",
    read: (raw) =>
      raw === 0
        ? { value: 0 }
        : { complaint: "expected 0 as long texts are cut, not read in overlapping windows" },
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
