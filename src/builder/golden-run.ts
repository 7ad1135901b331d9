// Answers requests with the trial's session, on this thread and one text at a time: as the runtime will, but for what
// only queues and workers are for.
import { CodedError } from "../error/index.ts";
import { type Model, TruncationStrategy as StrategyNumber, Task } from "../gen/manifest_pb.ts";
import type { PreparedGolden } from "../golden/index.ts";
import type { Session } from "../onnx/index.ts";
import type { Answer, Task as ModelTask, TaskInput, VectorLayer } from "../task/index.ts";
import type { Encoding, Tokenizer, TruncationStrategy } from "../tokenizer/index.ts";

/** A model that was tried, ready to answer. */
export type Runner = {
  readonly session: Session;
  readonly model: Model;
  readonly task: ModelTask;
  readonly layers: readonly VectorLayer[];
  readonly tokenizer: Tokenizer;
};

type Options = PreparedGolden["options"];

const STRATEGY: Readonly<Record<StrategyNumber, TruncationStrategy>> = {
  [StrategyNumber.LONGEST_FIRST]: "longest_first",
  [StrategyNumber.ONLY_FIRST]: "only_first",
  [StrategyNumber.ONLY_SECOND]: "only_second",
};

/** One answer per input. Throws what tokenizer, session and task throw. */
export function runPlan(
  runner: Runner,
  { operation, inputs, options }: Pick<PreparedGolden, "operation" | "inputs" | "options">,
): readonly Answer[] {
  return inputs.map((input, index) => {
    const encoding = encode(runner, input, options);
    checkLength(encoding, { runner, index, options, operation });
    return { input, encoding, reduced: reduce(runner, { input, encoding, options }) };
  });
}

function encode({ tokenizer, model }: Runner, input: TaskInput, options: Options): Encoding {
  const { prompt = "", text, pair } = input;
  const info = model.tokenizer;
  const ofModel = pair === undefined ? undefined : STRATEGY[info?.truncationStrategy ?? 0];
  return tokenizer.encode(prompt + text, {
    ...(pair === undefined ? {} : { pair }),
    maxLength: info?.maxLength || Number.MAX_SAFE_INTEGER,
    truncationSide: options.truncateSide ?? (info?.truncateLeft ? "left" : "right"),
    truncationStrategy: options.truncateStrategy ?? ofModel ?? "longest_first",
  });
}

/** Texts that must not be cut: refused as a server would, or read in windows, which are made by the runtime only. */
function checkLength(
  { truncated }: Encoding,
  context: Pick<PreparedGolden, "operation" | "options"> & {
    readonly runner: Runner;
    readonly index: number;
  },
): void {
  const { runner, index, options, operation } = context;
  if (!truncated || options.truncate === true) return;
  const isWindowed =
    runner.model.task === Task.TOKEN_CLASSIFICATION && options.truncate === undefined;
  if (!isWindowed && options.truncate === undefined) return;
  // What is not read is not blacked out: redaction cuts nothing.
  const cut =
    operation === "redact"
      ? ""
      : `, or have it cut${operation === "predict" ? "" : ' in "request"'} with "truncate": true`;
  const remedy = isWindowed
    ? "leave it out here and give it to selftest --golden, as only a finished file reads longer texts in windows" +
      cut
    : "shorten it";
  throw new CodedError(
    "ENGINE_INPUT_TOO_LONG",
    `Cannot take input ${index} whole as it must have at most ${runner.model.tokenizer?.maxLength} tokens: ${remedy}`,
  );
}

function reduce(
  runner: Runner,
  asked: { readonly input: TaskInput; readonly encoding: Encoding; readonly options: Options },
): Answer["reduced"] {
  const { session, model, task, layers } = runner;
  const { ids, typeIds } = asked.encoding;
  const skipped = skippedFor(runner, asked.input);
  const sequence = { ids, typeIds, ...(skipped === 0 ? {} : { skipped }) };
  const { output, mask } = session.run([sequence], model);
  const view = asked.options.view ?? "default";
  // One matrix per sequence.
  return task.reduce(output, mask, { model, view, layers })[0]!;
}

/** As the runtime counts: the prompt alone with special tokens, but without the one at its end. */
function skippedFor({ model, tokenizer }: Runner, { prompt = "" }: TaskInput): number {
  if (!model.poolWithoutPrompt || prompt === "") return 0;
  const { ids, specialMask } = tokenizer.encode(prompt, {
    maxLength: model.tokenizer?.maxLength || Number.MAX_SAFE_INTEGER,
    truncationSide: model.tokenizer?.truncateLeft ? "left" : "right",
  });
  const endsSpecial = specialMask.at(-1) === 1 || tokenizer.specialTokenIds.has(ids.at(-1) ?? -1);
  return ids.length - (endsSpecial ? 1 : 0);
}
