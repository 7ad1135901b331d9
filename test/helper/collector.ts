// A collector of traces that keeps what it is sent: OTLP over HTTP, as JSON.

type Attribute = {
  readonly key: string;
  readonly value: Readonly<Record<string, string | boolean>>;
};
type RawSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: object;
};
type Export = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
};
type Taken = { readonly path: string; readonly headers: Headers; readonly body: Export };

/** Answers with these statuses first, and keeps nothing then; afterwards with 200. */
export function startCollector(statuses: number[] = []) {
  const requests: Pick<Taken, "path" | "headers">[] = [];
  const taken: Export[] = [];
  let wake: () => void = () => undefined;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      const body = (await request.json()) as Export;
      requests.push({ path: new URL(request.url).pathname, headers: request.headers });
      const status = statuses.shift() ?? 200;
      if (status === 200) taken.push(body);
      wake();
      return Response.json({}, { status });
    },
  });
  const valuesOf = (attributes: readonly Attribute[]) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  const resourceSpans = () => taken.flatMap((body) => body.resourceSpans);
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    /** Resolves once it was asked so often. */
    asked: async (count: number): Promise<void> => {
      while (requests.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    },
    spans: () =>
      resourceSpans()
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
        .map((span) => ({ ...span, attributes: valuesOf(span.attributes) })),
    resource: () => valuesOf(resourceSpans()[0]?.resource.attributes ?? []),
    [Symbol.dispose]: () => void server.stop(true),
  };
}
