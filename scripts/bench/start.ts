// How long from spawning the executable to its first answer, beside transformers.js on Node with the same model?
import { join } from "node:path";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { benchSubject, peerFolder } from "./subject.ts";

const PEER = { name: "@huggingface/transformers", version: "4.3.1" };
const TEXT = "How long does it take until the first answer?";

export async function benchStart(): Promise<Comparison[]> {
  const { encoderfile, modelDir } = await benchSubject();
  const peer = peerFolder(PEER.name, PEER.version);
  return [
    await compare({
      question: "start: spawn to first embedding, page cache warm",
      ours: { name: "encoderfile, first 200 on /embed", run: () => startServer(encoderfile) },
      baseline: {
        name: `transformers.js ${PEER.version} on Node, in process`,
        run: async () => startPeer(peer, modelDir),
      },
      rounds: 9,
      goal: { ms: 1 },
    }),
  ];
}

async function startServer(encoderfile: string): Promise<Figures> {
  const startedMs = performance.now();
  const server = Bun.spawn([encoderfile, "serve", "--port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    // Asking again and again would take a share of the machine from the start.
    const url = await readyAt(server.stderr);
    const response = await fetch(`${url}/embed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: TEXT }),
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`Answered ${response.status}`);
    return { ms: performance.now() - startedMs };
  } finally {
    server.kill();
    await server.exited;
  }
}

/** Where it listens, once its log says that it is ready. */
async function readyAt(log: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of log) {
    text += new TextDecoder().decode(chunk);
    const url = /https?:\/\/[^\s/]+:\d+/.exec(text)?.[0];
    if (url !== undefined && / ready after /.test(text)) return url;
  }
  throw new Error(`The server ended before it was ready:\n${text}`);
}

function startPeer(peer: string, modelDir: string): Figures {
  const program = `
    import { env, pipeline } from "@huggingface/transformers";
    env.allowRemoteModels = false;
    const extract = await pipeline("feature-extraction", ${JSON.stringify(modelDir)}, { dtype: "fp32", subfolder: "" });
    await extract(${JSON.stringify(TEXT)}, { pooling: "mean", normalize: true });
    process.exit(0);`;
  const startedMs = performance.now();
  const { exitCode, stderr } = Bun.spawnSync(["node", "--input-type=module", "-e", program], {
    cwd: peer,
    stdin: "ignore",
  });
  if (exitCode !== 0) throw new Error(`transformers.js failed in ${join(peer)}:\n${stderr}`);
  return { ms: performance.now() - startedMs };
}
