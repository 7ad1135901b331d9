// Reports as text for people and as JSON for programs. Writes nowhere.
import { printable } from "../error/index.ts";
import type { VerifyReport } from "../format/index.ts";
import { modelRows } from "./print-model.ts";
import type { GraphReport, InspectReport, ValueReport } from "./report.ts";
import { type Row, table } from "./table.ts";

const DIGEST_SHOWN = 16;

/** One JSON object on several lines; names are in snake case, absent parts are left out. */
export function printReportJson(report: object): string {
  const lines = JSON.stringify(snakeCased(report), null, 2).split("\n");
  // JSON escapes the control characters of ASCII only; a terminal obeys others as well.
  return `${lines.map(printable).join("\n")}\n`;
}

function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(item),
    ]),
  );
}

/** An inspect report in a few aligned paragraphs. */
export function printInspect(report: InspectReport): string {
  const head: Row[] = [
    ["name", report.name],
    ["version", report.version],
    ["task", report.task],
    ["model digest", report.modelDigest],
    ["size", `${report.byteLength} bytes`],
    ["sealed", report.sealed ? "yes" : "no: nothing vouches for the manifest"],
    ...(report.builderVersion === undefined ? [] : [["builder", report.builderVersion] as const]),
    ...baseRows(report),
  ];
  const sections = [
    table(head),
    section("Model", modelRows(report)),
    section("Graph", report.graph === undefined ? [] : graphRows(report.graph)),
    section("Tokenizer", tokenizerRows(report)),
    section("Assets", assetRows(report)),
    section("Provenance", provenanceRows(report)),
    section(
      "Decisions",
      report.decisions.map(({ setting, value, source }) => [setting, value, source] as const),
    ),
    section(
      "Problems",
      report.problems.map((problem) => [problem] as const),
    ),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

/** A verify report: one line for each part, then the verdict. */
export function printVerify(report: VerifyReport): string {
  const rows = report.parts.map(
    ({ part, name, status, byteOffset, byteLength, message }) =>
      [
        status,
        name === undefined ? part : `${part} ${name}`,
        `${byteOffset}`,
        `${byteLength} bytes`,
        message ?? "",
      ] as const,
  );
  const verdict = !report.ok
    ? "Damaged"
    : report.complete
      ? "Intact: every byte is accounted for"
      : "Intact as far as the file vouches for itself";
  const digest = report.modelDigest === undefined ? "" : `, model digest ${report.modelDigest}`;
  return `${table(rows)}\n\n${verdict}${digest}\n`;
}

function baseRows({ base }: InspectReport): Row[] {
  if (base === undefined) return [];
  const { target, version, onnxruntimeVersion, byteLength, sha256 } = base;
  return [
    ["base", `${target}, version ${version}, ONNX Runtime ${onnxruntimeVersion}`],
    ["", `${byteLength} bytes, sha256 ${sha256}`],
  ];
}

function graphRows(graph: GraphReport): Row[] {
  const opsets = graph.opsets.map(({ domain, version }) => `${domain} ${version}`).join(", ");
  return [
    ["producer", graph.producer ?? "unknown"],
    ["opset", opsets],
    ...graph.inputs.map((input) => ["input", printValue(input), input.role ?? ""] as const),
    ...graph.outputs.map((output) => ["output", printValue(output)] as const),
  ];
}

function printValue({ name, type, shape }: ValueReport): string {
  return `${name} ${type} [${shape.join(", ")}]`;
}

function tokenizerRows({ tokenizer }: InspectReport): Row[] {
  if (tokenizer === undefined) return [];
  const { fixedLength, padMultiple = 0, truncationStrategy, windowOverlap } = tokenizer;
  const upTo = padMultiple > 1 ? `a multiple of ${padMultiple} tokens` : "the longest of a batch";
  return [
    ["kind", `${tokenizer.kind}, ${tokenizer.vocabularySize} tokens`],
    ["max length", tokenizer.maxLength === 0 ? "none" : `${tokenizer.maxLength} tokens`],
    [
      "truncation",
      [tokenizer.truncationSide, ...(truncationStrategy ? [truncationStrategy] : [])].join(", "),
    ],
    ...(windowOverlap === undefined
      ? []
      : [["windows", `longer texts in windows that share ${windowOverlap} tokens`] as const]),
    [
      "padding",
      `${tokenizer.padSide}, ${tokenizer.padToken ?? "no token"} (${tokenizer.padId}), ` +
        (fixedLength === 0 ? `to ${upTo}` : `to ${fixedLength} tokens`),
    ],
  ];
}

function assetRows({ assets }: InspectReport): Row[] {
  return assets.map(({ name, kind, byteOffset, byteLength, sha256 }) => [
    name,
    kind,
    `at ${byteOffset}`,
    `${byteLength} bytes`,
    `sha256 ${sha256}`,
  ]);
}

type Provenance = NonNullable<InspectReport["provenance"]>;

function provenanceRows({ provenance }: InspectReport): Row[] {
  if (provenance === undefined) return [];
  const { license, files } = provenance;
  return [
    ["licence", license ?? "not stated"],
    ...originRows(provenance),
    ...files.map(
      ({ name, sha256 }) => ["file", name, `sha256 ${sha256.slice(0, DIGEST_SHOWN)}...`] as const,
    ),
  ];
}

function originRows({ repository, revision, endpoint }: Provenance): readonly Row[] {
  if (repository === null) return revision === null ? [] : [["commit", revision]];
  const known = revision === null ? repository : `${repository} at ${revision}`;
  return [["repository", known, ...(endpoint === null ? [] : [`of ${endpoint}`])]];
}

function section(title: string, rows: readonly Row[]): string {
  return rows.length === 0 ? "" : `${title}\n${table(rows)}`;
}
