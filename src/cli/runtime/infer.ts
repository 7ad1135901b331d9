// The command `infer`: texts of the command line or of standard input, answered without a server.
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import { checkDecoded, requestMaker } from "./infer-request.ts";
import { writeResults } from "./infer-result.ts";
import { readLines, standardInput } from "./lines.ts";
import type { Payload } from "./payload.ts";

/** Inputs handed to the engine at once: enough to sort by length, little enough that answers flow. */
const INPUTS_AT_ONCE = 256;

export function inferCommand(payload: Payload): CommandSpec {
  return {
    name: "infer",
    summary: "answer texts here: those given, or else the lines of standard input",
    operands: [{ name: "[text...]", description: "texts, each an input of its own" }],
    options: [
      {
        flags: "--format <format>",
        description: "one document, or a line per result as soon as it is known",
        choices: ["json", "jsonl"],
        default: "json",
      },
      { flags: "-o, --output <file>", description: "write to a file, which appears when complete" },
      { flags: "--force", description: "overwrite that file" },
      { flags: "--query <text>", description: "rerankers: what the texts are ranked for" },
      { flags: "--pair", description: "classifiers: an input is two texts with a tab in between" },
      {
        flags: "--aggregation <strategy>",
        description: "token classifiers: join tokens to entities",
        choices: ["none", "simple", "first", "average", "max"],
      },
      { flags: "--json", description: "report an error as JSON" },
    ],
    notes:
      "Results are those of POST /predict, in the order of the inputs; an empty text gives null.\n" +
      "Rerankers give the best text first, with the index of its input.",
    run: (input) => runInfer(payload, input),
  };
}

async function runInfer(payload: Payload, input: CommandInput): Promise<number> {
  const { loadEngine } = await import("../../runtime/index.ts");
  const engine = loadEngine(payload.opened, payload.path);
  try {
    // Imported here, while the worker loads the model.
    const { LIMITS, printJson } = await import("../../contract/index.ts");
    const { createPredictor } = await import("./predictor.ts");
    const { taskOfModel } = await import("../../task/index.ts");
    const task = taskOfModel(engine.model).id;
    const toBody = requestMaker(input, task);
    const predict = createPredictor(engine);
    const answer = (texts: readonly string[]) => predict(toBody(texts));
    const batches = textsOf(input, LIMITS.charactersPerInput);
    const results = task === "reranking" ? rank(batches, answer) : answerEach(batches, answer);
    await writeResults(input, engine.manifest.name, printed(results, printJson));
    return EXIT_OK;
  } finally {
    await engine.close();
  }
}

async function* printed(
  results: AsyncIterable<unknown>,
  print: (result: unknown) => string,
): AsyncGenerator<string> {
  for await (const result of results) yield print(result);
}

type Batches = AsyncIterable<readonly string[]>;
type Answerer = (texts: readonly string[]) => Promise<readonly unknown[]>;

async function* answerEach(batches: Batches, answer: Answerer): AsyncGenerator<unknown> {
  for await (const texts of batches) {
    const asked = texts.filter((text) => text !== "");
    const results = asked.length === 0 ? [] : await answer(asked);
    let next = 0;
    // Nothing to say of an empty text, but the results stay in step with the inputs.
    for (const text of texts) yield text === "" ? null : results[next++];
  }
}

type Ranked = { readonly index: number; readonly score: number };

/** Every document is scored for itself, so that batches can be joined: only numbers are kept until the end. */
async function* rank(batches: Batches, answer: Answerer): AsyncGenerator<unknown> {
  const ranked: Ranked[] = [];
  let count = 0;
  for await (const texts of batches) {
    // The shape the contract gives a reranker's results.
    for (const { index, score } of (await answer(texts)) as readonly Ranked[]) {
      ranked.push({ index: count + index, score });
    }
    count += texts.length;
  }
  yield* ranked.sort((one, other) => other.score - one.score || one.index - other.index);
}

/** The operands, or the lines of standard input as they arrive. */
async function* textsOf(input: CommandInput, charactersMax: number): Batches {
  if (input.operands.length > 0) {
    for (const [index, text] of input.operands.entries()) checkDecoded(text, `text ${index + 1}`);
    yield* portions(input.operands);
    return;
  }
  if (input.output.typed)
    input.output.note("encoderfile: reading a text per line; Ctrl-D ends them");
  for await (const lines of readLines(standardInput(), { charactersMax })) {
    yield* portions(lines);
  }
}

function* portions(texts: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < texts.length; start += INPUTS_AT_ONCE) {
    yield texts.slice(start, start + INPUTS_AT_ONCE);
  }
}
