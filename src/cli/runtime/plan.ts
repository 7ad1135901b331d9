// The command `plan`: what a server of this file would take on this machine, without running the model.
import { VERSION } from "../../about/index.ts";
import { CodedError } from "../../error/index.ts";
import { requireAsset } from "../../format/index.ts";
import type { Model } from "../../gen/manifest_pb.ts";
import type { MemoryPrediction } from "../../measure/index.ts";
import type { CommandInput, CommandSpec } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import type { Payload } from "./payload.ts";
import { readServeSettings, type ServeSettings, serveOptionSpecs } from "./serve-option.ts";
import { applyProfile } from "./serve-profile.ts";
import { workerOptions } from "./worker-option.ts";

export function planCommand(payload: Payload): CommandSpec {
  return {
    name: "plan",
    summary: "show what serving this file would take here: workers, memory, limits",
    options: [{ flags: "--json", description: "print the result as JSON" }, ...serveOptionSpecs()],
    notes:
      "Takes the flags and variables of serve, and loads no model. Memory is a prediction: what requests and answers " +
      "of clients take comes on top, within --max-body-total and --max-answers-total.",
    run: (input) => runPlan(payload, input),
  };
}

async function runPlan(payload: Payload, input: CommandInput): Promise<number> {
  const settings = await applyProfile(payload, readServeSettings(input, process.env));
  const plan = await makePlan(payload, settings);
  const { output } = input;
  for (const { text } of settings.profileNotes) output.note(`encoderfile: ${text}`);
  if (input.flag("json")) {
    const { printReportJson } = await import("../../inspect/index.ts");
    await output.print(printReportJson(plan));
  } else {
    await output.print(await printPlan(plan, payload));
  }
  const warning = planWarning(plan);
  if (warning !== undefined) output.note(`encoderfile: ${warning}`);
  return EXIT_OK;
}

type Plan = Awaited<ReturnType<typeof makePlan>>;

async function makePlan(payload: Payload, settings: ServeSettings) {
  const { batchLimits, memoryLimit, memoryModeOf, planWorkers } = await import(
    "../../runtime/index.ts"
  );
  const { fitWithin, machineFacts, predictMemory, readWeightFacts, startClass } = await import(
    "../../measure/index.ts"
  );
  const { opened } = payload;
  const model = requireModel(opened.manifest.model);
  const options = workerOptions(settings);
  const { cores, workers, threads } = planWorkers(options);
  const { deterministic, batchTokens } = settings;
  const batch = batchLimits(model, { deterministic, threads, tokens: batchTokens });
  const weights = readWeightFacts(opened);
  const longestTokens = Math.min(
    model.tokenizer?.maxLength || Infinity,
    settings.tokensMax ?? Infinity,
  );
  const memory = predictMemory({
    weights,
    tokenizerBytes: requireAsset(opened, "tokenizer").byteLength,
    workers,
    batchTokens: batch.tokens,
    longestTokens: Number.isFinite(longestTokens) ? longestTokens : 0,
    outputWidth: model.outputWidth || model.width,
    memory: memoryModeOf(settings),
  });
  const limit = memoryLimit();
  const { target, onnxruntime, processor } = machineFacts(opened);
  return {
    path: opened.source.name,
    modelDigest: opened.modelDigest,
    version: VERSION,
    target,
    onnxruntime,
    processor,
    cores,
    workers,
    threadsPerWorker: threads,
    batch: { inputs: batch.inputs, tokens: batch.tokens },
    memory: { ...memory, limit, fits: fitWithin(memory, limit.bytes) },
    weightBytes: weights.weightBytes,
    start: startClass(weights),
    limits: limitsOf(settings, model),
  };
}

function limitsOf(settings: ServeSettings, { tokenizer }: Model) {
  const { inputsMax, charactersMax, documentsMax, tokensMax, queueLength } = settings;
  const { requestsMax, bodyBytesMax, bodyBytesTotalMax, answerBytesTotalMax } = settings;
  const longest = tokenizer?.maxLength || null;
  return {
    tokens: tokensMax === undefined ? longest : Math.min(tokensMax, longest ?? tokensMax),
    inputs: inputsMax,
    characters: charactersMax,
    documents: documentsMax,
    queue: queueLength,
    requests: requestsMax,
    bodyBytes: bodyBytesMax,
    bodyBytesTotal: bodyBytesTotalMax,
    answerBytesTotal: answerBytesTotalMax,
  };
}

function requireModel(model: Model | undefined): Model {
  if (model !== undefined) return model;
  throw new CodedError(
    "ENGINE_UNSUPPORTED_MODEL",
    "Cannot plan for this file as its manifest must say how to run the model: found the published fields only: " +
      "extract it and build it again with this project's builder",
  );
}

async function printPlan(plan: Plan, { opened }: Payload): Promise<string> {
  const { table } = await import("../../inspect/index.ts");
  const { titleOf } = await import("./title.ts");
  const { cores, workers, threadsPerWorker, batch, memory, limits } = plan;
  const { idle, busy, worker, mappedBytes, limit } = memory;
  const split = ({ totalBytes, anonymousBytes, fileBytes }: MemoryPrediction["idle"]) =>
    `${megabytes(totalBytes)} (${megabytes(anonymousBytes)} of its own, ${megabytes(fileBytes)} of files, which can be shared)`;
  const rows = [
    ["cores", `${cores.count}: ${cores.reason}`],
    ["workers", `${workers}, threads in each: ${threadsPerWorker}`],
    ["batch", `at most ${batch.tokens} tokens, ${batch.inputs} inputs`],
    ["start", `${plan.start}, with the file in the page cache`],
    ["memory idle", split(idle)],
    ["memory busy", split(busy)],
    [
      "of each worker",
      `${megabytes(worker.packedBytes)} of weights, ${megabytes(worker.threadBytes)} for its thread, ` +
        `${megabytes(worker.activationBytes)} for the largest batch`,
    ],
    ["mapped weights", `up to ${megabytes(mappedBytes)} more of the file, as far as there is room`],
    ["memory limit", `${megabytes(limit.bytes)}: ${limit.reason}: ${FIT_WORDS[memory.fits]}`],
    ["input", `${limits.tokens ?? "any number of"} tokens, ${limits.characters} characters`],
    [
      "request",
      `${limits.inputs} inputs, ${limits.documents} documents, ${megabytes(limits.bodyBytes)}`,
    ],
    ["at once", `${limits.requests} requests, ${limits.queue} inputs waiting`],
  ] as const;
  return `${titleOf(opened.manifest)}\n\n${table(rows)}\n`;
}

const FIT_WORDS = { yes: "fits", tight: "tight", no: "does not fit" } as const;

/** What a person must know before serving; undefined where all is well. */
export function planWarning({
  memory,
  workers,
}: Pick<Plan, "memory" | "workers">): string | undefined {
  const { busy, fits, limit } = memory;
  if (fits === "yes") return undefined;
  const needed = `${megabytes(busy.totalBytes)} (${megabytes(busy.anonymousBytes)} of its own)`;
  const granted = `${limit.reason} grants ${megabytes(limit.bytes)}`;
  const fewer = workers > 1 ? "--workers" : "--max-tokens";
  const verdict = fits === "no" ? "will not fit" : "is tight";
  return `this ${verdict}: ${needed} are used when busy, and ${granted}: take fewer ${fewer}, or grant it more`;
}

function megabytes(bytes: number): string {
  const count = bytes / 1e6;
  return `${count < 10 ? count.toFixed(1) : Math.round(count)} MB`;
}
