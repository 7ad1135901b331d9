// A stream of bytes to lines of text: UTF-8 that is checked, lines that are bounded, as many at a time as have arrived.
import { CodedError } from "../../error/index.ts";
import { systemError } from "../../io/index.ts";

const LINE_FEED = 0x0a;

export type LineLimits = { readonly charactersMax: number };

/**
 * Yields the complete lines of each chunk together, so that answers can flow while more is read. Line feeds end lines,
 * a carriage return before one is dropped, and the last line needs none. Throws `CLI_INPUT_INVALID` with the number of
 * the line for bytes that are no UTF-8 and lines above the limit.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limits: LineLimits,
): AsyncGenerator<readonly string[]> {
  // A UTF-16 unit takes at most three bytes of UTF-8: checked on bytes before a line is kept, then on its text.
  const bytesMax = limits.charactersMax * 3;
  const rest: Uint8Array[] = [];
  let restLength = 0;
  let lineNumber = 0;
  const finish = (end: Uint8Array): string => {
    const bytes = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    rest.length = 0;
    restLength = 0;
    lineNumber += 1;
    return decodeLine(bytes, lineNumber, limits);
  };
  for await (const chunk of chunks) {
    const lines: string[] = [];
    let fault: unknown;
    try {
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
        lines.push(finish(chunk.subarray(start, end)));
        start = end + 1;
      }
      // Copied: the stream may use the memory of a chunk again.
      if (start < chunk.length) rest.push(chunk.slice(start));
      restLength += chunk.length - start;
      if (restLength > bytesMax) throw tooLong(lineNumber + 1, limits);
    } catch (thrown) {
      fault = thrown;
    }
    // What came before the fault is still answered.
    if (lines.length > 0) yield lines;
    if (fault !== undefined) throw fault;
  }
  if (restLength > 0) yield [finish(new Uint8Array(0))];
}

/** The bytes of standard input. Throws `IO_NOT_A_FILE` when it is a folder, `IO_READ_FAILED` when it cannot be read. */
export async function* standardInput(): AsyncGenerator<Uint8Array> {
  try {
    yield* Bun.stdin.stream();
  } catch (thrown) {
    throw systemError(thrown, "Cannot read standard input", "IO_READ_FAILED");
  }
}

function decodeLine(bytes: Uint8Array, lineNumber: number, limits: LineLimits): string {
  let text: string;
  try {
    // A byte order mark belongs to the file, not to its first line; anywhere else it is text.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: lineNumber > 1 }).decode(bytes);
  } catch (thrown) {
    throw new CodedError(
      "CLI_INPUT_INVALID",
      `Cannot read line ${lineNumber} of standard input as its bytes are not valid UTF-8: convert the text first`,
      { detail: { line: lineNumber }, cause: thrown },
    );
  }
  if (text.endsWith("\r")) text = text.slice(0, -1);
  if (text.length > limits.charactersMax) throw tooLong(lineNumber, limits);
  return text;
}

function tooLong(lineNumber: number, { charactersMax }: LineLimits): CodedError {
  return new CodedError(
    "CLI_INPUT_INVALID",
    `Cannot read line ${lineNumber} of standard input as it may have ${charactersMax} characters: ` +
      "found more: put each text on a line of its own",
    { detail: { line: lineNumber, limit: charactersMax } },
  );
}
