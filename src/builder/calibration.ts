// The texts that rounding is judged by, as sequences of tokens: the user's, or those that come with the builder.
import { CodedError } from "../error/index.ts";
import { type Model, Task as TaskNumber } from "../gen/manifest_pb.ts";
import { readTextFile, sha256 } from "../io/index.ts";
import type { TokenSequence } from "../onnx/index.ts";
import { CALIBRATION_TEXTS } from "../quantize/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Settings } from "./settings.ts";

/** Far more than figures of four digits need. */
const CALIBRATION_BYTES_MAX = 16 * 1024 * 1024;
/** Two graphs answer each text alone: of a large model some hundred a minute. */
const TEXTS_MAX = 1000;
/** Ranks and shares of fewer say nothing. */
const TEXTS_MIN = 2;

export type Calibration = {
  readonly sequences: readonly TokenSequence[];
  /** SHA-256 of the texts, a line each. */
  readonly sha256: Uint8Array;
  /** What they are called: "64 texts of the builder". */
  readonly name: string;
};

/** A line holds a text, or two with a tab between for models of pairs. Empty lines are skipped. */
type Line = { readonly text: string; readonly pair?: string };

/**
 * Throws `BUILD_CALIBRATION_INVALID` for a file of too many or too few texts, and what reading throws. Texts of which
 * the tokenizer makes nothing are left out.
 */
export function readCalibration(
  settings: Settings,
  tokenizer: Tokenizer,
  model: Model,
): Calibration {
  const given = settings.calibration;
  const lines =
    given === undefined
      ? CALIBRATION_TEXTS
      : linesOf(readTextFile(given.value, CALIBRATION_BYTES_MAX));
  if (given !== undefined && (lines.length < TEXTS_MIN || lines.length > TEXTS_MAX)) {
    throw new CodedError(
      "BUILD_CALIBRATION_INVALID",
      `Cannot calibrate with "${given.value}" as it must hold ${TEXTS_MIN} to ${TEXTS_MAX} lines: found ` +
        `${lines.length}: give one text a line`,
      { detail: { found: lines.length } },
    );
  }
  const isPairs = model.task === TaskNumber.RERANKING;
  const maxLength = model.tokenizer?.maxLength || Number.MAX_SAFE_INTEGER;
  const sequences = lines
    .map((line, index) =>
      isPairs ? pairOf(line, lines, index) : { text: line.replace("\t", " ") },
    )
    .map(({ text, pair }: Line) =>
      tokenizer.encode(text, { maxLength, ...(pair === undefined ? {} : { pair }) }),
    )
    .filter(({ ids }) => ids.length > 0)
    .map(({ ids, typeIds }) => ({ ids, typeIds }));
  const owner = given === undefined ? "of the builder" : "given";
  return {
    sequences,
    sha256: sha256(new TextEncoder().encode(lines.join("\n"))),
    name: `${sequences.length} texts ${owner}`,
  };
}

function linesOf(content: string): readonly string[] {
  return content.split(/\r?\n/).filter((line) => line.trim() !== "");
}

/** Texts without a partner are paired with their neighbours, and each fourth with itself: near and far are both there. */
function pairOf(line: string, lines: readonly string[], index: number): Line {
  const [text = "", pair] = line.split("\t");
  if (pair !== undefined) return { text, pair };
  const partner = index % 4 === 0 ? index : (index + 1) % lines.length;
  return { text, pair: lines[partner]?.split("\t")[0] ?? "" };
}
