// Whether the inference library inside the base can load a graph at all: by what the graph says of itself, as the
// library's own words for it are long and end in nothing to do.
import type { ScannedModel } from "../onnx/index.ts";
import type { Findings } from "./findings.ts";

/** Newest operator set and format each version of the library loads, tried with graphs of one node. */
const RUNTIMES: Readonly<Record<string, { readonly opset: number; readonly irVersion: number }>> = {
  "1.23.2": { opset: 23, irVersion: 11 },
  "1.30.0": { opset: 26, irVersion: 13 },
};

/** Operator domains the library brings along. */
const DOMAINS: readonly string[] = [
  "",
  "ai.onnx.ml",
  "ai.onnx.training",
  "ai.onnx.preview.training",
  "com.microsoft",
  "com.microsoft.nchwc",
  "com.ms.internal.nhwc",
  "org.pytorch.aten",
];

/** More than these are counted, not listed. */
const OPERATORS_SHOWN_MAX = 5;

/** `version` is that of the library in the base the file will have; what it cannot load becomes a problem. */
export function checkRuntime(
  { graph, operators, functions }: ScannedModel,
  version: string | undefined,
  findings: Findings,
): void {
  const known = RUNTIMES[version ?? ""];
  const opset = Number(graph.opsets.find(({ domain }) => domain === "")?.version ?? 0n);
  if (known !== undefined && opset > known.opset) {
    findings.problem(
      "graph: opset",
      `expected at most ${known.opset}, the newest ONNX Runtime ${version} of the base knows: found ${opset}: ` +
        "export the model with an older opset",
    );
  }
  if (known !== undefined && Number(graph.irVersion) > known.irVersion) {
    findings.problem(
      "graph: IR version",
      `expected at most ${known.irVersion}, the newest ONNX Runtime ${version} of the base reads: found ` +
        `${graph.irVersion}: export the model with an older version of onnx`,
    );
  }
  const foreign = [...operators.keys()].filter(
    (operator) => !DOMAINS.includes(domainOf(operator)) && !functions.has(operator),
  );
  if (foreign.length === 0) return;
  const rest = foreign.length - OPERATORS_SHOWN_MAX;
  const more = rest > 0 ? ` and ${rest} more` : "";
  findings.problem(
    "graph: operators",
    `expected those of ONNX and ONNX Runtime: found ${foreign.slice(0, OPERATORS_SHOWN_MAX).join(", ")}${more}, of a ` +
      "library that is not part of encoderfiles: export the model without it",
  );
}

function domainOf(operator: string): string {
  const at = operator.lastIndexOf(":");
  return at < 0 ? "" : operator.slice(0, at);
}
