// A graph as ONNX Runtime rewrites it when it opens a session - nodes fused, constants computed - with its weights
// inside: opened again, it need not be rewritten. What depends on the processor is left to the session.
import { join } from "node:path";
import { createPrivateFolder, FileSource, removePrivateFolder } from "../io/index.ts";
import { inlineModel } from "./inline.ts";
import { scanModel } from "./scan.ts";
import { loadGraph, type SessionOptions } from "./session.ts";

const GRAPH_NAME = "graph.onnx";
const WEIGHTS_NAME = "graph.weights";

/**
 * The bytes of the rewritten graph: the same for the same graph. Throws `ONNX_LOAD_FAILED` with ORT's reason,
 * `ONNX_UNSUPPORTED` when graph and weights are too much for one message. The addon must be attached to this thread.
 */
export function optimizeGraph(
  options: Pick<SessionOptions, "scanned" | "source" | "locate">,
): Uint8Array {
  const folder = createPrivateFolder("encoderfile-optimize-", {});
  const graphPath = join(folder, GRAPH_NAME);
  try {
    const native = loadGraph(
      { ...options, intraOpThreads: 1 },
      {
        optimizedModelFilePath: graphPath,
        session: { optimized_model_external_initializers_file_name: WEIGHTS_NAME },
      },
    );
    native.dispose();
    using graph = new FileSource(graphPath);
    const scanned = scanModel(graph);
    if (scanned.externalFiles.length === 0) return graph.read(0, graph.byteLength);
    using weights = new FileSource(join(folder, WEIGHTS_NAME));
    return inlineModel(scanned, graph, ({ byteOffset, byteLength }) =>
      weights.read(byteOffset, byteLength),
    );
  } finally {
    removePrivateFolder(folder);
  }
}
