// How long from spawning the executable to its first answer, beside transformers.js on Node with the same model?
import { join } from "node:path";
import { type Comparison, compare, type Figures } from "./measure.ts";
import { benchSubject, peerFolder } from "./subject.ts";

const PEER = { name: "@huggingface/transformers", version: "4.3.1" };
const TEXT = "How long does it take until the first answer?";
const POLL_MS = 2;
const TIMEOUT_MS = 30_000;

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
  const port = await freePort();
  const startedMs = performance.now();
  const server = Bun.spawn([encoderfile, "serve", "--port", String(port)], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    while (performance.now() - startedMs < TIMEOUT_MS) {
      if (await answers(port)) return { ms: performance.now() - startedMs };
      await Bun.sleep(POLL_MS);
    }
    throw new Error("No answer in time");
  } finally {
    server.kill();
    await server.exited;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/embed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ inputs: TEXT }),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    // Not listening yet.
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  await server.stop(true);
  if (port === undefined) throw new Error("No free port");
  return port;
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
