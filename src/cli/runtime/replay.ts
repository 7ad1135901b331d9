// Replays goldens with an engine, one at a time, so that none shares a batch with another, and compares what a text
// gets alone and beside others. Says what it found; what that means is decided elsewhere.
import { CodedError } from "../../error/index.ts";
import {
  type Difference,
  type Golden,
  type GoldenContext,
  type PreparedGolden,
  prepareGolden,
} from "../../golden/index.ts";
import type { Engine } from "../../runtime/index.ts";
import type { Answer } from "../../task/index.ts";

/** One golden with what became of it. */
export type Replayed = {
  readonly golden: Golden;
  /** Undefined when the answer is what is expected. */
  readonly difference: Difference | undefined;
};

/** How answers alone compare with answers in a batch. */
export type BatchCheck = {
  readonly texts: number;
  /** Undefined when all bits are the same. */
  readonly difference: Difference | undefined;
};

export async function contextOf(engine: Engine): Promise<GoldenContext> {
  const { model, manifest } = engine;
  return { model, modelId: manifest.name, tokenizer: await engine.tokenizer };
}

/** Asks the engine; that a golden cannot be asked or answered is a difference, too. */
export async function replay(
  engine: Engine,
  golden: Golden,
  context: GoldenContext,
): Promise<Replayed> {
  try {
    const prepared = prepareGolden(golden, context);
    const answers = await engine.run(prepared.inputs, prepared.options);
    return { golden, difference: prepared.differenceOf(answers) };
  } catch (thrown) {
    const { code, message } = CodedError.from(thrown);
    if (code === "INTERNAL") throw thrown;
    const { tolerance } = golden;
    return { golden, difference: { path: "", expected: "an answer", found: message, tolerance } };
  }
}

/** Runs the inputs of the goldens alone, and then all together. They are asked in the same way. */
export async function compareBatch(
  engine: Engine,
  goldens: readonly Golden[],
  context: GoldenContext,
): Promise<BatchCheck> {
  const prepared = goldens.map((golden) => prepareGolden(golden, context));
  const options = prepared[0]?.options ?? {};
  const alone: Answer[] = [];
  for (const { inputs } of prepared) alone.push(...(await engine.run(inputs, options)));
  const together = await engine.run(allInputs(prepared), options);
  for (const [index, answer] of alone.entries()) {
    const difference = differentBits(answer, together[index], goldens[index]?.name ?? "");
    if (difference !== undefined) return { texts: alone.length, difference };
  }
  return { texts: alone.length, difference: undefined };
}

function allInputs(prepared: readonly PreparedGolden[]): PreparedGolden["inputs"] {
  return prepared.flatMap(({ inputs }) => inputs);
}

function differentBits(
  { reduced: { data } }: Answer,
  other: Answer | undefined,
  name: string,
): Difference | undefined {
  const found = other?.reduced.data ?? new Float32Array();
  // Object.is tells 0 from -0, and finds NaN equal to NaN.
  const index = data.findIndex((value, at) => !Object.is(value, found[at]));
  if (index < 0 && data.length === found.length) return undefined;
  const path = `number ${index} of "${name}" in a batch`;
  return { path, expected: String(data[index]), found: String(found[index]), tolerance: 0 };
}
