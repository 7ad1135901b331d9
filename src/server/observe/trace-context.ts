// Which trace a request belongs to, as its headers say in W3C Trace Context, and which are recorded.

/** What a request's headers say of its trace; texts of strangers, checked. */
export type TraceParent = {
  /** 32 lower-case hex digits, as the header has them. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  readonly isSampled: boolean;
  /** What vendors pass along; it belongs to the trace and is not looked at. */
  readonly state?: string;
};

/** Whether a request is recorded. */
export type Sampler = (parent: TraceParent | undefined, traceId: string) => boolean;

const TRACE_PARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longer ones may be dropped, says the standard; it asks for this many at least. */
const STATE_CHARACTERS_MAX = 512;

const SAMPLED_FLAG = 1;

/** Undefined without a header, and for one that is malformed: such a request begins a trace of its own. */
export function parseTraceParent(headers: Headers): TraceParent | undefined {
  const header = headers.get("traceparent");
  if (header === null) return undefined;
  const [, traceId, spanId, flags, rest] = TRACE_PARENT.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Only later versions may have more.
  if (rest !== undefined && header.startsWith("00")) return undefined;
  const state = headers.get("tracestate") ?? "";
  return {
    traceId,
    spanId,
    isSampled: (Number.parseInt(flags, 16) & SAMPLED_FLAG) !== 0,
    ...(state !== "" && state.length <= STATE_CHARACTERS_MAX && { state }),
  };
}

export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** `ratio` counts for the samplers named after it. Those based on parents do as who called decided. */
export function createSampler(name: SamplerName, ratio: number): Sampler {
  const isOwn = (traceId: string): boolean => {
    if (name.endsWith("always_on")) return true;
    if (name.endsWith("always_off")) return false;
    // The last 7 bytes are random, as the standard wants: every server of a trace decides alike.
    // Of their 56 bits, those a number holds exactly.
    return Number.parseInt(traceId.slice(-14, -1), 16) < ratio * 2 ** 52;
  };
  const isParentBased = name.startsWith("parentbased_");
  return (parent, traceId) =>
    isParentBased && parent !== undefined ? parent.isSampled : isOwn(traceId);
}

/** Random hex digits, never all zero, which would say that there is none. */
export function randomId(bytes: 8 | 16): string {
  const id = crypto.getRandomValues(new Uint8Array(bytes));
  id[0]! |= 1;
  return id.toHex();
}
