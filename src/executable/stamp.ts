// What a base says of itself: the stamp its build wrote into its bytes, found without running it.
import { BASE_MARKER, type BaseIdentity } from "../about/index.ts";
import { type ByteSource, forEachChunk } from "../io/index.ts";

/** The identity and its marker are below 200 bytes; this also bounds what a hostile file makes us look at. */
const STAMP_LENGTH_MAX = 512;
/** A file with more false markers than this is not a base someone compiled. */
const MARKERS_MAX = 1000;

/** The identity in the bytes of a base, with or without a payload behind it; undefined when there is none. */
export function findStamp(source: ByteSource): BaseIdentity | undefined {
  // Searches the whole file, since where a compiler puts its strings is its own affair.
  const marker = new TextEncoder().encode(BASE_MARKER);
  let tail = new Uint8Array(0);
  let found: BaseIdentity | undefined;
  let seen = 0;
  const range = { byteOffset: 0, byteLength: source.byteLength };
  forEachChunk(source, range, (chunk, byteOffset) => {
    if (found !== undefined || seen > MARKERS_MAX) return;
    const isLast = byteOffset + chunk.length === source.byteLength;
    // What may be cut at the end of a chunk is looked at again together with the next one.
    const bytes = Buffer.concat([tail, chunk]);
    const end = isLast ? bytes.length : bytes.length - STAMP_LENGTH_MAX;
    for (let at = bytes.indexOf(marker); at >= 0 && at < end; at = bytes.indexOf(marker, at + 1)) {
      seen++;
      const stamp = bytes.subarray(at + marker.length, at + STAMP_LENGTH_MAX);
      found ??= parseStamp(stamp, source.byteLength);
    }
    tail = Uint8Array.from(bytes.subarray(Math.max(0, end)));
  });
  return found;
}

const STAMP =
  /^\{"version":"([\w.+-]{1,64})","target":"([\w-]{1,64})","onnxruntime":"([\w.+-]{1,64})"(?:,"length": *(\d{1,15}))?\}$/;

/** The marker also stands in the program that looks for it: only JSON with these fields behind it counts. */
function parseStamp(bytes: Uint8Array, byteLength: number): BaseIdentity | undefined {
  const text = new TextDecoder("latin1").decode(bytes);
  // Inside a compiled program the quotes may be escaped.
  const json = text.slice(0, text.indexOf("}") + 1).replaceAll("\\", "");
  const match = STAMP.exec(json);
  if (match === null) return undefined;
  const [, version = "", target = "", onnxruntime = "", length = String(byteLength)] = match;
  return { version, target, onnxruntime, length: Number(length) };
}
