// Reads a parsed JSON document of unknown origin: every step checks the type and knows its path.
import { CodedError } from "../error/index.ts";

const SHOWN_VALUE_MAX = 40;

/** Real files nest five levels deep; readers that follow nesting must not run out of stack. */
const PATH_UNITS_MAX = 1000;

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > SHOWN_VALUE_MAX ? `${json.slice(0, SHOWN_VALUE_MAX)}...` : json;
}

/** A value inside a tokenizer file and the path that leads to it. */
export class JsonCursor {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  /** Whether there is something other than null. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** The error of a value that is not what it has to be. */
  invalid(expected: string): CodedError {
    return new CodedError(
      "TOKENIZER_INVALID",
      `Cannot read the tokenizer: "${this.path}" is ${describe(this.value)}, expected ${expected}: ` +
        "save the tokenizer again with the library that made it",
      { detail: { path: this.path, expected } },
    );
  }

  /** The error of a component this build cannot run. */
  unsupported(component: string, what: string): CodedError {
    return new CodedError(
      "TOKENIZER_UNSUPPORTED",
      `Cannot use the tokenizer: its ${component} at "${this.path}" needs ${what}, which is not ` +
        "supported: use a model whose tokenizer does without",
      { detail: { path: this.path, component, found: what } },
    );
  }

  field(name: string): JsonCursor {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.invalid("an object");
    }
    if (this.path.length > PATH_UNITS_MAX) throw this.invalid("less nesting");
    const found: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    return new JsonCursor(found, this.path === "" ? name : `${this.path}.${name}`);
  }

  items(): readonly JsonCursor[] {
    if (!Array.isArray(this.value)) throw this.invalid("an array");
    return this.value.map((item: unknown, index) => new JsonCursor(item, `${this.path}[${index}]`));
  }

  entries(): readonly (readonly [string, unknown])[] {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.invalid("an object");
    }
    return Object.entries(value);
  }

  string(fallback?: string): string {
    if (!this.present && fallback !== undefined) return fallback;
    if (typeof this.value !== "string") throw this.invalid("a string");
    return this.value;
  }

  boolean(fallback?: boolean): boolean {
    if (!this.present && fallback !== undefined) return fallback;
    if (typeof this.value !== "boolean") throw this.invalid("true or false");
    return this.value;
  }

  /** A whole number from 0 to 2^31 - 1. */
  count(fallback?: number): number {
    if (!this.present && fallback !== undefined) return fallback;
    const { value } = this;
    if (!isCount(value)) throw this.invalid("a whole number from 0 to 2147483647");
    return value;
  }

  tokenId(): number {
    const id = this.count();
    if (!isTokenId(id)) throw this.invalid(`a token id up to ${TOKEN_ID_MAX}`);
    return id;
  }

  /** One of a list of strings. */
  choice<const T extends string>(choices: readonly T[], fallback?: T): T {
    if (!this.present && fallback !== undefined) return fallback;
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) throw this.invalid(`one of ${choices.join(", ")}`);
    return found;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0x7fffffff;
}

/** No embedding table has 16 million rows; the bound keeps tables by id small whatever a file says. */
const TOKEN_ID_MAX = 0xffffff;

export function isTokenId(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= TOKEN_ID_MAX;
}
