// Spans as OTLP wants them in JSON. Written here: the official packages are ten, add 2.7 MB to the executable and read
// the environment on their own, for what is one shape of object.

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has ended. Ids are hex; times are milliseconds of Unix time, with fractions. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly traceState?: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "server";
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  /** Whether the server failed; what the client did wrong is no failure of the span. */
  readonly isError: boolean;
};

/** Who made the spans. */
export type Resource = {
  readonly attributes: SpanAttributes;
  readonly scope: { readonly name: string; readonly version: string };
};

// Numbers of the protocol.
const KIND = { internal: 1, server: 2 } as const;
const STATUS_ERROR = 2;
const FLAG_SAMPLED = 1;

/** An ExportTraceServiceRequest, ready to be printed as JSON. */
export function encodeSpans(spans: readonly Span[], { attributes, scope }: Resource) {
  return {
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(attributes) },
        scopeSpans: [{ scope, spans: spans.map(encodeSpan) }],
      },
    ],
  };
}

function encodeSpan(span: Span) {
  const { traceId, spanId, parentSpanId, traceState, name } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(traceState !== undefined && { traceState }),
    flags: FLAG_SAMPLED,
    name,
    kind: KIND[span.kind],
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: nanoseconds(span.endMs),
    attributes: encodeAttributes(span.attributes),
    status: span.isError ? { code: STATUS_ERROR } : {},
  };
}

/** 64-bit numbers are strings in this JSON. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}

function encodeAttributes(attributes: SpanAttributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: encodeValue(value) }));
}

function encodeValue(value: string | number | boolean) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
