// What a server says while it runs, line by line: as text for people or as JSON for collectors. Never waits for who
// reads it: lines that nobody takes are dropped, and counted.
import { printable } from "../../error/index.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

type Fact = string | number | null;

/** Facts of a line, or lists of them. The same kind of line always has the same names; null says that there is nothing to say. */
export type LogFields = Readonly<Record<string, Fact | readonly Readonly<Record<string, Fact>>[]>>;

/** Takes text at once, or promises to. May throw and reject: nobody is left to tell. */
export type LogSink = (text: string) => Promise<unknown> | undefined;

export type LogOptions = {
  readonly format: LogFormat;
  /** The least urgent level that is written. */
  readonly level: LogLevel;
  readonly sink: LogSink;
  /** Bytes, about, that may wait for a slow reader. */
  readonly pendingMax?: number;
};

export type Log = {
  readonly error: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly info: (message: string) => void;
  readonly writes: (level: LogLevel) => boolean;
  /** One line of facts. It may wait for the end of the turn, as there may be many. */
  readonly event: (level: LogLevel, event: string, fields: LogFields) => void;
  /** As `event` at the level info, whatever level is written: somebody asked for this very line. */
  readonly report: (event: string, fields: LogFields) => void;
  /** Resolves when all was taken, or after a moment. */
  readonly flush: () => Promise<void>;
};

/** Some thousands of lines: a reader that hangs longer than it takes to fill this loses some. */
const PENDING_MAX = 1024 * 1024;

/** How long the end of the process waits for a reader. */
const FLUSH_TIMEOUT_MS = 500;

export function createLog(options: LogOptions): Log {
  const { format, level } = options;
  const print = format === "json" ? printJsonLine : printTextLine;
  const writer = new LineWriter(options, (dropped) =>
    print({
      level: "warn",
      event: "message",
      fields: { message: `${dropped} lines of this log were dropped as nobody took them` },
    }),
  );
  const writes = (wanted: LogLevel) => LOG_LEVELS.indexOf(wanted) <= LOG_LEVELS.indexOf(level);
  const say = (wanted: LogLevel) => (message: string) => {
    if (!writes(wanted)) return;
    writer.add(print({ level: wanted, event: "message", fields: { message } }));
    // What follows may be the end of the process.
    writer.write();
  };
  const add = (line: Line) => {
    writer.add(print(line));
    writer.writeSoon();
  };
  return {
    error: say("error"),
    warn: say("warn"),
    info: say("info"),
    writes,
    event: (wanted, event, fields) => {
      if (writes(wanted)) add({ level: wanted, event, fields });
    },
    report: (event, fields) => add({ level: "info", event, fields }),
    flush: () => writer.flush(),
  };
}

type Line = { readonly level: LogLevel; readonly event: string; readonly fields: LogFields };

/** One object: when, how urgent, what kind of line, then its facts. */
function printJsonLine({ level, event, fields }: Line): string {
  const time = new Date().toISOString();
  // JSON escapes the control characters of ASCII only; a terminal obeys others as well.
  return `${printable(JSON.stringify({ time, level, event, ...fields }))}\n`;
}

/** When, then sentences as they are, facts as `name=value`. */
function printTextLine({ level, event, fields }: Line): string {
  const { message } = fields;
  const time = new Date().toISOString();
  if (event === "message") {
    return `encoderfile: ${time} ${level === "warn" ? "warning: " : ""}${message}\n`;
  }
  let text = `encoderfile: ${time} ${event}`;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) text += ` ${name}=${textValue(value)}`;
  }
  return `${text}\n`;
}

function textValue(value: NonNullable<LogFields[string]>): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string" && /^[\w./:*-]+$/.test(value)) return value;
  return printable(JSON.stringify(value));
}

/** Holds lines until the sink takes them, never more than it may. */
class LineWriter {
  readonly #sink: LogSink;
  readonly #pendingMax: number;
  readonly #dropLine: (dropped: number) => string;
  #pending = "";
  #dropped = 0;
  #isScheduled = false;
  /** Settles when the sink takes more. */
  #busy: Promise<void> | undefined;

  constructor({ sink, pendingMax }: LogOptions, dropLine: (dropped: number) => string) {
    this.#sink = sink;
    this.#pendingMax = pendingMax ?? PENDING_MAX;
    this.#dropLine = dropLine;
  }

  add(line: string): void {
    if (this.#pending.length + line.length > this.#pendingMax) this.#dropped += 1;
    else this.#pending += line;
  }

  /** One write for all lines of a turn: each costs a call of the system. */
  writeSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.write();
    });
  }

  write(): void {
    if (this.#busy !== undefined) return;
    if (this.#dropped > 0) this.#pending += this.#dropLine(this.#dropped);
    const text = this.#pending;
    this.#pending = "";
    this.#dropped = 0;
    if (text === "") return;
    try {
      const taken = this.#sink(text);
      if (taken === undefined) return;
      const done = () => {
        this.#busy = undefined;
        this.write();
      };
      this.#busy = taken.then(done, done);
    } catch {
      // Nobody reads it: there is no other place to say so.
    }
  }

  async flush(): Promise<void> {
    this.write();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, FLUSH_TIMEOUT_MS);
    const drained = async () => {
      while (this.#busy !== undefined) await this.#busy;
    };
    await Promise.race([drained(), late.promise]);
    clearTimeout(timer);
  }
}
