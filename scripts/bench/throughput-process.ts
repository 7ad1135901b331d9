// Runs tokenised texts through ONNX Runtime without a server, in a process of its own, and prints the time as JSON.
// Arguments: fifo|sorted, graph, file of the token ids. As a worker it runs the batches it takes of the shared list.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { InferenceSession, Tensor } from "onnxruntime-node";

type Job = {
  readonly graph: string;
  readonly batches: readonly number[][][];
  readonly next: Int32Array;
};

/** What TEI's ORT backend does: eight texts in the order they came, padded to the longest. */
const FIFO_TEXTS = 8;
/** The best of 128, 256, 512 and 1024 on the machine this was written on. */
const SORTED_TOKENS_MAX = 256;

async function openGraph(graph: string, intraOpNumThreads: number) {
  return InferenceSession.create(graph, {
    intraOpNumThreads,
    interOpNumThreads: 1,
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
}

async function runBatch(session: InferenceSession, batch: readonly number[][]): Promise<void> {
  const length = Math.max(...batch.map((ids) => ids.length));
  const dims = [batch.length, length];
  const values = (of: (id: number) => number) =>
    BigInt64Array.from(
      batch.flatMap((ids) =>
        Array.from({ length }, (_, at) => (at < ids.length ? of(ids[at] ?? 0) : 0)),
      ),
      BigInt,
    );
  await session.run({
    input_ids: new Tensor(
      "int64",
      values((id) => id),
      dims,
    ),
    attention_mask: new Tensor(
      "int64",
      values(() => 1),
      dims,
    ),
    token_type_ids: new Tensor(
      "int64",
      values(() => 0),
      dims,
    ),
  });
}

function fifoBatches(texts: readonly number[][]): number[][][] {
  const count = Math.ceil(texts.length / FIFO_TEXTS);
  return Array.from({ length: count }, (_, at) =>
    texts.slice(at * FIFO_TEXTS, (at + 1) * FIFO_TEXTS),
  );
}

/** Longest first, so that no worker is left alone with a long one at the end. */
function sortedBatches(texts: readonly number[][]): number[][][] {
  const batches: number[][][] = [];
  let batch: number[][] = [];
  for (const ids of texts.toSorted((left, right) => right.length - left.length)) {
    const longest = batch[0]?.length ?? ids.length;
    if (batch.length > 0 && longest * (batch.length + 1) > SORTED_TOKENS_MAX) {
      batches.push(batch);
      batch = [];
    }
    batch.push(ids);
  }
  return [...batches, batch];
}

async function takeAll(session: InferenceSession, { batches, next }: Job): Promise<void> {
  while (true) {
    const batch = batches[Atomics.add(next, 0, 1)];
    if (batch === undefined) return;
    await runBatch(session, batch);
  }
}

async function inWorker(): Promise<void> {
  const worker = globalThis as unknown as Worker;
  let session: InferenceSession | undefined;
  worker.onmessage = async ({ data }: MessageEvent<Job>) => {
    session ??= await openGraph(data.graph, 1);
    await takeAll(session, data);
    worker.postMessage("done");
  };
}

async function inProcess([way = "", graph = "", path = ""]: readonly string[]): Promise<void> {
  const texts = JSON.parse(readFileSync(path, "utf8")) as number[][];
  const [warmUp, ms] = way === "fifo" ? await runFifo(graph, texts) : await runSorted(graph, texts);
  console.log(JSON.stringify({ "ms per text": ms / texts.length, "warm-up ms": warmUp }));
  process.exit(0);
}

async function runFifo(graph: string, texts: readonly number[][]): Promise<[number, number]> {
  const session = await openGraph(graph, availableParallelism());
  return await timed(async (batches) => {
    for (const batch of batches) await runBatch(session, batch);
  }, fifoBatches(texts));
}

async function runSorted(graph: string, texts: readonly number[][]): Promise<[number, number]> {
  const workers: Worker[] = [];
  // One after another: Bun crashes when several threads load one addon at once.
  const ask = (worker: Worker, job: Job) =>
    new Promise((resolve) => {
      worker.onmessage = resolve;
      worker.postMessage(job);
    });
  for (let count = 0; count < availableParallelism(); count++) {
    const worker = new Worker(import.meta.url);
    await ask(worker, { graph, batches: [], next: new Int32Array(new SharedArrayBuffer(4)) });
    workers.push(worker);
  }
  return await timed(async (batches) => {
    const next = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all(workers.map((worker) => ask(worker, { graph, batches, next })));
  }, sortedBatches(texts));
}

/** Time of a first pass, which warms up, and of the second. */
async function timed(
  run: (batches: number[][][]) => Promise<void>,
  batches: number[][][],
): Promise<[number, number]> {
  const times: [number, number] = [0, 0];
  for (const pass of [0, 1] as const) {
    const startedMs = performance.now();
    await run(batches);
    times[pass] = performance.now() - startedMs;
  }
  return times;
}

if (Bun.isMainThread) await inProcess(process.argv.slice(2));
else await inWorker();
