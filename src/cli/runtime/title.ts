// What a model is called where one line has to do.
import { printable } from "../../error/index.ts";
import { type EncoderfileManifest, Task } from "../../gen/manifest_pb.ts";

/** "minilm 1.0.0 (sentence_embedding)", safe for a terminal: the names are the file's own. */
export function titleOf({ name, version, model }: EncoderfileManifest): string {
  const task = Object.entries(Task).find(([, number]) => number === model?.task)?.[0];
  const words = [name, version, task === undefined ? "" : `(${task.toLowerCase()})`];
  return printable(words.filter((word) => word !== "").join(" "));
}
