// Results of `infer` as they are written: one JSON document or JSON lines, to stdout or to a file.
import { CodedError } from "../../error/index.ts";
import { writeFileAtomically } from "../../io/index.ts";
import type { CommandInput } from "../command.ts";

export type ResultWriter = {
  /** Writes one result, printed as JSON. */
  readonly write: (result: string) => Promise<void>;
  /** Writes what follows the last one. Without it a document stays open: it shows that something failed. */
  readonly end: () => Promise<void>;
};

/** Readable by everybody, as a redirect would make it. */
const FILE_MODE = 0o644;

/** Follows the options --format, --output and --force. `modelId` ends the document, as in the published response. */
export function createResultWriter(input: CommandInput, modelId: string): ResultWriter {
  const path = input.text("output");
  if (path === undefined) {
    return formatted(input, modelId, (text) => input.output.print(text));
  }
  if (path === "")
    throw new CodedError("USAGE", "Cannot write the results: --output names no file");
  // Kept until the end: a file that exists is complete. Streams without an end are for pipes.
  const parts: string[] = [];
  const writer = formatted(input, modelId, async (text) => {
    parts.push(text);
  });
  return {
    write: writer.write,
    end: async () => {
      await writer.end();
      writeFileAtomically(path, { force: input.flag("force"), mode: FILE_MODE }, (sink) => {
        let byteOffset = 0;
        for (const part of parts) {
          const bytes = new TextEncoder().encode(part);
          sink.write(bytes, byteOffset);
          byteOffset += bytes.length;
        }
      });
    },
  };
}

function formatted(
  input: CommandInput,
  modelId: string,
  print: (text: string) => Promise<void>,
): ResultWriter {
  if (input.text("format") === "jsonl") {
    return { write: (result) => print(`${result}\n`), end: async () => undefined };
  }
  let count = 0;
  const opened = () => (count === 0 ? '{"results":[\n' : ",\n");
  return {
    write: async (result) => {
      const text = opened() + result;
      count += 1;
      await print(text);
    },
    end: () => print(`${count === 0 ? opened() : "\n"}],"model_id":${JSON.stringify(modelId)}}\n`),
  };
}
