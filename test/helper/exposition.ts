// A strict reader of Prometheus's text format, version 0.0.4, by the rules its own tools check: what it takes, any
// scraper takes.

export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};
export type Family = { readonly type: string; readonly help: string; readonly samples: Sample[] };

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.]+(?:e[+-]?\d+)?|\+Inf)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y;

/** Families by name. Throws for text that breaks a rule. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line has no end");
  const families = new Map<string, Family>();
  let current: { name: string; family: Family } | undefined;
  let help: readonly [string, string] | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (keyword === "HELP") {
      if (families.has(name)) throw new Error(`${name} is described twice`);
      help = [name, rest];
    } else if (keyword === "TYPE") {
      if (help?.[0] !== name) throw new Error(`${name} has no help`);
      const family: Family = { type: rest, help: help[1], samples: [] };
      current = { name, family };
      families.set(name, family);
    } else {
      const sample = parseSample(line);
      if (current === undefined || baseName(sample, current.family) !== current.name) {
        throw new Error(`${line} stands outside its family`);
      }
      current.family.samples.push(sample);
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name, inner = "", value] = SAMPLE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`Not a sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let end = 0;
  while (end < inner.length) {
    const found = LABEL.exec(inner);
    if (found === null || found[1]! in labels) throw new Error(`Not labels: ${inner}`);
    labels[found[1]!] = found[2]!;
    end = LABEL.lastIndex;
  }
  return { name, labels, value: value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value) };
}

function baseName({ name }: Sample, { type }: Family): string {
  return type === "histogram" ? name.replace(/_(?:bucket|sum|count)$/, "") : name;
}

function checkFamily(name: string, { type, samples }: Family): void {
  const keys = samples.map((sample) => JSON.stringify([sample.name, sample.labels]));
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a sample twice`);
  if (type !== "gauge" && samples.some(({ value }) => value < 0)) throw new Error(`${name} < 0`);
  if (type !== "histogram") return;
  const series = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const part of series.values()) {
    const buckets = part.filter((sample) => sample.name.endsWith("_bucket"));
    const bounds = buckets.map(({ labels }) => Number(labels["le"]?.replace("+Inf", "Infinity")));
    const counts = buckets.map(({ value }) => value);
    const ascends = (values: number[]) =>
      values.every((value, at) => value >= (values[at - 1] ?? 0));
    const count = part.find((sample) => sample.name.endsWith("_count"))?.value;
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && counts.at(-1) === count;
    if (!ascends(bounds) || !ascends(counts) || !isWhole)
      throw new Error(`${name} is no histogram`);
  }
}
