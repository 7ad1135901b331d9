// The terminal: what goes to stdout and stderr, and how. Knows no command and decides no exit code.
// Writes through Bun's sinks and asks node:tty late: process.stdout and node:tty each cost ten milliseconds of start-up
// that --help does not have.
import { CodedError } from "../error/index.ts";
import { hasStandardOutput } from "../io/index.ts";

/** Thrown by `Output.print` once nobody reads stdout any more; ends the command quietly. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow";

/** Where a command writes. Results go to stdout, everything said about the work goes to stderr. */
export interface Output {
  /** Whether stderr is a terminal, so that progress may be drawn. */
  readonly interactive: boolean;
  /** Whether standard input comes from a person who types. */
  readonly typed: boolean;
  /** Characters in a line of the terminal that shows stdout; undefined when nobody knows. */
  readonly columns: number | undefined;
  /**
   * Writes text to stdout as it is and resolves once it was taken, so that a slow reader slows the writer.
   * Rejects with `OutputClosed` when the reader has gone, `IO_WRITE_FAILED` for any other failure.
   */
  print(text: string): Promise<void>;
  /** Writes one line to stderr. Never fails: there is nobody left to tell. */
  note(line: string): void;
  /**
   * Writes text to stderr as it is. Undefined when it was taken, else a promise of that: a slow reader must be waited
   * for by who writes much. Throws and rejects when nobody reads it any more.
   */
  tell(text: string): Promise<unknown> | undefined;
  /** Redraws the progress line on an interactive stderr; does nothing otherwise. An empty text clears it. */
  progress(text: string): void;
  /** Text in a style when stdout is a terminal that wants colour, else the text. */
  styled(style: Style, text: string): string;
}

/** The part of Bun's FileSink that is used; tests bring their own. */
export type Sink = {
  write(text: string): number | Promise<number>;
  flush(): number | Promise<number>;
};

export type OutputOptions = {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Whether stdout leads anywhere; asked when it is first written to. */
  readonly hasStdout: () => boolean;
  /** Facts of the terminal, asked when they are needed. */
  readonly isInteractive: () => boolean;
  readonly isTyped: () => boolean;
  readonly columns: () => number | undefined;
  readonly isColoured: () => boolean;
};

const STYLE_CODE: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};
const CLEAR_LINE = "\r\u001b[2K";

export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr } = options;
  let drawn = false;
  let hasStdout: boolean | undefined;
  const tell = (text: string) => {
    // A pending write may fail later: unheard, because stderr is the last place to report to.
    const ignore = () => undefined;
    try {
      Promise.resolve(stderr.write(text)).catch(ignore);
      Promise.resolve(stderr.flush()).catch(ignore);
    } catch {
      // Same reason.
    }
  };
  return {
    get interactive() {
      return options.isInteractive();
    },
    get typed() {
      return options.isTyped();
    },
    get columns() {
      return options.columns();
    },
    async print(text) {
      hasStdout ??= options.hasStdout();
      if (!hasStdout) {
        throw new CodedError(
          "IO_WRITE_FAILED",
          "Cannot write to standard output as it was closed when this program was started: redirect it to a file",
        );
      }
      try {
        await stdout.write(text);
        await stdout.flush();
      } catch (thrown) {
        throw writeError(thrown);
      }
    },
    note(line) {
      tell(drawn ? `${CLEAR_LINE}${line}\n` : `${line}\n`);
      drawn = false;
    },
    tell(text) {
      const written = [stderr.write(text), stderr.flush()];
      return written.every((count) => typeof count === "number") ? undefined : Promise.all(written);
    },
    progress(text) {
      if ((text === "" && !drawn) || !options.isInteractive()) return;
      tell(`${CLEAR_LINE}${text}`);
      drawn = text !== "";
    },
    styled(style, text) {
      const [on, off] = STYLE_CODE[style];
      return options.isColoured() ? `\u001b[${on}m${text}\u001b[${off}m` : text;
    },
  };
}

/** The output of this process. Colour needs a terminal and no NO_COLOR (https://no-color.org). */
export function processOutput(env: Readonly<Record<string, string | undefined>>): Output {
  const isTerminal = (descriptor: number) =>
    process.getBuiltinModule("node:tty").isatty(descriptor);
  const isDumb = env["TERM"] === "dumb";
  return createOutput({
    stdout: Bun.stdout.writer(),
    stderr: Bun.stderr.writer(),
    hasStdout: hasStandardOutput,
    isInteractive: () => !isDumb && isTerminal(2),
    isTyped: () => isTerminal(0),
    // Who sets the variable means it; a pseudo terminal may say 0.
    columns: () => parseColumns(env["COLUMNS"]) ?? (process.stdout.columns || undefined),
    isColoured: () => !isDumb && !env["NO_COLOR"] && isTerminal(1),
  });
}

function parseColumns(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
}

function writeError(thrown: unknown): Error {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
  if (code === "EPIPE") return new OutputClosed("Standard output was closed");
  return new CodedError("IO_WRITE_FAILED", `Cannot write to standard output: ${code}`, {
    cause: thrown,
  });
}
