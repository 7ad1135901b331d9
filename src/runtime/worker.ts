// Entry of the inference worker: one session on one thread. It answers batches in the order they come and holds no
// queue; what a task needs of a batch is cut out here, so that only that travels back.
import { assert, CodedError } from "../error/index.ts";
import { openFile } from "../format/index.ts";
import type { Model } from "../gen/manifest_pb.ts";
import { FileSource } from "../io/index.ts";
import {
  attachNative,
  openSession,
  type PreparedNative,
  prepareNative,
  type Session,
  scanModel,
} from "../onnx/index.ts";
import { startProfile } from "../profile/index.ts";
import { loadLayers, type Task, taskOfModel, type VectorLayer } from "../task/index.ts";
import type { Matrix } from "../tensor/index.ts";
import { checkSettings } from "./check-settings.ts";
import { locateIn, modelOf, requiredAsset } from "./opened-model.ts";
import { isPacked, packRow } from "./packed-row.ts";
import { tensorReader } from "./stored-tensor.ts";
import {
  type ArrangeMessage,
  type FromWorker,
  failureOf,
  type RunMessage,
  type StartMessage,
  type ToWorker,
  unpackSequences,
} from "./worker-message.ts";

declare const self: Worker;

const mark = (step: string) => startProfile.mark(step, "worker");
mark("thread begun");

/** Tokens of the run before readiness is told: the first run of a session allocates and decides; it is slower. */
const WARM_UP_TOKENS = 8;

type Loaded = {
  readonly native: PreparedNative;
  readonly session: Session;
  /** Opens the session once more, with a copy of the weights in the order the processor likes. */
  readonly arrange: () => Session;
  readonly model: Model;
  readonly task: Task;
  readonly layers: readonly VectorLayer[];
};

let loaded: Loaded | undefined;
/** Undefined until the addon is attached to this thread. */
let native: PreparedNative | undefined;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "prepare") prepare();
  else if (data.kind === "start") start(data);
  else if (data.kind === "arrange") arrange(data);
  else run(data);
};

function prepare(): void {
  try {
    native = attach(undefined);
  } catch {
    // Tried again, and told, when it is needed.
  }
  post({ kind: "prepared" });
}

function attach(prepared: PreparedNative | undefined): PreparedNative {
  const found = prepared ?? prepareNative();
  mark("inference library loaded");
  attachNative(found);
  mark("addon attached");
  return found;
}

function start(message: StartMessage): void {
  try {
    loaded = load(message);
    warmUp(loaded);
    mark("first run");
    post({ kind: "ready", native: loaded.native, marks: startProfile.marks });
  } catch (thrown) {
    post({ kind: "failed", failure: failureOf(thrown) });
  }
}

function load({ path, native: prepared, session: choice }: StartMessage): Loaded {
  const opened = openFile(new FileSource(path));
  const model = modelOf(opened);
  const source = requiredAsset(opened, "weights");
  const scanned = scanModel(source);
  checkSettings(model, scanned.graph);
  const task = taskOfModel(model);
  const layers = loadLayers(model, tensorReader(opened));
  mark("graph scanned");
  native ??= attach(prepared);
  const locate = locateIn(opened, path);
  // Whatever is kept of an output is cut out of it before the next batch.
  const options = { scanned, source, locate, ...choice, reusesOutput: true };
  const session = openSession(options);
  mark("session opened");
  const arrange = () => openSession({ ...options, sharesWeights: false });
  return { native, session, arrange, model, task, layers };
}

function arrange({ id }: ArrangeMessage): void {
  try {
    assert(loaded !== undefined, "a session is open before its weights are arranged");
    const next = { ...loaded, session: loaded.arrange() };
    warmUp(next);
    loaded.session.close();
    loaded = next;
  } catch {
    // Most likely there is no memory for a copy: what is there answers as before.
  }
  post({ kind: "arranged", id });
}

function warmUp({ session, model }: Loaded): void {
  const length = Math.min(WARM_UP_TOKENS, model.tokenizer?.maxLength || WARM_UP_TOKENS);
  const ids = new Int32Array(length).fill(model.tokenizer?.padId ?? 0);
  session.run([{ ids, typeIds: new Int32Array(length) }], model);
}

function run(message: RunMessage): void {
  try {
    if (loaded === undefined)
      throw new CodedError("INTERNAL", "Cannot run before the session is open");
    const startedMs = performance.now();
    const { session, model, task, layers } = loaded;
    const { output, mask } = session.run(unpackSequences(message), model);
    const inferenceMs = performance.now() - startedMs;
    const reduced = task.reduce(output, mask, { model, view: message.view, layers });
    postResult(message.id, isPacked(model) ? reduced.map(packRow) : reduced, inferenceMs);
  } catch (thrown) {
    post({ kind: "run-failed", id: message.id, failure: failureOf(thrown) });
  }
}

function postResult(id: number, matrices: readonly Matrix[], inferenceMs: number): void {
  const data = new Float32Array(matrices.reduce((sum, matrix) => sum + matrix.data.length, 0));
  let offset = 0;
  for (const matrix of matrices) {
    data.set(matrix.data, offset);
    offset += matrix.data.length;
  }
  const rows = Int32Array.from(matrices, (matrix) => matrix.rows);
  post({ kind: "result", id, data, rows, columns: matrices[0]?.columns ?? 0, inferenceMs }, [
    data.buffer,
    rows.buffer,
  ]);
}

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, transfer);
}
