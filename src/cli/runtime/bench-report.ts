// The figures of `bench` for people: as tables and as a picture.
import { printable } from "../../error/index.ts";
import type {
  LatencyFigures,
  MachineFacts,
  Resident,
  ThroughputFigures,
} from "../../measure/index.ts";

/** What `--json` prints, its names in snake case; docs/performance.md says what they mean. */
export type BenchReport = MachineFacts & {
  /** Of this shape. */
  readonly encoderfileBench: number;
  readonly name: string;
  readonly modelVersion: string;
  readonly modelDigest: string;
  readonly workers: number;
  readonly threadsPerWorker: number;
  readonly batchTokens: number;
  readonly date?: string;
  readonly via: "engine" | "http";
  readonly seconds: number;
  readonly start: { readonly firstAnswerMs: number; readonly samples: number };
  readonly memory: { readonly atStart: Resident | null; readonly after: Resident | null };
  readonly latency: readonly LatencyFigures[];
  readonly throughput: readonly ThroughputFigures[];
};

export async function printBench(report: BenchReport): Promise<string> {
  const { table } = await import("../../inspect/index.ts");
  const { start, memory, latency, throughput } = report;
  const facts = table([
    ["start to first answer", `${start.firstAnswerMs} ms (median of ${start.samples})`],
    ["memory of a server then", residentText(memory.atStart)],
    [
      report.via === "http" ? "memory of the server, after" : "memory of this process, after",
      residentText(memory.after),
    ],
  ]);
  const times = ["p50 ms", "p95 ms", "p99 ms"];
  const lengths = latency.map(({ tokens, samples, p50Ms, p95Ms, p99Ms }) =>
    [tokens, p50Ms, p95Ms, p99Ms, samples].map(String),
  );
  const clients = throughput.map(
    ({ concurrency, textsPerSecond, tokensPerSecond, p50Ms, p95Ms, p99Ms }) =>
      [concurrency, textsPerSecond, tokensPerSecond, p50Ms, p95Ms, p99Ms].map(String),
  );
  return `${[
    titleOf(report),
    factsOf(report).join("; "),
    "",
    facts,
    "",
    "Latency, one text at a time",
    table([["tokens", ...times, "texts"], ...lengths]),
    "",
    "Throughput, mixed lengths",
    table([["clients", "texts/s", "tokens/s", ...times], ...clients]),
  ].join("\n")}\n`;
}

/** The same as one SVG document. */
export async function benchChart(report: BenchReport): Promise<string> {
  const { drawChart } = await import("../../measure/index.ts");
  const { latency, throughput } = report;
  const slowest = latency.at(-1);
  const best = throughput.reduce((most, { textsPerSecond }) => Math.max(most, textsPerSecond), 0);
  return drawChart({
    title: titleOf(report),
    subtitle: factsOf(report).slice(0, 2).join("; "),
    description:
      `${factsOf(report).join("; ")}. The longest texts, of ${slowest?.tokens ?? 0} tokens, ` +
      `take ${slowest?.p50Ms ?? 0} ms each in the median; at best ${best} texts of mixed lengths are answered in a second.`,
    panels: [
      {
        title: "Latency, one text at a time",
        unit: "ms",
        axis: "tokens of a text",
        groups: latency.map(({ tokens }) => String(tokens)),
        series: [
          { name: "p50", values: latency.map(({ p50Ms }) => p50Ms) },
          { name: "p95", values: latency.map(({ p95Ms }) => p95Ms) },
          { name: "p99", values: latency.map(({ p99Ms }) => p99Ms) },
        ],
      },
      {
        title: "Throughput, mixed lengths",
        unit: "texts per second",
        axis: "clients that ask at once",
        groups: throughput.map(({ concurrency }) => String(concurrency)),
        series: [
          {
            name: "texts per second",
            values: throughput.map(({ textsPerSecond }) => textsPerSecond),
          },
        ],
      },
    ],
  });
}

function titleOf({ name, modelVersion, via }: BenchReport): string {
  return printable(`${name} ${modelVersion}, ${via === "http" ? "over HTTP" : "in process"}`);
}

function factsOf(report: BenchReport): readonly string[] {
  const { processor, cores, target, onnxruntime, version } = report;
  const { workers, threadsPerWorker, batchTokens, date } = report;
  const facts = [
    `${processor}, ${cores} usable cores, ${target}`,
    `${workers} workers of ${threadsPerWorker} threads, ${batchTokens} tokens a batch`,
    `ONNX Runtime ${onnxruntime}, encoderfile ${version}`,
    ...(date === undefined ? [] : [date]),
  ];
  return facts.map(printable);
}

function residentText(resident: Resident | null): string {
  if (resident === null) return "not known on this system";
  const { totalBytes, anonymousBytes, fileBytes } = resident;
  const [total, anonymous, files] = [totalBytes, anonymousBytes, fileBytes].map((bytes) =>
    String(Math.round(bytes / 1e6)),
  );
  return `${total} MB (${anonymous} of its own, ${files} of files)`;
}
