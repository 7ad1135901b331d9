// What the options of `infer` make of texts: the body of a predict request, or why they do not fit the model.
import { CodedError } from "../../error/index.ts";
import type { TaskId } from "../../task/index.ts";
import type { CommandInput } from "../command.ts";

/** Options that only one task understands. */
const TASK_OF_OPTION: Readonly<Record<string, TaskId>> = {
  query: "reranking",
  aggregation: "token_classification",
  pair: "sequence_classification",
};

/** How texts become a request. Throws `USAGE` for options that are missing or of another task. */
export function requestMaker(
  input: CommandInput,
  task: TaskId,
): (texts: readonly string[]) => unknown {
  for (const [option, owner] of Object.entries(TASK_OF_OPTION)) {
    const given = input.text(option) !== undefined || input.flag(option);
    if (given && owner !== task) {
      throw new CodedError(
        "USAGE",
        `Cannot use --${option} as it is for models of the task ${owner}: this one does ${task}`,
        { detail: { found: task, expected: owner } },
      );
    }
  }
  if (task === "reranking") {
    const query = input.text("query");
    if (query === undefined) {
      throw new CodedError(
        "USAGE",
        "Cannot rank texts as it must be said what for: give it with --query",
      );
    }
    checkDecoded(query, "--query");
    return (texts) => ({ query, texts });
  }
  if (input.flag("pair")) return (texts) => ({ inputs: texts.map(splitPair) });
  const aggregation = input.text("aggregation");
  return (texts) => ({
    inputs: texts,
    ...(aggregation === undefined ? {} : { aggregation_strategy: aggregation }),
  });
}

/**
 * Arguments are decoded before this program sees them, with U+FFFD for bytes that are not valid UTF-8: an answer would
 * be of another text. `name` says which argument it is. Throws `CLI_INPUT_INVALID`.
 */
export function checkDecoded(text: string, name: string): void {
  if (!text.includes("\ufffd")) return;
  throw new CodedError(
    "CLI_INPUT_INVALID",
    `Cannot take ${name} as its bytes must be valid UTF-8: found U+FFFD, which stands for those that are not: ` +
      "convert it first, or give texts that have this character on standard input",
  );
}

function splitPair(text: string): readonly string[] {
  const pair = text.split("\t");
  if (pair.length === 2) return pair;
  const found = JSON.stringify(text.slice(0, 60));
  throw new CodedError(
    "CLI_INPUT_INVALID",
    `Cannot take ${found} as a pair as it must have one tab: found ${pair.length - 1}`,
  );
}
