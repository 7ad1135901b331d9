// One inference session: a graph loaded with its weights mapped in place, and synchronous runs of padded batches.
// It blocks its thread while it works, so a server keeps it in a worker.
import { Tensor } from "onnxruntime-common";
import { assert, CodedError } from "../error/index.ts";
import type { InputRole, Model } from "../gen/manifest_pb.ts";
import type { ByteSource } from "../io/index.ts";
import { type BatchMask, float16ToFloat32, type OutputTensor } from "../tensor/index.ts";
import { type PaddedBatch, padBatch, type TokenSequence } from "./batch.ts";
import { needsLongProducts } from "./byte-product.ts";
import { elementTypeName, FLOAT16, FLOAT32, INT32, INT64 } from "./element-type.ts";
import { keepFreedMemory } from "./kept-memory.ts";
import { createNativeSession, LOG_SEVERITY_FATAL, type NativeSession } from "./native.ts";
import { type FileRange, renderModel } from "./render.ts";
import type { ScannedModel } from "./scan.ts";

export type SessionOptions = {
  readonly scanned: ScannedModel;
  /** The same bytes `scanned` was read from. */
  readonly source: ByteSource;
  /**
   * Where the model and its external data lie on disk; all in one folder. Left out, the bytes of `source` are handed
   * over as they are, and there is no external data.
   */
  readonly locate?: (externalFile?: string) => FileRange;
  /** Threads within one operator; 1 keeps the work on the calling thread. */
  readonly intraOpThreads: number;
  /** The output of a run is then valid only until the next one, which writes over it: saves memory and its turnover. */
  readonly reusesOutput?: boolean;
  /**
   * Multiplies with the weights where they lie in the file, instead of copying them into the order the processor likes:
   * sessions then share all of them and open much sooner, and runs take longer, those of short texts most.
   */
  readonly sharesWeights?: boolean;
};

/** Numbers of an output that is written over: those of heads over a vocabulary would be much to keep. */
const REUSED_NUMBERS_MAX = 2 ** 20;

/** Throws `ONNX_LOAD_FAILED` with ORT's reason. The addon must be attached to this thread. */
export function openSession(options: SessionOptions): Session {
  const { scanned, reusesOutput } = options;
  const session = {
    ...(needsLongProducts(scanned) && { x64quantprecision: "1" }),
    ...(options.sharesWeights === true && { disable_prepacking: "1" }),
  };
  return new Session(loadGraph(options, { session }), scanned, reusesOutput);
}

/** What a session is told besides what all are. */
type FurtherOptions = {
  /** Where the graph goes as it was rewritten. */
  readonly optimizedModelFilePath?: string;
  readonly session: Readonly<Record<string, string>>;
};

/** The library's session, opened as every session is; throws as `openSession` does. */
export function loadGraph(options: SessionOptions, further: FurtherOptions): NativeSession {
  const { scanned, source, locate } = options;
  const path = locate?.().path ?? "/";
  const rendered =
    locate === undefined ? source.read(0, source.byteLength) : renderModel(scanned, source, locate);
  const native = createNativeSession();
  keepFreedMemory("loading");
  try {
    native.loadModel(
      rendered.buffer as ArrayBuffer,
      rendered.byteOffset,
      rendered.byteLength,
      nativeOptions(path.slice(0, path.lastIndexOf("/")) || "/", options.intraOpThreads, further),
    );
  } catch (thrown) {
    throw new CodedError("ONNX_LOAD_FAILED", `Cannot load the graph: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  } finally {
    keepFreedMemory("running");
  }
  return native;
}

function nativeOptions(
  weightsFolder: string,
  intraOpThreads: number,
  { session, ...further }: FurtherOptions,
) {
  return {
    executionProviders: ["cpu"],
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // The further level rewrites convolutions only, and costs load time.
    graphOptimizationLevel: "extended",
    // The arena keeps the peak of every shape ever seen and gives nothing back.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: LOG_SEVERITY_FATAL,
    ...further,
    extra: {
      session: { model_external_initializers_file_folder_path: weightsFolder, ...session },
    },
  };
}

export class Session {
  readonly #native: NativeSession;
  readonly #scanned: ScannedModel;
  /** Batch size an exporter froze into the graph, if any. */
  readonly #fixedRows: number | undefined;
  /** Written over by each run; undefined where every run gets memory of its own. */
  #scratch: Float32Array | undefined;
  /** Numbers the graph put out for each token of the last batch; 0 when it is not known to put out a row per token. */
  #outputWidth = 0;

  constructor(native: NativeSession, scanned: ScannedModel, reusesOutput = false) {
    this.#native = native;
    this.#scanned = scanned;
    const sizes = scanned.graph.inputs.map((input) => Number(input.shape[0]?.size ?? -1));
    this.#fixedRows = sizes.find((size) => size > 0);
    // The pieces of a batch are joined when all have run.
    if (reusesOutput && this.#fixedRows === undefined) this.#scratch = new Float32Array();
  }

  /**
   * Runs a batch: pads the sequences as the model says, binds inputs by name and returns the model's output as float32
   * with the mask of real tokens. A graph with a fixed batch size is run in pieces of that size.
   * Throws `ONNX_RUN_FAILED`.
   */
  run(
    sequences: readonly TokenSequence[],
    model: Model,
  ): { readonly output: OutputTensor; readonly mask: BatchMask } {
    assert(sequences.length > 0, "a batch has at least one sequence");
    const { mask } = padBatch(sequences, model);
    const rows = this.#fixedRows ?? sequences.length;
    const pieces: OutputTensor[] = [];
    for (let start = 0; start < sequences.length; start += rows) {
      const piece = sequences.slice(start, start + rows);
      const filled = [...piece, ...Array<TokenSequence>(rows - piece.length).fill(piece[0]!)];
      const padded = padBatch(filled, model, mask.sequence);
      const output = this.#runPadded(padded, model);
      // Other counts of rows are left for the task to refuse: a cut would hide that they are not of the texts.
      const isWhole = output.shape[0] === filled.length;
      pieces.push(isWhole ? firstRows(output, piece.length) : output);
    }
    return { output: joinRows(pieces), mask };
  }

  close(): void {
    this.#native.dispose();
  }

  #runPadded(batch: PaddedBatch, model: Model): OutputTensor {
    const feeds: Record<string, Tensor> = {};
    for (const binding of model.inputs) {
      feeds[binding.name] = this.#inputTensor(binding.name, binding.role, batch);
    }
    const output = this.#runInto(this.#place(batch), feeds, model);
    const [rows, sequence, width = 0] = output.dims;
    const { mask } = batch;
    const isPerToken =
      output.dims.length === 3 && rows === mask.batch && sequence === mask.sequence;
    this.#outputWidth = isPerToken && output.type === "float32" ? width : 0;
    return { data: asFloat32(output), shape: output.dims };
  }

  /** Where the output of the batch goes, if it is likely what the last one was. */
  #place({ mask }: PaddedBatch): Tensor | null {
    const count = mask.batch * mask.sequence * this.#outputWidth;
    if (this.#scratch === undefined || count === 0 || count > REUSED_NUMBERS_MAX) return null;
    if (this.#scratch.length < count) this.#scratch = new Float32Array(count);
    const dims = [mask.batch, mask.sequence, this.#outputWidth];
    return new Tensor("float32", this.#scratch.subarray(0, count), dims);
  }

  #runInto(place: Tensor | null, feeds: Readonly<Record<string, Tensor>>, model: Model): Tensor {
    try {
      const output = this.#native.run(feeds, { [model.output]: place }, {})[model.output];
      assert(output !== undefined, "a requested output is returned");
      // What is returned has the same numbers, in an object of its own.
      return place ?? output;
    } catch (thrown) {
      // The output may have another shape this time; what else is wrong is wrong again.
      if (place !== null) return this.#runInto(null, feeds, model);
      throw new CodedError("ONNX_RUN_FAILED", `Cannot run the graph: ${reasonOf(thrown)}`, {
        cause: thrown,
      });
    }
  }

  #inputTensor(name: string, role: InputRole, { mask, values }: PaddedBatch): Tensor {
    const dims = [mask.batch, mask.sequence];
    const elementType = this.#scanned.graph.inputs.find(
      (input) => input.name === name,
    )?.elementType;
    const numbers = values(role);
    if (elementType === INT32) return new Tensor("int32", numbers, dims);
    if (elementType === FLOAT32) return new Tensor("float32", Float32Array.from(numbers), dims);
    assert(
      elementType === INT64,
      `graph inputs are integers: ${elementTypeName(elementType ?? 0)}`,
    );
    return new Tensor("int64", widen(numbers), dims);
  }
}

function firstRows({ data, shape }: OutputTensor, rows: number): OutputTensor {
  const [batch = 0, ...rest] = shape;
  if (rows === batch) return { data, shape };
  return { data: data.subarray(0, (data.length / batch) * rows), shape: [rows, ...rest] };
}

function joinRows(pieces: readonly OutputTensor[]): OutputTensor {
  const [first] = pieces;
  assert(first !== undefined, "a batch has at least one piece");
  if (pieces.length === 1) return first;
  const data = new Float32Array(pieces.reduce((length, piece) => length + piece.data.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    data.set(piece.data, offset);
    offset += piece.data.length;
  }
  const rows = pieces.reduce((count, { shape }) => count + (shape[0] ?? 0), 0);
  return { data, shape: [rows, ...first.shape.slice(1)] };
}

/** int32 -> int64 without a BigInt per element: little-endian halves, upper half by sign. */
function widen(numbers: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(numbers.length);
  const halves = new Int32Array(wide.buffer);
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    halves[2 * index] = number;
    halves[2 * index + 1] = number < 0 ? -1 : 0;
  }
  return wide;
}

function asFloat32(tensor: Tensor): Float32Array {
  if (tensor.type === "float32") return tensor.data as Float32Array;
  if (tensor.type === "float16") {
    const { buffer, byteOffset, length } = tensor.data as Uint16Array;
    return float16ToFloat32(new Uint16Array(buffer, byteOffset, length));
  }
  throw new CodedError(
    "ONNX_UNSUPPORTED",
    `Cannot read the graph's output as its type must be ${elementTypeName(FLOAT32)} or ` +
      `${elementTypeName(FLOAT16)}: found ${tensor.type}: export the model in one of them`,
    { detail: { type: tensor.type } },
  );
}

/** What ORT said, without the place in its own source it says it from. */
function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text
    .replaceAll(/\s+/g, " ")
    .replace(/\S*onnxruntime\S*\.(?:cc|h):\d+ .*?\) /, "")
    .trim();
}
