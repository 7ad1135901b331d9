// Ten times as many requests as can be answered: is each answered 200 or 429, in bounded time and memory?
// ENCODERFILE_BENCH_SECONDS says for how long; 60 when unset.
import { mixedTexts, quantile } from "../../src/measure/index.ts";
import { COMMON_WORDS } from "../fixture/vocabulary.ts";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { type BenchServer, embed, residentMegabytes, startServer } from "./server.ts";
import { benchSubject } from "./subject.ts";

const SECONDS = Number(process.env["ENCODERFILE_BENCH_SECONDS"] ?? 60);
const OVERLOAD = 10;
/** Time a request allows, after which its work must not begin. */
const WAIT_MS = 1_000;
const CALIBRATION_CLIENTS = 64;
const TICK_MS = 10;
/** Connections at once; requests beyond them are not sent, and counted. */
const OPEN_MAX = 4_000;
/** Memory is first looked at when this share of the time is over, and all is warm. */
const WARM_SHARE = 0.25;

export async function benchOverload(): Promise<Comparison[]> {
  const { encoderfile } = await benchSubject();
  const texts = mixedTexts(COMMON_WORDS);
  const server = await startServer(encoderfile);
  try {
    const perSecond = await capacity(server, texts);
    return [
      await compare({
        question: `overload: ${OVERLOAD} times the ${Math.round(perSecond)} texts/s it can answer, for ${SECONDS} s`,
        ours: {
          name: `requests that allow ${WAIT_MS} ms`,
          run: () => overload(server, texts, perSecond * OVERLOAD),
        },
        baseline: {
          name: "what they may take",
          run: async () => ({ "p99 ms of 200": WAIT_MS, "RSS MB at the end": lastWarmMegabytes }),
        },
        rounds: 1,
        warmUps: 0,
        goal: { "p99 ms of 200": 1.5, "RSS MB at the end": 1.1 },
      }),
    ];
  } finally {
    await server.stop();
  }
}

let lastWarmMegabytes = 0;

/** Texts a second with as many clients as keep it busy. */
async function capacity({ url }: BenchServer, texts: readonly string[]): Promise<number> {
  for (const counts of [false, true]) {
    const startedMs = performance.now();
    const waiting = [...texts];
    const client = async () => {
      for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
        await embed(url, text);
      }
    };
    await Promise.all(Array.from({ length: CALIBRATION_CLIENTS }, client));
    if (counts) return (texts.length * 1000) / (performance.now() - startedMs);
  }
  return 0;
}

async function overload(
  { url, pid }: BenchServer,
  texts: readonly string[],
  perSecond: number,
): Promise<Figures> {
  const times: number[] = [];
  const statuses = new Map<number, number>();
  let sent = 0;
  let open = 0;
  let unsent = 0;
  const ask = async (text: string) => {
    open += 1;
    const startedMs = performance.now();
    const response = await fetch(`${url}/embed`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-timeout-ms": String(WAIT_MS) },
      body: JSON.stringify({ inputs: text }),
    });
    await response.arrayBuffer();
    open -= 1;
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (response.status === 200) times.push(performance.now() - startedMs);
  };
  lastWarmMegabytes = 0;
  const beganMs = performance.now();
  const asked: Promise<void>[] = [];
  for (let nowMs = beganMs; nowMs < beganMs + SECONDS * 1000; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - beganMs) / 1000) * perSecond);
    for (; sent + unsent < due; ) {
      if (open >= OPEN_MAX) unsent += 1;
      else asked.push(ask(texts[sent++ % texts.length] ?? ""));
    }
    const isWarm = nowMs - beganMs > SECONDS * 1000 * WARM_SHARE;
    if (isWarm && lastWarmMegabytes === 0) lastWarmMegabytes = residentMegabytes(pid);
    await Bun.sleep(TICK_MS);
  }
  await Promise.all(asked);
  const others = [...statuses].filter(([status]) => status !== 200 && status !== 429);
  if (others.length > 0) throw new Error(`Answered with ${JSON.stringify(others)}`);
  return {
    sent,
    unsent,
    "answered 200": statuses.get(200) ?? 0,
    "answered 429": statuses.get(429) ?? 0,
    "p99 ms of 200": quantile(times, 0.99),
    "RSS MB at the end": residentMegabytes(pid),
  };
}
