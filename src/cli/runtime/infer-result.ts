// Results of `infer` as they are written: one JSON document or JSON lines, to stdout or to a file, as they come.
import { CodedError, isCodedError } from "../../error/index.ts";
import { openStream, type StreamSink, writeFileAtomicallyAsync } from "../../io/index.ts";
import type { CommandInput } from "../command.ts";
import { OutputClosed } from "../output.ts";

/** Readable by everybody, as a redirect would make it. */
const FILE_MODE = 0o644;

/**
 * Writes results, each printed as JSON, following the options --format, --output and --force. A file appears once it
 * is complete; a device or a pipe gets what is there to get, and --force is not needed as nothing is replaced.
 * `modelId` ends the document, as in the published response.
 */
export async function writeResults(
  input: CommandInput,
  modelId: string,
  results: AsyncIterable<string>,
): Promise<void> {
  const path = input.text("output");
  const pieces = input.text("format") === "jsonl" ? lines(results) : document(results, modelId);
  if (path === undefined) {
    for await (const piece of pieces) await input.output.print(piece);
    return;
  }
  if (path === "") {
    throw new CodedError("USAGE", "Cannot write the results: --output names no file");
  }
  using stream = openStream(path);
  if (stream !== undefined) {
    for await (const piece of pieces) writeTo(stream, piece);
    return;
  }
  const options = { force: input.flag("force"), mode: FILE_MODE };
  await writeFileAtomicallyAsync(path, options, async (sink) => {
    let byteOffset = 0;
    for await (const piece of pieces) {
      const bytes = new TextEncoder().encode(piece);
      sink.write(bytes, byteOffset);
      byteOffset += bytes.length;
    }
  });
}

function writeTo(stream: StreamSink, piece: string): void {
  try {
    stream.write(new TextEncoder().encode(piece));
  } catch (thrown) {
    if (!isCodedError(thrown) || thrown.detail["errno"] !== "EPIPE") throw thrown;
    throw new OutputClosed("The pipe was closed");
  }
}

async function* lines(results: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const result of results) yield `${result}\n`;
}

/** When a result cannot be had, what follows the last one is missing: the document shows that something failed. */
async function* document(results: AsyncIterable<string>, modelId: string): AsyncGenerator<string> {
  let separator = '{"results":[\n';
  for await (const result of results) {
    yield separator + result;
    separator = ",\n";
  }
  const end = `],"model_id":${JSON.stringify(modelId)}}\n`;
  yield separator === ",\n" ? `\n${end}` : separator + end;
}
