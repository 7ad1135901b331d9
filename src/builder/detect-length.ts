// How long an input may be and how it is padded: the smallest limit that the files, the graph and the user state.
import { create } from "@bufbuild/protobuf";
import {
  type InputBinding,
  InputRole,
  type TokenizerInfo,
  TokenizerInfoSchema,
} from "../gen/manifest_pb.ts";
import type { TaskId } from "../task/index.ts";
import { SEQUENCE_LENGTH_MAX } from "../tokenizer/index.ts";
import { detectCut } from "./detect-cut.ts";
import { positionRows } from "./detect-position.ts";
import { fixedSize } from "./detect-task.ts";
import type { ModelFacts } from "./facts.ts";
import type { Findings } from "./findings.ts";

/** What BERT and most of its kin were trained with; used only where nothing states a limit. */
const LENGTH_DEFAULT = 512;

type Limit = { readonly maxLength: number; readonly source: string };

/** The tokenizer's part of the model profile. Without a task nothing is decided that hangs on it. */
export function detectTokenizer(
  { inputs, task }: { readonly inputs: readonly InputBinding[]; readonly task: TaskId | undefined },
  facts: ModelFacts,
  findings: Findings,
): TokenizerInfo {
  const { tokenizer, tokenizerSettings } = facts;
  const fixed = fixedLength(inputs, facts);
  const maxLength = maxLengthOf(limitsOf(inputs, fixed, facts), facts, findings);
  const fixedPadding = fixedPaddingOf(fixed, facts, findings);
  const { padToken, unknownId } = tokenizerSettings;
  findings.decide(
    "padding token",
    `${padToken ?? "none"} (${tokenizerSettings.padId})`,
    "tokenizer",
  );
  if (tokenizerSettings.padLeft) {
    findings.decide("padding side", "left", "tokenizer settings: padding side");
  }
  return create(TokenizerInfoSchema, {
    kind: tokenizer.kind,
    vocabularySize: tokenizer.vocabularySize,
    maxLength,
    padId: tokenizerSettings.padId,
    padToken: padToken ?? "",
    padLeft: tokenizerSettings.padLeft,
    continuingPrefix: tokenizer.continuingPrefix,
    ...(unknownId === undefined ? {} : { unknownId }),
    fixedLength: fixedPadding,
    padMultiple: padMultipleOf(fixedPadding, facts, findings),
    ...detectCut({ maxLength, task }, facts, findings),
  });
}

function maxLengthOf(limits: readonly Limit[], facts: ModelFacts, findings: Findings): number {
  const [smallest] = limits;
  const given = facts.settings.maxLength;
  if (given !== undefined) {
    if (smallest !== undefined && given.value > smallest.maxLength) {
      findings.problem(
        given.source,
        `expected at most ${smallest.maxLength} tokens (${smallest.source}): found ${given.value}`,
      );
    }
    findings.decide("max length", String(given.value), given.source);
    return given.value;
  }
  const chosen = smallest ?? {
    maxLength: LENGTH_DEFAULT,
    source: "default: no file states a limit",
  };
  findings.decide("max length", String(chosen.maxLength), chosen.source);
  return chosen.maxLength;
}

/** Every limit, the smallest first. */
function limitsOf(
  inputs: readonly InputBinding[],
  fixed: Limit | undefined,
  facts: ModelFacts,
): readonly Limit[] {
  const table = positionRows(inputs, facts);
  const limits = [
    ...facts.tokenizerSettings.lengthLimits.map(({ maxLength, source }) => ({ maxLength, source })),
    ...(fixed === undefined ? [] : [fixed]),
    ...(table === undefined ? [] : [{ maxLength: table.rows, source: table.source }]),
    ...paddingLimit(facts),
  ].filter(({ maxLength }) => maxLength <= SEQUENCE_LENGTH_MAX);
  return limits.sort((left, right) => left.maxLength - right.maxLength);
}

/** What is padded to a length cannot be longer. */
function paddingLimit({ settings }: ModelFacts): readonly Limit[] {
  const { padTo } = settings;
  return padTo === undefined || padTo.value === 0
    ? []
    : [{ maxLength: padTo.value, source: padTo.source }];
}

/** Graphs exported for one length take no other. */
function fixedLength(inputs: readonly InputBinding[], { scanned }: ModelFacts): Limit | undefined {
  const name = inputs.find(({ role }) => role === InputRole.INPUT_IDS)?.name;
  const input = scanned.graph.inputs.find((candidate) => candidate.name === name);
  const size = fixedSize(input?.shape[1]?.size);
  if (size === undefined || size < 1) return undefined;
  return { maxLength: size, source: `graph: fixed length of "${name}"` };
}

/** Length every sequence is padded to; 0 for the longest of the batch. */
function fixedPaddingOf(fixed: Limit | undefined, facts: ModelFacts, findings: Findings): number {
  const given = facts.settings.padTo;
  if (fixed !== undefined) {
    if (given !== undefined && given.value !== fixed.maxLength) {
      const expected = `expected ${fixed.maxLength} (${fixed.source})`;
      findings.problem(given.source, `${expected}: found ${given.value || "batch_longest"}`);
    }
    findings.decide("padding", `to ${fixed.maxLength} tokens`, fixed.source);
    return fixed.maxLength;
  }
  if (given === undefined || given.value === 0) return 0;
  findings.decide("padding", `to ${given.value} tokens`, given.source);
  return given.value;
}

/** Multiple every batch is padded to; 0 for no more than needed. */
function padMultipleOf(fixedPadding: number, { settings }: ModelFacts, findings: Findings): number {
  const given = settings.padToMultiple;
  if (given === undefined) return 0;
  if (fixedPadding > 0 && given.value > 1) {
    findings.problem(
      given.source,
      `every text is padded to ${fixedPadding} tokens already: leave it out`,
    );
  }
  findings.decide("padding multiple", `${given.value} tokens`, given.source);
  return given.value;
}
