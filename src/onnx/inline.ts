// Puts the tensors a graph keeps in another file into the graph: the opposite of `render.ts`.
import { CodedError } from "../error/index.ts";
import type { ByteSource } from "../io/index.ts";
import { lengthDelimited, readSpan } from "./render.ts";
import type { Initializer, ScannedModel, TensorPlace } from "./scan.ts";

/** protobuf's own limit: no reader takes a longer message. */
const MODEL_BYTES_MAX = 2 ** 31 - 1;

type ExternalPlace = Extract<TensorPlace, { readonly kind: "external" }>;

/**
 * The bytes of the whole model. `read` gives those of a tensor by its place. Throws `ONNX_UNSUPPORTED` for more than
 * one message holds.
 */
export function inlineModel(
  scanned: ScannedModel,
  source: ByteSource,
  read: (place: ExternalPlace) => Uint8Array,
): Uint8Array {
  const { graphField, initializers } = scanned;
  const graphEnd = graphField.byteOffset + graphField.byteLength;
  refuseTooLarge(scanned, source);
  const content: Uint8Array[] = [];
  let copied = graphField.byteOffset;
  for (const initializer of initializers) {
    const { place, field } = initializer;
    if (place.kind !== "external") continue;
    content.push(readSpan(source, copied, field.keyOffset));
    content.push(inlineTensor(source, initializer, read(place)));
    copied = field.byteOffset + field.byteLength;
  }
  content.push(readSpan(source, copied, graphEnd));
  return Buffer.concat([
    readSpan(source, 0, graphField.keyOffset),
    lengthDelimited(7, content),
    readSpan(source, graphEnd, source.byteLength),
  ]);
}

/** Before anything is copied. */
function refuseTooLarge({ initializers }: ScannedModel, source: ByteSource): void {
  const byteLength = initializers.reduce(
    (sum, { place }) => sum + (place.kind === "external" ? place.byteLength : 0),
    source.byteLength,
  );
  if (byteLength <= MODEL_BYTES_MAX) return;
  throw new CodedError(
    "ONNX_UNSUPPORTED",
    `Cannot put the graph and its weights into one message as that holds at most ${MODEL_BYTES_MAX} bytes: ` +
      `found ${byteLength}: build it without --optimize`,
    { detail: { byteLength } },
  );
}

/** The initializer field with `raw_data` (9) in place of its data fields. */
function inlineTensor(source: ByteSource, tensor: Initializer, bytes: Uint8Array): Uint8Array {
  const { field, dataFields } = tensor;
  const parts: Uint8Array[] = [];
  let copied = field.byteOffset;
  for (const data of dataFields) {
    parts.push(readSpan(source, copied, data.keyOffset));
    copied = data.byteOffset + data.byteLength;
  }
  parts.push(readSpan(source, copied, field.byteOffset + field.byteLength));
  parts.push(lengthDelimited(9, [bytes]));
  return lengthDelimited(5, parts);
}
