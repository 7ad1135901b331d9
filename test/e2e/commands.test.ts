// The commands of compiled executables: build, inspect, verify, extract, serve, infer - and what they refuse.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import {
  basePath,
  buildFile,
  type Finished,
  post,
  run,
  runWell,
  startServer,
} from "./executable.ts";

const folder = createTempDir();
const base = basePath();
let modelDir: string;
let file: string;

beforeAll(async () => {
  modelDir = (await cachedDemoModels()).sentiment;
  file = await buildFile(folder.join("sentiment.encoderfile"), modelDir);
});
afterAll(() => folder[Symbol.dispose]());

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** A failure is one clear line, or a line and a list: never a stack, never minified source. */
function expectRefusal(finished: Finished, exitCode: number, ...words: readonly string[]): void {
  expect(finished.stderr).toStartWith("encoderfile: ");
  for (const word of words) expect(finished.stderr).toContain(word);
  expect(finished.stderr).not.toMatch(/\n\s+at |bunfs|Error:/);
  expect(finished.stdout).toBe("");
  expect(finished.exitCode).toBe(exitCode);
}

describe("build", () => {
  test("gives identical bytes twice, from any folder", async () => {
    const copy = folder.join("another/place/sentiment");
    mkdirSync(copy, { recursive: true });
    await runWell(["cp", "-r", `${modelDir}/.`, copy]);
    const again = await buildFile(folder.join("again.encoderfile"), copy);
    expect(sha256(again)).toBe(sha256(file));
  });

  test("creates the folder, makes the file executable and refuses to overwrite it", async () => {
    const output = folder.join("new/folder/x.encoderfile");
    await runWell([base, "build", modelDir, "-o", output]);
    expect(statSync(output).mode & 0o777).toBe(0o755);
    const before = sha256(output);
    expectRefusal(await run([base, "build", modelDir, "-o", output]), 6, output, "--force");
    expect(sha256(output)).toBe(before);
    expect(readdirSync(folder.join("new/folder"))).toEqual(["x.encoderfile"]);
  });

  test("names the file after the model in the working directory", async () => {
    const cwd = folder.join("cwd");
    mkdirSync(cwd);
    await runWell([base, "build", modelDir, "--name", "moods"], { cwd });
    expect(readdirSync(cwd)).toEqual(["moods.encoderfile"]);
  });

  test("prints what it decided with its origin, and the same as JSON", async () => {
    const output = folder.join("decided.encoderfile");
    const text = await runWell([base, "build", modelDir, "-o", output]);
    expect(text.stdout).toMatch(/task\s+sequence_classification\s+\(config\.json: architectures/);
    expect(text.stderr).toBe("");
    const { stdout } = await runWell([base, "build", modelDir, "-o", output, "--force", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      path: output,
      labels: ["negative", "positive"],
      model_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("reports every problem of a model at once and writes nothing", async () => {
    const dir = folder.join("broken");
    mkdirSync(dir);
    copyFileSync(join(modelDir, "model.onnx"), join(dir, "model.onnx"));
    writeFileSync(
      join(dir, "config.json"),
      '{"architectures": ["BertForSequenceClassification"], "id2label": {"0": "a", "1": "b", "2": "c"}}',
    );
    writeFileSync(join(dir, "tokenizer.json"), "{not json");
    const refused = await run([base, "build", dir, "-o", folder.join("never")]);
    expectRefusal(refused, 3, "tokenizer.json", "label");
    expect(await Bun.file(folder.join("never")).exists()).toBe(false);
  });

  test("builds from a configuration file and names unknown keys with their line", async () => {
    const config = folder.join("encoderfile.yml");
    const lines = [
      "encoderfile:",
      "  name: moods",
      `  path: ${modelDir}`,
      "  model_type: sequence_classification",
    ];
    writeFileSync(config, `${lines.join("\n")}\n  output_path: out/moods.encoderfile\n`);
    await runWell([base, "build", "-f", config]);
    expect(statSync(folder.join("out/moods.encoderfile")).isFile()).toBe(true);
    writeFileSync(config, `${lines.join("\n")}\n  outputpath: x\n`);
    expectRefusal(await run([base, "build", "-f", config]), 3, "5", "outputpath", "output_path");
  });

  test("refuses what it cannot use", async () => {
    const missing = folder.join("missing");
    expectRefusal(await run([base, "build", missing]), 5, missing);
    expectRefusal(await run([base, "build"]), 2, "model");
    expectRefusal(await run([base, "build", modelDir, "--task", "translation"]), 2, "translation");
    expectRefusal(
      await run([base, "build", modelDir, "--target", "solaris-x64"]),
      2,
      "solaris-x64",
    );
    const flags = ["-o", folder.join("never"), "--base", file];
    expectRefusal(await run([base, "build", modelDir, ...flags]), 4, file);
    expectRefusal(await run([base, "frobnicate"]), 2, "frobnicate");
  });

  test("embeds external data, and the copy answers without the model directory", async () => {
    const dir = await makeFixture({
      shape: "tiny",
      head: "sentence-embedding",
      externalData: true,
    });
    const plain = await makeFixture({ shape: "tiny", head: "sentence-embedding" });
    const external = await buildFile(folder.join("external"), dir);
    const inside = await buildFile(folder.join("inside"), plain);
    const answers = await Promise.all(
      [external, inside].map((path) => runWell([path, "infer", "the time"])),
    );
    const [one, other] = answers.map(({ stdout }) => JSON.parse(stdout).results);
    expect(one).toEqual(other);
    const { stdout } = await runWell([base, "verify", external, "--json"]);
    expect(JSON.parse(stdout).ok).toBe(true);
  });
});

describe("inspect, verify and extract", () => {
  test("inspect tells what the file is, from outside and from inside", async () => {
    const outside = JSON.parse((await runWell([base, "inspect", file, "--json"])).stdout);
    const inside = JSON.parse((await runWell([file, "inspect", "--json"])).stdout);
    expect(inside.model_digest).toBe(outside.model_digest);
    const text = (await runWell([base, "inspect", file])).stdout;
    const facts = ["sentiment", "sequence_classification", "negative", "WordPiece", "model.onnx"];
    for (const fact of [...facts, outside.model_digest, sha256(join(modelDir, "model.onnx"))]) {
      expect(text).toContain(fact);
    }
  });

  test("verify finds a flipped bit in each part and says which", async () => {
    const good = readFileSync(file);
    const report = JSON.parse((await runWell([base, "verify", file, "--json"])).stdout);
    expect(report.ok).toBe(true);
    const damaged = folder.join("damaged");
    for (const part of report.parts as {
      part: string;
      name?: string;
      byte_offset: number;
      byte_length: number;
    }[]) {
      if (part.byte_length === 0) continue;
      const bytes = Buffer.from(good);
      const at = part.byte_offset + Math.floor(part.byte_length / 2);
      bytes[at] = bytes[at]! ^ 1;
      writeFileSync(damaged, bytes);
      const { exitCode, stdout } = await run([base, "verify", damaged, "--json"]);
      expect(exitCode).toBe(4);
      const bad = JSON.parse(stdout).parts.filter(
        (each: { status: string }) => each.status === "damaged",
      );
      expect(bad.map((each: { part: string }) => each.part)).toContain(part.part);
      if (part.name !== undefined) expect(bad[0].name).toBe(part.name);
    }
    await runWell([file, "verify"]);
  });

  test("extract gives the original files back bit by bit", async () => {
    const output = folder.join("extracted");
    await runWell([base, "extract", file, "-o", output]);
    for (const name of ["model.onnx", "tokenizer.json", "config.json", "tokenizer_config.json"]) {
      expect(sha256(join(output, name))).toBe(sha256(join(modelDir, name)));
    }
    const rebuilt = await buildFile(folder.join("rebuilt"), output, "--name", "sentiment");
    const digest = async (path: string) =>
      JSON.parse((await runWell([base, "inspect", path, "--json"])).stdout).model_digest;
    expect(await digest(rebuilt)).toBe(await digest(file));
  });

  test("each refuses what is no encoderfile", async () => {
    const text = folder.join("text");
    writeFileSync(text, "hello");
    expectRefusal(await run([base, "inspect", text]), 4, text);
    expectRefusal(await run([base, "inspect", base]), 4, "this is a base", "carries no model");
    expectRefusal(await run([base, "extract", text, "-o", folder.join("nothing")]), 4, text);
    expectRefusal(await run([base, "inspect", folder.join("missing")]), 5, "missing");
  });

  test("a file cut short or added to is never taken for the builder (CLI_PAYLOAD_DAMAGED)", async () => {
    const whole = readFileSync(file);
    const cut = folder.join("cut-short.encoderfile");
    for (const bytes of [whole.subarray(0, -1000), Buffer.concat([whole, Buffer.from("junk")])]) {
      writeFileSync(cut, bytes);
      chmodSync(cut, 0o755);
      expectRefusal(await run([cut, "infer", "a"]), 4, "footer", String(bytes.byteLength));
      expectRefusal(await run([cut]), 4, "footer");
    }
  });

  test("a flipped bit of the weights keeps a file from answering", async () => {
    const { stdout } = await runWell([base, "inspect", file, "--json"]);
    const { assets } = JSON.parse(stdout) as { assets: { name: string; byte_offset: number }[] };
    const weights = assets.find(({ name }) => name === "model.onnx");
    const bytes = readFileSync(file);
    const at = (weights?.byte_offset ?? 0) + 100_000;
    bytes[at] = bytes[at]! ^ 1;
    const flipped = folder.join("flipped.encoderfile");
    writeFileSync(flipped, bytes);
    chmodSync(flipped, 0o755);
    expectRefusal(await run([flipped, "infer", "a"]), 4, "model.onnx", "sha256");
    const served = await run([flipped, "serve", "--port", "0"]);
    expect(served.exitCode).toBe(4);
    expect(served.stderr).toContain("sha256");
  });

  test("a damaged file says so when it is started", async () => {
    const cut = folder.join("cut.encoderfile");
    const bytes = readFileSync(file);
    bytes[bytes.length - 14] = 0x7f;
    writeFileSync(cut, bytes);
    chmodSync(cut, 0o755);
    expectRefusal(await run([cut, "infer", "a"]), 4, "footer", "damaged");
  });
});

describe("serve", () => {
  test("ends with 0 on SIGTERM and says where it listened", async () => {
    const server = await startServer(file, ["--port", "0"]);
    expect(server.log()).toContain(`listening on ${server.url}`);
    expect(server.url).toStartWith("http://127.0.0.1:");
    server.kill("SIGTERM");
    expect(await server.exited).toBe(0);
  });

  test("takes host and port from the environment", async () => {
    const env = { ENCODERFILE_HOST: "127.0.0.2", ENCODERFILE_PORT: "0" };
    await using server = await startServer(file, [], { env });
    expect(server.url).toStartWith("http://127.0.0.2:");
  });

  test("says in one line that the port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const refused = await run([file, "--port", port]);
    taken.close();
    expectRefusal(refused, 6, port);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
  });

  test("answers bad requests with 4xx and JSON, and goes on", async () => {
    await using server = await startServer(file);
    const requests: readonly (readonly [string, unknown, number])[] = [
      ["/predict", "{not json", 400],
      ["/predict", { inputs: [] }, 422],
      ["/predict", { inputs: [1] }, 422],
      ["/predict", {}, 422],
      ["/embed", { inputs: "a" }, 424],
      ["/rerank", { query: "a", texts: ["b"] }, 424],
      ["/nothing", {}, 404],
    ];
    for (const [path, body, status] of requests) {
      const answer = await post(server.url + path, body);
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
      if (path !== "/predict") expect([path, answer.status]).toEqual([path, status]);
    }
    const wrongTask = await post(`${server.url}/embed`, { inputs: "a" });
    expect(JSON.stringify(wrongTask.body)).toContain("sequence_classification");
    expect((await post(`${server.url}/predict`, { inputs: ["good"] })).status).toBe(200);
  });
});

describe("infer", () => {
  test("answers lines as they come, in order, and reports empty ones", async () => {
    const lines = ["good", "", "bad", "wonderful"];
    const { stdout } = await runWell([file, "infer", "--format", "jsonl"], {
      stdin: lines.join("\n"),
    });
    const results = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results).toHaveLength(4);
    expect(results[1]).toBeNull();
    const { stdout: alone } = await runWell([file, "infer", "wonderful"]);
    expect(results[3]).toEqual(JSON.parse(alone).results[0]);
  });

  test("ends quietly when its reader does", async () => {
    const stdin = "a fine day\n".repeat(20_000);
    const piped = ["sh", "-c", `"$0" infer --format jsonl | head -n 1`, file];
    const { stdout, stderr, exitCode } = await run(piped, { stdin });
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout.trim().split("\n")).toHaveLength(1);
  });
});
