// What a build finds out on its way: settings with their origin, and everything that is wrong.
import { create } from "@bufbuild/protobuf";
import { type Decision, DecisionSchema } from "../gen/manifest_pb.ts";
import type { Problem } from "../task/index.ts";

/** Decisions and problems in the order they were made. Problems are thrown later, all at once. */
export class Findings {
  readonly decisions: Decision[] = [];
  readonly problems: Problem[] = [];

  /** Notes a setting that was found rather than fixed; `source` says where, such as "config.json: id2label". */
  decide(setting: string, value: string, source: string): void {
    this.decisions.push(create(DecisionSchema, { setting, value, source }));
  }

  /** Notes a fault. `field` is the place, the message says found, expected and the remedy. */
  problem(field: string, message: string): void {
    this.problems.push({ field, message });
  }
}
