// The command `infer`: texts of the command line or of standard input, answered without a server.
import type { Model } from "../../gen/manifest_pb.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import { checkDecoded } from "./argument.ts";
import { INFER_OPTIONS } from "./infer-option.ts";
import { inferRequest } from "./infer-request.ts";
import { writeResults } from "./infer-result.ts";
import { type LineLimits, readLines, standardInput } from "./lines.ts";
import type { Payload } from "./payload.ts";

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
      ...INFER_OPTIONS.map(({ spec }) => spec),
      { flags: "--no-truncate", description: "refuse texts that are too long for the model" },
      {
        flags: "--deterministic",
        description:
          "run one text at a time, so that a quantised graph answers the same whatever is beside it",
        env: "ENCODERFILE_DETERMINISTIC",
      },
      { flags: "--json", description: "report an error as JSON" },
    ],
    notes:
      "Results are those of POST /predict, in the order of the inputs; an empty text gives null. With " +
      "--candidate-labels they are those of /classify, with --redact those of /redact.\n" +
      "Rerankers give the best text first, with the index of its input.",
    run: (input) => runInfer(payload, input),
  };
}

async function runInfer(payload: Payload, input: CommandInput): Promise<number> {
  const { loadEngine } = await import("../../runtime/index.ts");
  const deterministic = input.flag("deterministic");
  // Many texts keep all workers busy; a lone one is answered soonest by one that has every core.
  const latency = input.operands.length === 1;
  const engine = loadEngine(payload.opened, payload.path, { deterministic, latency });
  try {
    // Imported here, while the worker loads the model.
    const { LIMITS, printJson } = await import("../../contract/index.ts");
    const { createPredictor } = await import("./predictor.ts");
    const { taskOfModel } = await import("../../task/index.ts");
    const task = taskOfModel(engine.model).id;
    const { operation, toBody, textsAtOnce } = inferRequest(input, task, LIMITS);
    const predict = createPredictor(engine, operation);
    let truncated = 0;
    const answer = async (texts: readonly string[]) => {
      const prediction = await predict(toBody(texts));
      truncated += prediction.truncated;
      return prediction.results;
    };
    const limits = { charactersMax: LIMITS.charactersPerInput, textsAtOnce };
    const batches = textsOf(input, limits);
    const results = task === "reranking" ? rank(batches, answer) : answerEach(batches, answer);
    await writeResults(input, engine.manifest.name, printed(results, printJson));
    if (truncated > 0) input.output.note(`encoderfile: ${cutNote(truncated, engine.model)}`);
    return EXIT_OK;
  } finally {
    await engine.close();
  }
}

/** What a reader of vectors and scores could not see. */
function cutNote(count: number, { tokenizer }: Model): string {
  const what = count === 1 ? "1 text was" : `${count} texts were`;
  const limit = tokenizer?.maxLength ?? 0;
  return `${what} longer than the ${limit} tokens of the model and cut: see --no-truncate`;
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

type ReadLimits = LineLimits & { readonly textsAtOnce: number };

/** The operands, or the lines of standard input as they arrive. */
async function* textsOf(input: CommandInput, limits: ReadLimits): Batches {
  if (input.operands.length > 0) {
    for (const [index, text] of input.operands.entries()) checkDecoded(text, `text ${index + 1}`);
    yield* portions(input.operands, limits.textsAtOnce);
    return;
  }
  if (input.output.typed)
    input.output.note("encoderfile: reading a text per line; Ctrl-D ends them");
  for await (const lines of readLines(standardInput(), limits)) {
    yield* portions(lines, limits.textsAtOnce);
  }
}

function* portions(texts: readonly string[], count: number): Generator<readonly string[]> {
  for (let start = 0; start < texts.length; start += count) {
    yield texts.slice(start, start + count);
  }
}
