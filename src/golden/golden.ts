// Goldens: requests with the answers a model must give. Their document, as it is stored in an encoderfile.
import { OPERATION_IDS, type OperationId } from "../contract/index.ts";
import { CodedError } from "../error/index.ts";
import { decodeText, GOLDENS_BYTES_MAX, parseBounded } from "./bounded-json.ts";
import type { Precision } from "./durable-response.ts";
import { isObject, type JsonObject, showValue } from "./value.ts";

export { GOLDENS_BYTES_MAX };

/** Name of the asset. */
export const GOLDENS_NAME = "goldens.json";

/** Each costs a run of the model at every self-test. */
export const GOLDENS_MAX = 1000;

/** A name is one column of a line. */
export const GOLDEN_NAME_MAX = 200;

export type Golden = {
  readonly name: string;
  /** Whether the build computed the answer, or the user gave it. */
  readonly origin: "builder" | "given";
  readonly operation: OperationId;
  /** Body of a request of that operation. */
  readonly request: JsonObject;
  /** What is expected of the response; a part of it will do. */
  readonly response: unknown;
  /** Absolute, of every number in the response. */
  readonly tolerance: number;
};

export type GoldenDocument = {
  /** How the graph computes: what answers may be off by where no golden says so. */
  readonly precision: Precision;
  /**
   * Whether the model gives a text the same answer alone and beside others, to the last bit. Graphs that compute with
   * rounded numbers do not, nor do those whose dependence on the batch was accepted.
   */
  readonly batchInvariant: boolean;
  readonly goldens: readonly Golden[];
};

const VERSION = 1;

/** The document as bytes, a golden per line; the same goldens give the same bytes. */
export function printGoldens(document: GoldenDocument): Uint8Array {
  const { precision, batchInvariant, goldens } = document;
  const lines = goldens.map(({ name, origin, operation, request, response, tolerance }) =>
    JSON.stringify({ name, origin, operation, request, response, tolerance }),
  );
  const facts = { version: VERSION, precision, batch_invariant: batchInvariant };
  // The list goes where the closing brace is.
  const head = `${JSON.stringify(facts).slice(0, -1)},"goldens":[`;
  return new TextEncoder().encode(`${head}\n${lines.join(",\n")}\n]}\n`);
}

/** Reads the document of an encoderfile, which anybody may have made. Throws `GOLDEN_DAMAGED`. */
export function readStoredGoldens(bytes: Uint8Array): GoldenDocument {
  const read = readDocument(bytes);
  if (!("fault" in read)) return read;
  throw new CodedError(
    "GOLDEN_DAMAGED",
    `Cannot read the goldens of this file as ${read.fault}: build it again`,
    { detail: { found: read.fault } },
  );
}

type Fault = { readonly fault: string };

function readDocument(bytes: Uint8Array): GoldenDocument | Fault {
  if (bytes.length > GOLDENS_BYTES_MAX) {
    return { fault: `at most ${GOLDENS_BYTES_MAX} bytes are expected: found ${bytes.length}` };
  }
  const text = decodeText(bytes);
  if (text === undefined) return { fault: "valid UTF-8 is expected" };
  const parsed = parseBounded(text);
  return "fault" in parsed ? parsed : readGoldenDocument(parsed.value);
}

/** A parsed document; a fault says which golden and field it is about. */
function readGoldenDocument(value: unknown): GoldenDocument | Fault {
  if (!isObject(value)) return { fault: `an object is expected: found ${showValue(value)}` };
  const { version, precision, batch_invariant: batchInvariant, goldens, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return { fault: `no field ${showValue(unknown)} is expected` };
  if (version !== VERSION) {
    return { fault: `"version": ${VERSION} is expected: found ${showValue(version)}` };
  }
  if (precision !== "float32" && precision !== "rough") {
    return {
      fault: `"precision": "float32" or "rough" is expected: found ${showValue(precision)}`,
    };
  }
  if (typeof batchInvariant !== "boolean") {
    return {
      fault: `"batch_invariant": true or false is expected: found ${showValue(batchInvariant)}`,
    };
  }
  if (!Array.isArray(goldens) || goldens.length > GOLDENS_MAX) {
    const found = showValue(goldens);
    return { fault: `"goldens": an array of at most ${GOLDENS_MAX} is expected: found ${found}` };
  }
  for (const [index, golden] of goldens.entries()) {
    const fault = findGoldenFault(golden);
    if (fault !== undefined) return { fault: `golden ${index + 1}: ${fault}` };
  }
  // Every element was checked.
  return { precision, batchInvariant, goldens: goldens as readonly Golden[] };
}

const CHECKS: Readonly<
  Record<keyof Golden, Readonly<{ expected: string; is: (value: unknown) => boolean }>>
> = {
  name: {
    expected: `a text of 1 to ${GOLDEN_NAME_MAX} characters`,
    is: isGoldenName,
  },
  origin: {
    expected: '"builder" or "given"',
    is: (value) => value === "builder" || value === "given",
  },
  operation: { expected: `one of ${OPERATION_IDS.join(", ")}`, is: isOperation },
  request: { expected: "an object", is: isObject },
  response: { expected: "an answer to compare with", is: isAnswer },
  tolerance: { expected: "a number of at least 0", is: isTolerance },
};

export type CheckedField = keyof typeof CHECKS;

/** What is wrong with the value of a field: "\"name\": a text ... is expected: found ...". */
export function findFieldFault(field: CheckedField, value: unknown): string | undefined {
  const { is, expected } = CHECKS[field];
  return is(value) ? undefined : `"${field}": ${expected} is expected: found ${showValue(value)}`;
}

function findGoldenFault(golden: unknown): string | undefined {
  if (!isObject(golden)) return `an object is expected: found ${showValue(golden)}`;
  const fields = Object.keys(CHECKS) as CheckedField[];
  const unknown = Object.keys(golden).find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined) return `no field ${showValue(unknown)} is expected`;
  return fields
    .map((field) => findFieldFault(field, Object.hasOwn(golden, field) ? golden[field] : undefined))
    .find((fault) => fault !== undefined);
}

function isGoldenName(value: unknown): boolean {
  return typeof value === "string" && value !== "" && value.length <= GOLDEN_NAME_MAX;
}

export function isOperation(value: unknown): value is OperationId {
  return (OPERATION_IDS as readonly unknown[]).includes(value);
}

export function isTolerance(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** An empty object or nothing at all would be met by every answer. */
function isAnswer(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return !isObject(value) || Object.keys(value).length > 0;
}
