// What becomes of texts that are too long: at which end and in which text of a pair they are cut, or that they are read
// in windows.
import { type TokenizerInfo, TruncationStrategy } from "../gen/manifest_pb.ts";
import type { TaskId } from "../task/index.ts";
import type { TruncationStrategyId } from "./config.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";

const STRATEGY: Readonly<Record<TruncationStrategyId, TruncationStrategy>> = {
  longest_first: TruncationStrategy.LONGEST_FIRST,
  only_first: TruncationStrategy.ONLY_FIRST,
  only_second: TruncationStrategy.ONLY_SECOND,
};

/** Enough context for an entity at the edge of a window; more only costs time. */
const OVERLAP_MAX = 128;
/** Part of a window that the next one reads again. */
const OVERLAP_PART = 4;
/** The runtime refuses to read a token more often than this, which an overlap of more than three quarters would mean. */
const WINDOW_READS_MAX = 4;

type Cut = Pick<TokenizerInfo, "truncateLeft" | "truncationStrategy"> & {
  readonly windowOverlap?: number;
};

/** Decides for texts of more than `maxLength` tokens. */
export function detectCut(
  given: { readonly maxLength: number; readonly task: TaskId | undefined },
  facts: ModelFacts,
  findings: Findings,
): Cut {
  const { settings, tokenizerSettings } = facts;
  const side = settings.truncationSide;
  const truncateLeft = side === undefined ? tokenizerSettings.truncateLeft : side.value === "left";
  if (truncateLeft) {
    const source = side?.source ?? tokenizerSettings.truncateSource;
    findings.decide("truncation side", "left", source);
  }
  const strategy = settings.truncationStrategy;
  if (strategy !== undefined) {
    findings.decide("truncation strategy", strategy.value, strategy.source);
  }
  const windowOverlap = overlapOf(given, facts, findings);
  return {
    truncateLeft,
    truncationStrategy: STRATEGY[strategy?.value ?? "longest_first"],
    ...(windowOverlap === undefined ? {} : { windowOverlap }),
  };
}

/** Only token classifiers read in windows: the answers to several would not make one of another kind. */
function overlapOf(
  given: { readonly maxLength: number; readonly task: TaskId | undefined },
  { settings, tokenizer }: ModelFacts,
  findings: Findings,
): number | undefined {
  if (given.task !== "token_classification" || findings.isFaulty("stride")) return undefined;
  const capacity = given.maxLength - tokenizer.encode("").ids.length;
  const { stride } = settings;
  if (stride === undefined) {
    const overlap = Math.max(0, Math.min(OVERLAP_MAX, Math.floor(capacity / OVERLAP_PART)));
    findings.decide(
      "window overlap",
      `${overlap} tokens`,
      `default: a quarter of a window, at most ${OVERLAP_MAX}`,
    );
    return overlap;
  }
  const maximum = Math.max(0, Math.floor(capacity - capacity / WINDOW_READS_MAX));
  if (stride.value > maximum) {
    findings.problem(
      stride.source,
      `expected at most ${maximum}, three quarters of the ${Math.max(0, capacity)} tokens of a text a window of ` +
        `${given.maxLength} has room for: found ${stride.value}: lower it`,
    );
  }
  findings.decide("window overlap", `${stride.value} tokens`, stride.source);
  return stride.value;
}
