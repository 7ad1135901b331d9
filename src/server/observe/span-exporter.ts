// Sends spans to a collector in batches, beside the requests and never in their way: what it cannot send it keeps for a
// while, and what is over its bound it drops and counts.
import { encodeSpans, type Resource, type Span } from "./otlp.ts";

export type SpanExporterOptions = {
  /** Where OTLP over HTTP is taken, path included. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly resource: Resource;
  /** Spans that wait at most, in a request at most, and how long. */
  readonly queueMax: number;
  readonly batchMax: number;
  readonly delayMs: number;
  /** Told why spans were not taken, at most once a minute. */
  readonly onFailure: (reason: string) => void;
};

export type SpanCounts = { readonly exported: number; readonly dropped: number };

/** A collector that is down is asked again after this long, then twice as long, up to the bound. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;
const TELL_INTERVAL_MS = 60_000;

/** Statuses that mean that it would be taken later, says the protocol. */
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

type Outcome = { readonly isTaken: boolean; readonly isRetried: boolean; readonly reason: string };

export class SpanExporter {
  readonly #options: SpanExporterOptions;
  #queue: Span[] = [];
  #exported = 0;
  #dropped = 0;
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  #abort = new AbortController();
  #retryMs = RETRY_FIRST_MS;
  #toldMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  get counts(): SpanCounts {
    return { exported: this.#exported, dropped: this.#dropped };
  }

  /** Takes the spans of one request, all or none. */
  add(spans: readonly Span[]): void {
    const { queueMax, batchMax, delayMs } = this.#options;
    if (this.#isClosed || this.#queue.length + spans.length > queueMax) {
      this.#dropped += spans.length;
      return;
    }
    this.#queue.push(...spans);
    if (this.#sending !== undefined) return;
    // While it waits to try again, a full batch is no reason to hurry.
    const isWaiting = this.#retryMs !== RETRY_FIRST_MS;
    if (this.#queue.length >= batchMax && !isWaiting) this.#schedule(0);
    else if (this.#timer === undefined) this.#schedule(delayMs);
  }

  /** Sends what it has; gives up after `timeoutMs`. Nothing is taken afterwards. */
  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const deadline = setTimeout(() => this.#abort.abort(), timeoutMs);
    await this.#sending;
    let isTaken = true;
    while (isTaken && this.#queue.length > 0 && !this.#abort.signal.aborted) {
      isTaken = (await this.#sendBatch()).isTaken;
    }
    clearTimeout(deadline);
    this.#dropped += this.#queue.length;
    this.#queue = [];
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#drain().finally(() => {
        this.#sending = undefined;
        if (this.#queue.length > 0 && this.#timer === undefined && !this.#isClosed) {
          this.#schedule(this.#options.delayMs);
        }
      });
    }, delayMs);
    // It must not keep a process alive that has nothing else to do.
    this.#timer.unref();
  }

  async #drain(): Promise<void> {
    do {
      const { isTaken } = await this.#sendBatch();
      if (isTaken) {
        this.#retryMs = RETRY_FIRST_MS;
        continue;
      }
      if (!this.#isClosed && this.#queue.length > 0) this.#schedule(this.#retryMs);
      this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
      return;
    } while (this.#queue.length >= this.#options.batchMax && !this.#isClosed);
  }

  async #sendBatch(): Promise<Outcome> {
    const batch = this.#queue.splice(0, this.#options.batchMax);
    const outcome = await this.#post(batch);
    if (outcome.isTaken) {
      this.#exported += batch.length;
      return outcome;
    }
    if (outcome.isRetried) this.#queue.unshift(...batch);
    else this.#dropped += batch.length;
    // New ones came meanwhile: the oldest go.
    const excess = Math.max(0, this.#queue.length - this.#options.queueMax);
    this.#queue.splice(0, excess);
    this.#dropped += excess;
    this.#tell(outcome.reason);
    return outcome;
  }

  async #post(batch: readonly Span[]): Promise<Outcome> {
    const { url, headers, timeoutMs, resource } = this.#options;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(encodeSpans(batch, resource)),
        // What was meant for one collector is not for another.
        redirect: "manual",
        signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]),
      });
      // Of any length, and of no interest.
      await response.body?.cancel();
      const { status, ok } = response;
      return { isTaken: ok, isRetried: RETRIED.has(status), reason: `it answered ${status}` };
    } catch (thrown) {
      const reason = thrown instanceof Error ? (codeOf(thrown) ?? thrown.name) : "unknown";
      return { isTaken: false, isRetried: true, reason };
    }
  }

  #tell(reason: string): void {
    if (performance.now() - this.#toldMs < TELL_INTERVAL_MS) return;
    this.#toldMs = performance.now();
    this.#options.onFailure(reason);
  }
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
