// The names of a classifier's outputs, in their order, from a config.json that may hold anything.
import type { Model } from "../gen/manifest_pb.ts";
import { problem } from "./output.ts";
import type { Problem } from "./task.ts";

/**
 * Most labels a model may have: extreme multi-label sets stay below; a gap check walks that far.
 */
export const LABELS_MAX = 1_000_000;

/**
 * Labels by index with their origin, or what is wrong with them; with a problem the labels are
 * empty.
 */
export type LabelReport = {
  readonly labels: readonly string[];
  /** `id2label`, `label2id`, or `default` when config.json names none. */
  readonly source: "id2label" | "label2id" | "default";
  readonly problems: readonly Problem[];
};

/**
 * Reads `id2label`, or `label2id` where that is absent, of a parsed config.json. Without either,
 * labels are LABEL_0 ... as transformers calls them. `width` is the number of classes the graph
 * answers with.
 */
export function readLabels(config: unknown, width: number): LabelReport {
  const fields = isRecord(config) ? config : {};
  const source =
    ownValue(fields, "id2label") !== undefined
      ? "id2label"
      : ownValue(fields, "label2id") !== undefined
        ? "label2id"
        : "default";
  if (source === "default") return { labels: defaultLabels(width), source, problems: [] };
  const table = ownValue(fields, source);
  const problems: Problem[] = [];
  const byId = isRecord(table)
    ? readTable(table, source, problems)
    : fault(problems, source, `found ${describe(table)}: expected an object`);
  checkGaps(byId, source, problems);
  if (problems.length === 0 && byId.size !== width) {
    const found = `found ${countLabels(byId.size)}`;
    problems.push(problem(source, `${found}: expected ${width}, as many as the output is wide`));
  }
  const labels = problems.length > 0 ? [] : [...byId].sort((a, b) => a[0] - b[0]).map(([, l]) => l);
  return { labels, source, problems };
}

/** Names for classes that have none. */
export function defaultLabels(width: number): readonly string[] {
  return Array.from({ length: width }, (_, index) => `LABEL_${index}`);
}

/** Faults of a resolved model's labels: too few, too many, or two alike. */
export function checkLabels(model: Model): readonly Problem[] {
  const { labels, width } = model;
  if (labels.length !== width) {
    const found = `found ${countLabels(labels.length)}`;
    return [problem("labels", `${found}: expected ${width}, as many as the output is wide`)];
  }
  const twice = firstRepeated(labels);
  return twice === undefined ? [] : [problem("labels", `found ${quote(twice)} twice`)];
}

function countLabels(count: number): string {
  return count === 1 ? "1 label" : `${count} labels`;
}

function firstRepeated(labels: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return labels.find((label) => seen.size === seen.add(label).size);
}

type Table = Readonly<Record<string, unknown>>;

function readTable(table: Table, source: "id2label" | "label2id", problems: Problem[]) {
  const byId = new Map<number, string>();
  const seen = new Map<string, number>();
  for (const [key, value] of Object.entries(table)) {
    const field = `${source}.${key.slice(0, 60)}`;
    const id = source === "id2label" ? parseIndex(key) : value;
    const label = source === "id2label" ? value : key;
    if (typeof label !== "string") {
      problems.push(problem(field, `found ${describe(label)}: expected a string`));
    } else if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= LABELS_MAX) {
      const found = source === "id2label" ? quote(key) : describe(id);
      problems.push(problem(field, `found the index ${found}: expected an integer from 0`));
    } else if (byId.has(id)) {
      problems.push(problem(field, `found a second label for index ${id}`));
    } else if (seen.has(label)) {
      const first = seen.get(label);
      problems.push(problem(field, `found ${quote(label)} at index ${first} and at ${id}`));
    } else {
      byId.set(id, label);
      seen.set(label, id);
    }
  }
  return byId;
}

function checkGaps(byId: ReadonlyMap<number, string>, source: string, problems: Problem[]): void {
  if (problems.length > 0) return;
  for (let id = 0; id < byId.size; id++) {
    if (byId.has(id)) continue;
    problems.push(problem(source, `found no label for index ${id} of ${byId.size}`));
    return;
  }
}

function fault(problems: Problem[], field: string, message: string): Map<number, string> {
  problems.push(problem(field, message));
  return new Map();
}

// "01", "1.0" and " 1" would all be 1 for Number(): only the canonical form is an index.
function parseIndex(key: string): number | undefined {
  return /^(0|[1-9]\d{0,6})$/.test(key) ? Number(key) : undefined;
}

// JSON may name a field "__proto__" or "constructor": only own fields count.
function ownValue(table: Table, key: string): unknown {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  return value === null ? undefined : value;
}

function isRecord(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
