// Shows the whole path on this machine: `bun run demo`. Builds the base and models made here, starts them as servers,
// sends real requests and prints what came back. Downloads nothing beyond the packages.
import { join, relative, resolve } from "node:path";
import { hostTarget } from "../src/target/index.ts";
import { buildBase } from "./base.ts";
import { cachedDemoModels, type DemoModelPaths } from "./demo-model/make-demo-models.ts";

const ROOT = resolve(import.meta.dir, "..");
const FOLDER = join(ROOT, "dist/demo");
const READY_TIMEOUT_MS = 30_000;
/** Numbers of a vector that are worth a look. */
const SHOWN_NUMBERS = 4;

type Server = { readonly url: string; readonly stop: () => Promise<void> };

function say(line = ""): void {
  console.log(line);
}

function shown(path: string): string {
  return `./${relative(process.cwd(), path)}`;
}

function build(base: string, modelDir: string, output: string): void {
  say(`$ ${shown(base)} build ${shown(modelDir)} -o ${shown(output)} --force`);
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [base, "build", modelDir, "-o", output, "--force"],
    { stdin: "ignore" },
  );
  if (exitCode !== 0) throw new Error(`The build failed:\n${stderr}`);
  say(stdout.toString().trimEnd());
  say();
}

/** Starts a server on a free port and waits until it has answered `/health`. */
async function start(file: string): Promise<Server> {
  const child = Bun.spawn([file, "--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const url = await listeningUrl(child.stderr);
  say(`$ ${shown(file)} --port ${new URL(url).port}`);
  const endMs = performance.now() + READY_TIMEOUT_MS;
  while ((await fetch(`${url}/health`)).status !== 200) {
    if (performance.now() > endMs) throw new Error(`${file} did not become ready`);
    await Bun.sleep(10);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    const exitCode = await child.exited;
    if (exitCode !== 0) throw new Error(`${file} ended with ${exitCode}`);
  };
  return { url, stop };
}

async function listeningUrl(log: ReadableStream<Uint8Array>): Promise<string> {
  const url = Promise.withResolvers<string>();
  void (async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of log) {
      text += decoder.decode(chunk, { stream: true });
      const found = /http:\/\/[^\s/]+:\d+/.exec(text);
      if (found) url.resolve(found[0]);
    }
    url.reject(new Error(`The server ended:\n${text}`));
  })();
  return url.promise;
}

async function request(url: string, path: string, body: object): Promise<unknown> {
  say(`$ curl ${url}${path} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`);
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  say(JSON.stringify(answer, shorten));
  say();
  return answer;
}

/** Vectors are long: their first numbers and their length do. */
function shorten(_: string, value: unknown): unknown {
  if (!Array.isArray(value) || value.length < 16 || typeof value[0] !== "number") return value;
  const first = value.slice(0, SHOWN_NUMBERS).map((number) => Number(Number(number).toFixed(4)));
  return [...first, `... ${value.length} numbers`];
}

function cosine(left: readonly number[] = [], right: readonly number[] = []): string {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0).toFixed(3);
}

/** What each model is asked. */
const QUESTIONS: Readonly<Record<keyof DemoModelPaths, (url: string) => Promise<void>>> = {
  sentiment: async (url) => {
    const inputs = [["The food was wonderful and the staff were kind"], ["I regret buying this"]];
    await request(url, "/classify", { inputs });
    await request(url, "/predict", { inputs: ["It broke after two days"] });
  },
  sentences: async (url) => {
    const child = "A child is playing in the park";
    const inputs = [child, "A kid plays outside", "The bank raised its rates"];
    const vectors = (await request(url, "/embed", { inputs })) as number[][];
    say(`similarity of 1 and 2: ${cosine(vectors[0], vectors[1])}`);
    say(`similarity of 1 and 3: ${cosine(vectors[0], vectors[2])}\n`);
  },
  entities: async (url) => {
    const inputs = "Anna Schmidt moved from Berlin to Madrid";
    await request(url, "/classify", { inputs, parameters: { aggregation_strategy: "simple" } });
  },
  reranker: async (url) => {
    const texts = ["The pilot landed the plane.", "A physician gave me a pill."];
    await request(url, "/rerank", { query: "The doctor prescribed some medicine.", texts });
  },
};

async function demo(): Promise<void> {
  say("Compiling the base: runtime and ONNX Runtime in one executable ...");
  const base = await buildBase(hostTarget());
  say("Training four small models on sentences of this repository ...");
  const models = await cachedDemoModels();
  say("\nBuilding encoderfiles: a copy of the base, the model appended.\n");
  const files = new Map<string, string>();
  for (const [name, modelDir] of Object.entries(models)) {
    const file = join(FOLDER, `${name}.encoderfile`);
    build(base, modelDir, file);
    files.set(name, file);
  }
  for (const [name, ask] of Object.entries(QUESTIONS)) {
    const server = await start(files.get(name) ?? "");
    await ask(server.url);
    await server.stop();
  }
  say("All four are ordinary files: copy them anywhere and run them.\n");
  say("Go on with your own model, a folder with model.onnx and tokenizer.json:");
  say(`  ${shown(base)} build ./your-model -o your-model.encoderfile`);
  say("  ./your-model.encoderfile --port 8080");
  say(`  ${shown(base)} inspect your-model.encoderfile`);
}

await demo();
