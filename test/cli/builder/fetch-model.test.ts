// `build hf:owner/name` in this process, against a local server that speaks the hub's API and a fake base.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFixture } from "../../../scripts/fixture/make-model.ts";
import { runBuilder } from "../../../src/cli/builder/index.ts";
import { openFile } from "../../../src/format/index.ts";
import { FileSource, listFiles } from "../../../src/io/index.ts";
import { capturedOutput } from "../../helper/captured-output.ts";
import { rejectedBy } from "../../helper/coded.ts";
import { writeFakeBase } from "../../helper/fake-base.ts";
import { type HubServer, startHubServer } from "../../helper/hub-server.ts";
import { createTempDir, type TempDir } from "../../helper/temp-dir.ts";
import { writeTinyModelDir } from "../../helper/tiny-graph.ts";

const HUB_VARIABLES = /^(HF_|HUGGING|TRANSFORMERS_OFFLINE$)/;

let folder: TempDir;
let hub: HubServer;
let before: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = createTempDir();
  hub = startHubServer();
  before = { ...process.env };
  for (const name of Object.keys(process.env)) {
    if (HUB_VARIABLES.test(name)) delete process.env[name];
  }
  Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, HF_HOME: folder.join("hf") });
});

afterEach(async () => {
  process.env = before;
  await hub[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The files of a tiny model, as a repository has them. */
async function modelFiles(): Promise<Record<string, Uint8Array>> {
  using place = createTempDir();
  return filesOf(await writeTinyModelDir(place.join("model")));
}

function filesOf(dir: string): Record<string, Uint8Array> {
  const names = listFiles(dir, { depthMax: 3, entriesMax: 100 });
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name))]));
}

function args(...more: string[]): string[] {
  const base = writeFakeBase(folder.join("base"));
  return ["build", ...more, "--base", base, "-o", folder.join("x.encoderfile"), "--force"];
}

async function build(...more: string[]) {
  const output = capturedOutput();
  await runBuilder(args(...more, "--json"), output);
  const result = JSON.parse(output.stdout());
  using source = new FileSource(result.path);
  const { manifest } = openFile(source);
  return { result, manifest, decisions: result.decisions };
}

function fetched(): string[] {
  const asked = hub.requests.filter(
    ({ method, path }) => method === "GET" && path.includes("/resolve/"),
  );
  return asked.map(({ path }) => path.replace(/^.*\/resolve\/[0-9a-f]{40}\//, "")).sort();
}

describe("build hf:", () => {
  test("build fetches what a build reads, and nothing else", async () => {
    const model = await modelFiles();
    const small = Object.keys(model);
    const commit = hub.commit({
      ...model,
      "model.safetensors": "weights",
      "pytorch_model.bin": "weights",
      "onnx/model_fp16.onnx": "another graph",
      LICENSE: "licence",
      "README.md": "---\nlicense: mit\n---\n",
      ".gitattributes": "*.onnx filter=lfs",
      "train.py": "",
    });
    const { manifest, result, decisions } = await build("hf:org/tiny-model");
    expect(result.name).toBe("tiny-model");
    expect(manifest.provenance).toMatchObject({
      repository: "org/tiny-model",
      revision: commit,
      license: "mit",
      endpoint: hub.endpoint,
    });
    expect(fetched()).toEqual([...small, "LICENSE", "README.md"].sort());
    expect(decisions).toContainEqual({
      setting: "model",
      value: "hf:org/tiny-model@main",
      source: `at ${hub.endpoint}`,
    });
    expect(decisions).toContainEqual({
      setting: "repository",
      value: `org/tiny-model at ${commit}`,
      source: `a snapshot in the hub's cache, of ${hub.endpoint}`,
    });
    expect(decisions).toContainEqual({
      setting: "other graphs",
      value: "onnx/model_fp16.onnx",
      source: "in the repository, to choose with --weights",
    });
  });

  test.each([
    ["onnx/model_fp16.onnx", "onnx/model_fp16.onnx"],
    ["./onnx/model_fp16.onnx", "onnx/model_fp16.onnx"],
    ["model_fp16.onnx", "onnx/model_fp16.onnx"],
    ["fp16", "onnx/model_fp16.onnx"],
    ["fp32", "onnx/model.onnx"],
    ["q8", "onnx/model_quantized.onnx"],
    ["int8_avx512", "other/model_int8_avx512.onnx"],
  ])("build --weights %s chooses %s", async (word, name) => {
    const { "model.onnx": graph = new Uint8Array(), ...model } = await modelFiles();
    const graphs = ["model", "model_fp16", "model_quantized"].map((stem) => `onnx/${stem}.onnx`);
    hub.commit({
      ...model,
      ...Object.fromEntries(
        [...graphs, "other/model_int8_avx512.onnx"].map((path) => [path, graph]),
      ),
    });
    const { manifest } = await build("hf:org/tiny-model", "--weights", word);
    expect(manifest.provenance?.files.map((file) => file.name)).toContain(name);
    expect(fetched().filter((path) => path.endsWith(".onnx"))).toEqual([name]);
  });

  test("build takes the only graph wherever it lies", async () => {
    const { "model.onnx": graph = new Uint8Array(), ...model } = await modelFiles();
    hub.commit({ ...model, "export/graph.onnx": graph });
    const { decisions } = await build("hf:org/tiny-model");
    const found = { setting: "graph", value: "export/graph.onnx", source: "the only .onnx file" };
    expect(decisions).toContainEqual(found);
  });

  test("build fetches the data beside a graph, and no other", async () => {
    const { "model.onnx": graph = "", ...model } = filesOf(
      await makeFixture({ head: "sentence-embedding", externalData: true }),
    );
    const { "model.onnx_data": data = "", ...others } = model;
    hub.commit({
      ...others,
      "onnx/model.onnx": graph,
      "onnx/model.onnx_data": data,
      "onnx/model_fp16.onnx_data": "x",
    });
    const { manifest } = await build("hf:org/tiny-model");
    const names = manifest.provenance?.files.map((file) => file.name);
    expect(names).toContain("onnx/model.onnx_data");
    expect(fetched()).not.toContain("onnx/model_fp16.onnx_data");
  });

  test("build takes a revision, and the name of a file in the repository", async () => {
    const { "config.json": config = "", ...model } = await modelFiles();
    const first = hub.commit({ ...model, "old/config.json": config });
    hub.commit({ "README.md": "empty" });
    const source = `hf:org/tiny-model@${first}`;
    const { manifest } = await build(source, "--config", "old/config.json");
    expect(manifest.provenance?.revision).toBe(first);
    expect(manifest.modelConfig?.name).toBe("old/config.json");
  });

  test("build reads path: hf: of a configuration", async () => {
    hub.commit(await modelFiles());
    const path = folder.join("encoderfile.yml");
    writeFileSync(path, "encoderfile:\n  path: hf:org/tiny-model@main\n");
    const { manifest } = await build("-f", path);
    expect(manifest.provenance?.repository).toBe("org/tiny-model");
  });

  test("build --offline builds the same file from the cache", async () => {
    hub.commit(await modelFiles());
    const online = await build("hf:org/tiny-model");
    const count = hub.requests.length;
    const offline = await build("hf:org/tiny-model", "--offline");
    expect(hub.requests.length).toBe(count);
    expect(offline.result.model_digest).toBe(online.result.model_digest);
    expect(offline.decisions[0]?.source).toBe(`in the cache, from ${hub.endpoint}`);
    // What the hub was is noted, so that neither the variable nor the way to the snapshot counts.
    delete process.env["HF_ENDPOINT"];
    const snapshots = folder.join("hf/hub/models--org--tiny-model/snapshots");
    const [commit = ""] = readdirSync(snapshots);
    for (const model of [["hf:org/tiny-model", "--offline"], [join(snapshots, commit)]]) {
      const again = await build(...model);
      expect(again.result.model_digest).toBe(online.result.model_digest);
      expect(again.manifest.provenance?.endpoint).toBe(hub.endpoint);
    }
    rmSync(join(snapshots, "../.encoderfile.json"));
    const unknown = await build("hf:org/tiny-model", "--offline");
    expect(unknown.decisions[0]?.source).toBe("in the cache, which does not tell of which hub");
    process.env["HF_ENDPOINT"] = hub.endpoint;
    process.env["HF_HUB_OFFLINE"] = "1";
    expect((await build("hf:org/tiny-model")).result.model_digest).toBe(online.result.model_digest);
    expect(hub.requests.length).toBe(count);
  });

  test("build draws a bar on a terminal", async () => {
    hub.commit(await modelFiles());
    const output = capturedOutput({ interactive: true, columns: 200 });
    await runBuilder(args("hf:org/tiny-model"), output);
    expect(output.stderr()).toMatch(/Fetching [\w.]+ \[#{24}\] 100 % \d+\.\d\/\d+\.\d MB/);
  });
});

describe("refusals of build hf:", () => {
  test("build says what a repository without a graph has, before anything large is fetched", async () => {
    const { "model.onnx": _, "tokenizer.json": __, ...model } = await modelFiles();
    hub.commit({ ...model, "model.safetensors": "x", "tf_model.h5": "x" });
    const error = await rejectedBy(runBuilder(args("hf:org/tiny-model"), capturedOutput()));
    expect(error.code).toBe("BUILD_MODEL_INVALID");
    const { problems } = error.detail as { problems: readonly string[] };
    expect(problems).toEqual([
      expect.stringContaining("expected tokenizer.json: found none"),
      expect.stringMatching(
        /found no \.onnx file, but model\.safetensors, tf_model\.h5: export.*--model org\/tiny-model OUT/,
      ),
    ]);
    expect(fetched()).toEqual([]);
  });

  test.each([
    [[], /expected model.onnx or onnx\/model.onnx: found a.onnx, b.onnx: choose one/],
    [
      ["--weights", "fp16"],
      /--weights: expected one graph called model_fp16.onnx: found a.onnx, b.onnx/,
    ],
  ])("build %j of a repository with two graphs", async (flags, message) => {
    const { "model.onnx": graph = "", ...model } = await modelFiles();
    hub.commit({ ...model, "a.onnx": graph, "b.onnx": graph });
    const error = await rejectedBy(
      runBuilder(args("hf:org/tiny-model", ...flags), capturedOutput()),
    );
    expect((error.detail as { problems: readonly string[] }).problems[0]).toMatch(message);
  });

  test.each(["hf:", "hf:a/b/c", "hf:../x", "hf:a--b", "hf:a/b@", "hf:a/b@../x", "hf:a/b@-x\u0007"])(
    "build %j is no name of a model",
    async (word) => {
      const error = await rejectedBy(runBuilder(args(word), capturedOutput()));
      expect(error.code).toBe("USAGE");
      expect(hub.requests).toEqual([]);
    },
  );

  test("build fetches nothing when the command line is wrong", async () => {
    hub.commit(await modelFiles());
    const error = await rejectedBy(
      runBuilder(args("hf:org/tiny-model", "--max-length", "x"), capturedOutput()),
    );
    expect((error.detail as { problems: readonly string[] }).problems).toHaveLength(1);
    expect(hub.requests).toEqual([]);
  });

  test("build leaves nothing where it was to write when the hub says no", async () => {
    const error = await rejectedBy(runBuilder(args("hf:org/other"), capturedOutput()));
    expect(error.code).toBe("HUB_NOT_FOUND");
    expect(readdirSync(folder.path)).toEqual(["base"]);
  });
});
