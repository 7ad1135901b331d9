// Counters, gauges and histograms of one server, and their text in the exposition format of Prometheus. Nothing is
// global. A library was weighed: prom-client takes 30 ms of every start and 2.7 MB of the executable for this much.
import { assert } from "../../error/index.ts";

type Labels = Readonly<Record<string, string>>;

/** What can be asked for its lines. */
type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly lines: () => readonly string[];
};

export type Described<Label extends string> = {
  readonly name: string;
  /** One sentence, with the unit. */
  readonly help: string;
  readonly labels?: readonly Label[];
};

/** Only grows. */
export type Counter = { readonly add: (amount: number) => void };

/** Counts by value: how many were at most each bound, how many there were, and their sum. */
export type Histogram = {
  /** Counts `value`, which must be finite, as often as `times` says. */
  readonly observe: (value: number, times?: number) => void;
};

/** One instrument for each combination of label values. Who names values must see that there are few. */
export type Labelled<Instrument, Label extends string> = {
  readonly of: (values: Readonly<Record<Label, string>>) => Instrument;
};

/** Content type of what `text` returns. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The instruments of one server. */
export class Registry {
  readonly #families = new Map<string, Family>();

  counter(described: Described<never>): Counter {
    return this.counters(described).of({});
  }

  counters<Label extends string>(described: Described<Label>): Labelled<Counter, Label> {
    const children = new Children<CounterCell, Label>(described, () => new CounterCell());
    this.#add({
      ...described,
      type: "counter",
      lines: () => children.print((cell, suffix) => `${described.name}${suffix} ${cell.value}`),
    });
    return children;
  }

  /** A number that is kept elsewhere and asked for when it is shown; one that is not finite is left out. */
  read(
    described: Described<never>,
    type: "counter" | "gauge",
    value: () => number | undefined,
  ): void {
    this.#add({
      ...described,
      type,
      lines: () => {
        const now = value();
        return now !== undefined && Number.isFinite(now) ? [`${described.name} ${now}`] : [];
      },
    });
  }

  /** The constant 1 with facts as labels, as is the custom for builds. */
  info(described: Described<never>, labels: Labels): void {
    this.#add({
      ...described,
      type: "gauge",
      lines: () => [`${described.name}${braced(labels)} 1`],
    });
  }

  histogram(described: Described<never>, bounds: readonly number[]): Histogram {
    return this.histograms(described, bounds).of({});
  }

  /** `bounds` ascend; the last, infinite one is understood. */
  histograms<Label extends string>(
    described: Described<Label>,
    bounds: readonly number[],
  ): Labelled<Histogram, Label> {
    const children = new Children<HistogramCell, Label>(described, () => new HistogramCell(bounds));
    this.#add({
      ...described,
      type: "histogram",
      lines: () => children.print((cell, _, labels) => cell.lines(described.name, labels)).flat(),
    });
    return children;
  }

  /** All of it in the text format, version 0.0.4. */
  text(): string {
    const blocks = [...this.#families.values()].map(({ name, help, type, lines }) =>
      [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines()].join("\n"),
    );
    return `${blocks.join("\n")}\n`;
  }

  #add({ name, help, type, lines }: Family): void {
    assert(!this.#families.has(name), `the instrument ${name} is made once`);
    this.#families.set(name, { name, help, type, lines });
  }
}

class CounterCell implements Counter {
  value = 0;

  readonly add = (amount: number): void => {
    this.value += amount;
  };
}

class HistogramCell implements Histogram {
  readonly #bounds: readonly number[];
  /** How many were over the bound before and at most this one; the last are over all. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  readonly observe = (value: number, times = 1): void => {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= this.#bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    this.#counts[low]! += times;
    this.#sum += value * times;
  };

  lines(name: string, labels: Labels): readonly string[] {
    let count = 0;
    const buckets = [...this.#bounds.map(String), "+Inf"].map((le, at) => {
      count += this.#counts[at]!;
      return `${name}_bucket${braced({ ...labels, le })} ${count}`;
    });
    const suffix = braced(labels);
    return [...buckets, `${name}_sum${suffix} ${this.#sum}`, `${name}_count${suffix} ${count}`];
  }
}

/** The instruments of a family by their label values. */
class Children<Cell, Label extends string> implements Labelled<Cell, Label> {
  readonly #names: readonly Label[];
  readonly #create: () => Cell;
  readonly #cells = new Map<string, { readonly labels: Labels; readonly cell: Cell }>();

  constructor({ labels = [] }: Described<Label>, create: () => Cell) {
    this.#names = labels;
    this.#create = create;
  }

  of(values: Readonly<Record<Label, string>>): Cell {
    let key = "";
    for (const name of this.#names) key += `${values[name]}\0`;
    let child = this.#cells.get(key);
    if (child === undefined) {
      child = { labels: { ...values }, cell: this.#create() };
      this.#cells.set(key, child);
    }
    return child.cell;
  }

  /** What is printed of each, in the order they were made. */
  print<T>(printOne: (cell: Cell, suffix: string, labels: Labels) => T): T[] {
    const children = [...this.#cells.values()];
    return children.map(({ labels, cell }) => printOne(cell, braced(labels), labels));
  }
}

function braced(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Label values come from files, too: a line feed in one would forge a line. */
function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function escapeHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** `count` bounds from `first` on, each `factor` times the one before. */
export function geometricBounds(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, power) =>
    Number((first * factor ** power).toPrecision(12)),
  );
}
