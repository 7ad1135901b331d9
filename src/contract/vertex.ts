// Several requests of one operation in one body, as Vertex AI sends them: `instances` in, `predictions`
// out. What an instance is the operation says.
import { z } from "zod";
import { CodedError, isCodedError } from "../error/index.ts";
import type { Exchange, ExchangeContext, Prepared } from "./exchange.ts";
import { bounded } from "./field.ts";
import type { Limits } from "./limit.ts";
import { parseRequest, requestFault } from "./parse-request.ts";
import { finishSteps, type Steps } from "./steps.ts";

/** The operation for each instance; all run together, so that they must say the same of options. */
export function forInstances(exchange: Exchange, limits: Limits): Exchange {
  const max = limits.inputsPerRequest;
  const envelope = z.object({ instances: bounded(max, z.array(z.unknown()).min(1).max(max)) });
  return {
    view: exchange.view,
    request: z.object({ instances: z.array(exchange.request).min(1).max(max) }),
    response: z.object({ predictions: z.array(exchange.response) }),
    prepare: (body, context) => {
      const { instances } = parseRequest(envelope, body);
      const prepared: Prepared[] = [];
      for (const [index, instance] of instances.entries()) {
        prepared.push(prepareInstance(exchange, instance, { index, context }));
      }
      checkTogether(prepared, limits);
      const [first] = prepared;
      const inputs = prepared.flatMap((one) => one.inputs);
      return {
        inputs,
        options: first?.options ?? {},
        countTruncated: (answers) => {
          const counts = split(prepared, answers).map(([one, own]) => one.countTruncated(own));
          return counts.reduce((sum, count) => sum + count, 0);
        },
        // All are of one operation, which answers the same for every token.
        countItems: first?.countItems,
        advice: first?.advice,
        respond: (answers) => finishSteps(stepsOf(prepared, answers)),
        steps: (answers) => stepsOf(prepared, answers),
      };
    },
  };
}

type Place = { readonly index: number; readonly context: ExchangeContext };

/** Faults are said of the whole body. */
function prepareInstance(exchange: Exchange, instance: unknown, { index, context }: Place) {
  try {
    return exchange.prepare(instance, context);
  } catch (thrown) {
    if (!isCodedError(thrown, "REQUEST_INVALID", "REQUEST_EMPTY")) throw thrown;
    const path = `instances[${index}]`;
    const reason = thrown.message.replace("Cannot read the request", `Cannot read ${path}`);
    const inner = thrown.detail["path"];
    const whole = typeof inner === "string" && inner !== "" ? `${path}.${inner}` : path;
    const detail = { ...thrown.detail, path: whole };
    throw new CodedError(thrown.code, reason, { detail, cause: thrown });
  }
}

function checkTogether(prepared: readonly Prepared[], limits: Limits): void {
  let count = 0;
  for (const [index, { inputs, options }] of prepared.entries()) {
    count += inputs.length;
    const path = `instances[${index}]`;
    if (count > limits.inputsPerRequest) {
      const expected = `a body with at most ${limits.inputsPerRequest} inputs in all its instances`;
      throw requestFault({ path, value: inputs, expected });
    }
    if (Bun.deepEquals(options, prepared[0]?.options)) continue;
    const expected = "an instance that says the same of truncation as the first";
    throw requestFault({ path, value: {}, expected });
  }
}

type Answers = Parameters<Prepared["respond"]>[0];

function* stepsOf(prepared: readonly Prepared[], answers: Answers): Steps<unknown> {
  const predictions: unknown[] = [];
  for (const [one, own] of split(prepared, answers)) predictions.push(yield* one.steps(own));
  return { predictions };
}

/** Each instance with its own answers. */
function split(prepared: readonly Prepared[], answers: Answers): readonly [Prepared, Answers][] {
  let end = 0;
  return prepared.map((one) => {
    const start = end;
    end += one.inputs.length;
    return [one, answers.slice(start, end)];
  });
}
