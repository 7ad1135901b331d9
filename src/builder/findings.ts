// What a build finds out on its way: settings with their origin, and everything that is wrong.
import { create } from "@bufbuild/protobuf";
import { assert, CodedError, type ErrorCode } from "../error/index.ts";
import { type Decision, DecisionSchema } from "../gen/manifest_pb.ts";
import type { Problem } from "../task/index.ts";
import type { SettingId } from "./config.ts";
import type { BuildFaults, Settings } from "./settings.ts";

/** Origin of what the user said: the same words on the command line and in a file make the same file. */
const GIVEN = "given";

/** Decisions and problems in the order they were made. Problems are thrown later, all at once. */
export class Findings {
  readonly #faults: BuildFaults | undefined;
  readonly #decisions: Decision[] = [];
  readonly #notes: Decision[] = [];
  readonly #refusals: CodedError[] = [];
  #graphFile: string | undefined;
  readonly problems: Problem[];

  constructor(faults?: BuildFaults) {
    this.#faults = faults;
    this.problems = [...(faults?.problems ?? [])];
  }

  /**
   * Notes a setting that was found rather than fixed; `source` says where, such as "config.json: id2label". Goes into
   * the file, so it may tell of nothing but the model's own files and the user's words.
   */
  decide(setting: string, value: string, source: string): void {
    this.#decisions.push(create(DecisionSchema, { setting, value, source }));
  }

  /** As `decide`, for what only the person who builds needs to know: which of several files was taken, for one. */
  note(setting: string, value: string, source: string): void {
    this.#notes.push(create(DecisionSchema, { setting, value, source }));
  }

  /** Everything that was noted, for the person who builds. */
  get told(): readonly Decision[] {
    return [...this.#notes, ...this.#decisions];
  }

  /** What goes into the file. */
  stored(settings: Settings): Decision[] {
    const places = new Set(Object.values(settings).map(({ source }) => source));
    return this.#decisions.map(({ setting, value, source }) =>
      create(DecisionSchema, { setting, value, source: places.has(source) ? GIVEN : source }),
    );
  }

  /** Says which file is the graph, for the problems of it. */
  nameGraph(file: string): void {
    this.#graphFile = file;
  }

  /**
   * Notes a fault. `field` is the place, the message says found, expected and the remedy. A place in the graph gets the
   * name of its file.
   */
  problem(field: string, message: string): void {
    const isGraph = /^graph\b/.test(field) && this.#graphFile !== undefined;
    this.problems.push({ field: isGraph ? `${this.#graphFile}: ${field}` : field, message });
  }

  /** Whether the user said something here that could not be read: no default may stand in for it. */
  isFaulty(...ids: readonly SettingId[]): boolean {
    return ids.some((id) => this.#faults?.faulty.includes(id) === true);
  }

  /** Runs a step that can be refused for a reason outside the model, and keeps the refusal for the end. */
  collect<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (thrown) {
      const error = CodedError.from(thrown);
      if (error.code === "INTERNAL") throw thrown;
      this.#refusals.push(error);
      return undefined;
    }
  }

  get isClean(): boolean {
    return this.problems.length + this.#refusals.length === 0;
  }

  /** Throws everything that speaks against the build as one error; `action` is what cannot be done. */
  throwAll(action: string): never {
    const [first, ...others] = this.#refusals;
    // Alone, a refusal has a code of its own to be known by.
    if (first !== undefined && others.length + this.problems.length === 0) throw first;
    const problems = [
      ...this.problems.map(({ field, message }) => `${field}: ${message}`),
      ...this.#refusals.map(({ message }) => message),
    ];
    assert(problems.length > 0, "a build that is refused has a problem");
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new CodedError(this.#code(), `${action}: found ${count}`, { detail: { problems } });
  }

  #code(): ErrorCode {
    if ((this.#faults?.problems.length ?? 0) > 0)
      return this.#faults?.code ?? "BUILD_CONFIG_INVALID";
    const [first] = this.#refusals;
    return this.problems.length > 0 || first === undefined ? "BUILD_MODEL_INVALID" : first.code;
  }
}
