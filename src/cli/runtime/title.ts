// What a model is called where one line has to do.
import { type EncoderfileManifest, Task } from "../../gen/manifest_pb.ts";

/** "minilm 1.0.0 (sentence_embedding)". */
export function titleOf({ name, version, model }: EncoderfileManifest): string {
  const task = Object.entries(Task).find(([, number]) => number === model?.task)?.[0];
  const words = [name, version, task === undefined ? "" : `(${task.toLowerCase()})`];
  return words.filter((word) => word !== "").join(" ");
}
