// Decompresses a file piece by piece, and stops where more comes out than may.
import { createGunzip } from "node:zlib";
import { CodedError } from "../error/index.ts";
import { type ByteSource, CHUNK_LENGTH } from "../io/index.ts";

/** The first bytes of every file it reads. */
export function isGzip(source: ByteSource): boolean {
  if (source.byteLength < 2) return false;
  const [first, second] = source.read(0, 2);
  return first === 0x1f && second === 0x8b;
}

/** Pieces of what was compressed, in order. Throws `BASE_INVALID` when it is damaged or longer than `byteLengthMax`. */
export async function* gunzip(
  source: ByteSource,
  byteLengthMax: number,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: CHUNK_LENGTH });
  void feed(source, stream).catch((thrown) => stream.destroy(thrown));
  let byteLength = 0;
  try {
    for await (const piece of stream) {
      byteLength += piece.length;
      if (byteLength > byteLengthMax) {
        throw invalid(source, `at most ${byteLengthMax} bytes must come out of it: found more`);
      }
      yield piece;
    }
  } catch (thrown) {
    if (thrown instanceof CodedError) throw thrown;
    throw invalid(
      source,
      "it must be compressed with gzip: found something else, or a part",
      thrown,
    );
  } finally {
    stream.destroy();
  }
}

async function feed(source: ByteSource, stream: ReturnType<typeof createGunzip>): Promise<void> {
  for (let at = 0; at < source.byteLength; at += CHUNK_LENGTH) {
    const chunk = source.read(at, Math.min(CHUNK_LENGTH, source.byteLength - at));
    if (stream.destroyed) return;
    if (!stream.write(chunk)) await drained(stream);
  }
  stream.end();
}

/** Also when it was destroyed: then nobody drains it any more. */
function drained(stream: ReturnType<typeof createGunzip>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}

function invalid(source: ByteSource, expected: string, cause?: unknown): CodedError {
  return new CodedError(
    "BASE_INVALID",
    `Cannot decompress "${source.name}" as ${expected}: get it anew`,
    { detail: { expected }, cause },
  );
}
