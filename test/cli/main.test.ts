// The program as a process: what it prints where, how it exits, and what signals do. The model is real and tiny.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { RawHttp } from "../helper/raw-http.ts";
import { ROOT } from "../helper/source-tree.ts";
import { makePipe, makeSocket } from "../helper/special-file.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { writeTinyFile } from "../helper/tiny-file.ts";

const folder = createTempDir();
const sentences = folder.join("sentences.encoderfile");
const reranker = folder.join("reranker.encoderfile");
const tokens = folder.join("tokens.encoderfile");
const pairs = folder.join("pairs.encoderfile");

beforeAll(async () => {
  await writeTinyFile(sentences, "sentence_embedding");
  await writeTinyFile(reranker, "reranking");
  await writeTinyFile(tokens, "token_classification");
  await writeTinyFile(pairs, "sequence_classification");
});

afterAll(() => folder[Symbol.dispose]());

type Started = Bun.Subprocess<"pipe", "pipe", "pipe">;

function start(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Started {
  return Bun.spawn([process.execPath, join(ROOT, "src/main.ts"), ...args], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", ENCODERFILE_FILE: file, ...env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function finish(child: Started) {
  child.stdin.end();
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { stdout, stderr, exitCode };
}

function run(file: string, args: readonly string[], env?: Readonly<Record<string, string>>) {
  return finish(start(file, args, env));
}

/** Reads a stream until it holds the pattern; leaves the rest unread. */
class Tail {
  readonly #chunks: AsyncIterator<Uint8Array>;
  text = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      const { done, value } = await this.#chunks.next();
      if (done) throw new Error(`Ended before ${pattern}: ${this.text}`);
      this.text += new TextDecoder().decode(value);
    }
  }

  async rest(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return this.text;
      this.text += new TextDecoder().decode(value);
    }
  }
}

type Results = { results: { embedding: number[]; index: number; score: number }[] };

describe("infer", () => {
  test("infer answers operands in one document", async () => {
    const { stdout, stderr, exitCode } = await run(sentences, ["infer", "the time", "a"]);
    expect(stderr).toBe("");
    const document = JSON.parse(stdout);
    expect(document.model_id).toBe("tiny");
    expect(
      document.results.map((result: Results["results"][0]) => result.embedding.length),
    ).toEqual([32, 32]);
    expect(exitCode).toBe(0);
  });

  test("infer answers each line of standard input before the next one comes", async () => {
    const child = start(sentences, ["infer", "--format", "jsonl"]);
    const output = new Tail(child.stdout);
    child.stdin.write("the time\n");
    await child.stdin.flush();
    await output.until(/^\{"embedding":\[.*\]\}\n$/);
    child.stdin.write("\nno line feed");
    child.stdin.end();
    const lines = (await output.rest()).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe("null");
    expect(JSON.parse(lines[2] ?? "").embedding).toHaveLength(32);
    expect(await child.exited).toBe(0);
  });

  test("infer of nothing is an empty document", async () => {
    const { stdout, exitCode } = await run(sentences, ["infer"]);
    expect(JSON.parse(stdout)).toEqual({ results: [], model_id: "tiny" });
    expect(exitCode).toBe(0);
  });

  test("infer answers what came before a line that is no UTF-8, and names it", async () => {
    const child = start(sentences, ["infer", "--format", "jsonl"]);
    child.stdin.write(Uint8Array.from([0x61, 0x0a, 0xff, 0x0a]));
    const { stdout, stderr, exitCode } = await finish(child);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/^encoderfile: Cannot read line 2 of standard input .*UTF-8.*\n$/);
    expect(exitCode).toBe(2);
  });

  test("infer ends quietly when its reader leaves", async () => {
    const child = start(sentences, ["infer", "--format", "jsonl"]);
    const errors = child.stderr.text();
    const reader = child.stdout.getReader();
    child.stdin.write("a\n");
    await child.stdin.flush();
    await reader.read();
    await reader.cancel();
    // More than any pipe holds.
    child.stdin.write("a\n".repeat(2_000));
    child.stdin.end();
    expect(await child.exited).toBe(0);
    expect(await errors).toBe("");
  });

  test.each([
    ["infer a >&-", 7, "Cannot write to standard output as it was closed"],
    ["infer < .", 2, "Cannot read standard input as it is a folder (EISDIR)"],
    ["infer ok \"$(printf 'a\\377')\"", 2, "Cannot take text 2 as its bytes must be valid UTF-8"],
  ])("%s is exit code %d and one line", async (command, expected, message) => {
    const whole = `exec "${process.execPath}" "${join(ROOT, "src/main.ts")}" ${command}`;
    const env = { PATH: process.env["PATH"] ?? "", ENCODERFILE_FILE: sentences };
    const child = Bun.spawn(["sh", "-c", whole], { cwd: folder.path, env, stderr: "pipe" });
    const stderr = await child.stderr.text();
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(await child.exited).toBe(expected);
  });

  test("infer takes U+FFFD from standard input, where it is known to be meant", async () => {
    const child = start(sentences, ["infer", "--format", "jsonl"]);
    child.stdin.write("a\ufffd\n");
    expect((await finish(child)).exitCode).toBe(0);
  });

  test("a reranker takes no query that is no UTF-8", async () => {
    const { stderr, exitCode } = await run(reranker, ["infer", "--query", "\ufffd", "a"]);
    expect(stderr).toContain("Cannot take --query as its bytes must be valid UTF-8");
    expect(exitCode).toBe(2);
  });

  test("infer writes a file that appears complete and is not overwritten unasked", async () => {
    const path = folder.join("out", "results.json");
    expect((await run(sentences, ["infer", "a", "-o", path])).exitCode).toBe(0);
    expect((JSON.parse(readFileSync(path, "utf8")) as Results).results).toHaveLength(1);
    const again = await run(sentences, ["infer", "a", "b", "-o", path]);
    expect(again.exitCode).toBe(6);
    expect(again.stderr).toContain("--force");
    expect((await run(sentences, ["infer", "a", "b", "-o", path, "--force"])).exitCode).toBe(0);
    expect((JSON.parse(readFileSync(path, "utf8")) as Results).results).toHaveLength(2);
  });

  test("infer writes to a file as results come, and leaves nothing when it ends early", async () => {
    const path = folder.join("early", "results.jsonl");
    const child = start(sentences, ["infer", "--format", "jsonl", "-o", path]);
    child.stdin.write(Uint8Array.from([0x61, 0x0a, 0xff, 0x0a]));
    expect((await finish(child)).exitCode).toBe(2);
    expect(readdirSync(folder.join("early"))).toEqual([]);
  });

  test("infer writes to devices and pipes as they are, unasked", async () => {
    for (const args of [["/dev/null"], ["/dev/null", "--force"]]) {
      expect(await run(sentences, ["infer", "a", "-o", ...args])).toEqual({
        stdout: "",
        stderr: "",
        exitCode: 0,
      });
    }
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    const main = join(ROOT, "src/main.ts");
    const piped = `"${process.execPath}" "${main}" infer a -o /dev/stdout | cat`;
    const child = Bun.spawn(["sh", "-c", piped], { env: { ENCODERFILE_FILE: sentences } });
    expect((JSON.parse(await child.stdout.text()) as Results).results).toHaveLength(1);
  });

  test("infer ends quietly when nobody reads its pipe any more", async () => {
    const pipe = folder.join("pipe");
    makePipe(pipe);
    const reader = Bun.spawn(["head", "-n1", pipe], { stdout: "ignore" });
    const child = start(sentences, ["infer", "--format", "jsonl", "-o", pipe]);
    child.stdin.write("a\n");
    await child.stdin.flush();
    await reader.exited;
    child.stdin.write("a\n");
    expect(await finish(child)).toEqual({ stdout: "", stderr: "", exitCode: 0 });
  });

  test("infer takes no folder and no socket for a file, --force or not", async () => {
    const socket = folder.join("socket");
    using _ = makeSocket(socket);
    for (const path of [folder.path, socket]) {
      const { stderr, exitCode } = await run(sentences, ["infer", "a", "-o", path, "--force"]);
      expect(stderr).toContain(`Cannot write "${path}" as `);
      expect(exitCode).toBe(2);
    }
    expect(statSync(socket).isSocket()).toBe(true);
  });

  test("infer ranks texts for a query, the best first", async () => {
    const { stdout } = await run(reranker, ["infer", "--query", "cat", "a dog", "", "the cat"]);
    const { results } = JSON.parse(stdout) as Results;
    expect(results.map((result) => result.index).sort()).toEqual([0, 1, 2]);
    const scores = results.map((result) => result.score);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
  });

  test("infer numbers ranked lines across batches", async () => {
    const child = start(reranker, ["infer", "--query", "cat"]);
    child.stdin.write("the time\n".repeat(600));
    const { stdout } = await finish(child);
    const indexes = (JSON.parse(stdout) as Results).results.map((result) => result.index);
    expect(indexes).toEqual([...Array(600).keys()]);
  });

  test("infer joins tokens to entities and classifies pairs", async () => {
    const joined = await run(tokens, ["infer", "--aggregation", "simple", "the time"]);
    expect(joined.stdout).toContain('"entities":[');
    const paired = await run(pairs, ["infer", "--pair", "the time\ta day"]);
    expect(paired.stdout).toContain('"predicted_label":');
    const single = await run(pairs, ["infer", "the time"]);
    expect(single.stdout).not.toBe(paired.stdout);
  });

  test.each([
    [
      "--query",
      ["infer", "--query", "x", "y"],
      "--query as it is for models of the task reranking",
    ],
    ["--pair", ["infer", "--pair", "x"], "--pair as it is for models of the task"],
    ["--format", ["infer", "--format", "xml", "x"], "Allowed choices are json, jsonl"],
    ["--output", ["infer", "x", "-o", ""], "--output names no file"],
    ["a command", ["infr", "x"], "Did you mean infer?"],
    ["a command of the builder", ["build", "x"], 'belongs to the builder "encoderfile"'],
    ["a text", ["the $time"], 'use sentences.encoderfile infer "the \\$time"'],
    ["an operand", ["serve", "x"], 'see "sentences.encoderfile serve --help"'],
    ["an option", ["--query", "x"], 'see "sentences.encoderfile serve --help"'],
    ["an option of infer", ["infer", "--pair", "x"], 'see "sentences.encoderfile infer --help"'],
  ])("a wrong %s is one line and exit code 2", async (_name, args, expected) => {
    const { stdout, stderr, exitCode } = await run(sentences, args);
    expect(stdout).toBe("");
    expect(stderr).toContain(expected);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(exitCode).toBe(2);
  });

  test("a reranker without a query and a pair without a tab are refused", async () => {
    expect((await run(reranker, ["infer", "x"])).stderr).toContain("give it with --query");
    const { stderr, exitCode } = await run(pairs, ["infer", "--pair", "x"]);
    expect(stderr).toContain('Cannot take "x" as a pair as it must have one tab: found 0');
    expect(exitCode).toBe(2);
  });

  test("an error is JSON on request", async () => {
    const { stderr, exitCode } = await run(sentences, ["infer", "--json", "--query", "x", "y"]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "USAGE", kind: "invalid_input" } });
    expect(exitCode).toBe(2);
  });
});

describe("the file itself", () => {
  test("--version and --help name the model", async () => {
    const version = await run(sentences, ["--version"]);
    expect(version.stdout).toMatch(
      /^tiny 1\.0\.0 \(sentence_embedding\)\nmodel digest [0-9a-f]{64}\nencoderfile \d/,
    );
    const help = await run(sentences, ["--help"]);
    expect(help.stdout).toContain("tiny 1.0.0 (sentence_embedding)");
    expect(help.stdout).toContain("Exit codes:");
    expect([version.exitCode, help.exitCode]).toEqual([0, 0]);
  });

  test("its name does not rule the terminal", async () => {
    const hostile = folder.join("a\u009b2J\u202eb.encoderfile");
    copyFileSync(sentences, hostile);
    const outputs = [
      (await run(hostile, ["--help"])).stdout,
      (await run(hostile, ["infr"])).stderr,
      (await run(hostile, ["infr", "--json"])).stderr,
    ];
    for (const text of outputs) {
      expect(text).toMatch(/a\\+u009b2J\\+u202eb\.encoderfile/);
      expect(text).toMatch(/^[\n\u0020-\u007e]*$/);
    }
  });

  test("inspect and verify are about it", async () => {
    const inspected = await run(sentences, ["inspect", "--json"]);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ name: "tiny", version: "1.0.0" });
    const verified = await run(sentences, ["verify", "--json"]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    expect([inspected.exitCode, verified.exitCode]).toEqual([0, 0]);
  });

  test("extract gives its original files back", async () => {
    const to = folder.join("extracted");
    const { stdout, exitCode } = await run(sentences, ["extract", "-o", to, "--json"]);
    expect(exitCode).toBe(0);
    const { path, files } = JSON.parse(stdout) as { path: string; files: { name: string }[] };
    expect(path).toBe(to);
    expect(files.map(({ name }) => name)).toContain("tokenizer.json");
    expect(() => JSON.parse(readFileSync(join(to, "tokenizer.json"), "utf8"))).not.toThrow();
    const again = await run(sentences, ["extract", "-o", to]);
    expect(again.exitCode).toBe(6);
    expect(again.stderr).toContain("--force");
    const missing = await run(sentences, ["extract"]);
    expect(missing.stderr).toContain('see "sentences.encoderfile extract --help"');
    expect(missing.exitCode).toBe(2);
  });

  test("damage is one line and exit code 4, and verify names the part", async () => {
    const damaged = folder.join("damaged.encoderfile");
    copyFileSync(sentences, damaged);
    const bytes = readFileSync(damaged);
    bytes[bytes.length - 100_000] = (bytes[bytes.length - 100_000] ?? 0) ^ 1;
    await Bun.write(damaged, bytes);
    const verified = await run(damaged, ["verify"]);
    expect(verified.exitCode).toBe(4);
    expect(verified.stdout).toMatch(/damaged\s+asset model\.onnx/);
    bytes[70_000 - 4_000] = (bytes[70_000 - 4_000] ?? 0) ^ 1;
    await Bun.write(damaged, bytes);
    const served = await run(damaged, ["serve", "--port", "0"]);
    expect(served.exitCode).toBe(4);
    expect(served.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a file cut off at its end is no encoderfile any more", async () => {
    const cut = folder.join("cut.encoderfile");
    copyFileSync(sentences, cut);
    truncateSync(cut, 200_000);
    const { stdout, exitCode } = await run(cut, ["--version"]);
    expect(stdout).toMatch(/^encoderfile \d/);
    expect(exitCode).toBe(0);
  });
});

describe("serve", () => {
  const BODY = { method: "POST", headers: { "content-type": "application/json" } };

  async function serving(args: readonly string[] = [], env?: Readonly<Record<string, string>>) {
    const child = start(sentences, [...args, "--port", "0"], env);
    const log = new Tail(child.stderr);
    const [, url = ""] = await log.until(/listening on (http:\S+):.*\n/);
    return { child, log, url };
  }

  test("serve says where it listens and what it serves, answers, and ends with 0 on SIGTERM", async () => {
    const { child, log, url } = await serving();
    expect(log.text).toMatch(
      /^encoderfile: \S+Z listening on http:\/\/127\.0\.0\.1:\d+: tiny 1\.0\.0 \(sentence_embedding\), digest [0-9a-f]{64}\n/,
    );
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await log.until(/ready after \d+ ms\n/);
    const response = await fetch(`${url}/embed`, { ...BODY, body: '{"inputs":"the time"}' });
    const [vector] = (await response.json()) as number[][];
    expect(vector).toHaveLength(32);
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(await log.rest()).toContain("stopping on SIGTERM");
    expect(await child.stdout.text()).toBe("");
  });

  test("serve --profile-start with a log of JSON prints nothing but objects", async () => {
    const args = ["--profile-start", "--log-format", "json", "--log-level", "warn"];
    const child = start(sentences, [...args, "--port", "0"]);
    const log = new Tail(child.stderr);
    await log.until(/start_profile.*\n/);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    const lines = (await log.rest()).trimEnd().split("\n");
    const profile = lines.map((line) => JSON.parse(line)).find((one) => one.event !== "message");
    expect(Object.keys(profile)).toEqual(["time", "level", "event", "steps"]);
    const ready = profile.steps.at(-1);
    expect(Object.keys(ready)).toEqual(["step", "thread", "done_ms", "took_ms", "cpu_ms"]);
    expect(ready).toMatchObject({ step: "ready", thread: "main" });
  });

  test("serve goes on after SIGHUP, and warns of what was hardly meant", async () => {
    const { child, log, url } = await serving(["--queue-length", "100"], {
      ENCODERFILE_WORKRES: "1",
      ENCODERFILE_HOST: "",
    });
    await log.until(/ready after \d+ ms\n/);
    expect(log.text).toContain("ENCODERFILE_WORKRES (did you mean ENCODERFILE_WORKERS?): ignored");
    expect(log.text).toMatch(/more than 100 inputs are refused.*raise it to 2048/);
    child.kill("SIGHUP");
    await log.until(/SIGHUP: reading keys and certificates again/);
    const inputs = Array(101).fill("the time");
    const refused = await fetch(`${url}/embed`, { ...BODY, body: JSON.stringify({ inputs }) });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([422, null]);
    expect(await refused.text()).toContain("at most 100 inputs may wait");
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });

  test.each(["--host", "--port", "--tls-cert", "--api-key-file"])(
    "serve ends with 2 for an empty %s, whatever its variable says",
    async (flag) => {
      const env = { ENCODERFILE_HOST: "", ENCODERFILE_TLS_CERT: "", ENCODERFILE_API_KEY_FILE: "" };
      const { exitCode, stderr } = await run(sentences, ["serve", flag, ""], env);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`correct ${flag}`);
    },
  );

  test("serve tells that texts run one at a time, and answers so", async () => {
    const { child, log, url } = await serving([], { ENCODERFILE_DETERMINISTIC: "1" });
    expect(log.text).toMatch(/digest [0-9a-f]{64}, one text at a time\n/);
    await log.until(/ready after \d+ ms\n/);
    const response = await fetch(`${url}/embed`, { ...BODY, body: '{"inputs":["the time","a"]}' });
    expect(await response.json()).toHaveLength(2);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });

  test("serve finishes what was begun, but ends at once on a second signal", async () => {
    const { child, log, url } = await serving();
    await log.until(/ready/);
    const client = await RawHttp.connect(Number(new URL(url).port));
    await client.send("POST /embed HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n");
    await client.send("Content-Length: 10\r\n\r\n{");
    // Another connection's answer tells that the server has seen the first.
    await fetch(`${url}/livez`);
    child.kill("SIGTERM");
    await log.until(/stopping on SIGTERM/);
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    client.destroy();
  });

  test("serve ends with 0 although a request was never sent in full", async () => {
    const { child, log, url } = await serving();
    await log.until(/ready/);
    const client = await RawHttp.connect(Number(new URL(url).port));
    await client.send("GET /health HTTP/1.1\r\nHost:");
    await fetch(`${url}/livez`);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(await log.rest()).not.toContain("cut off");
    client.destroy();
  });

  test("serve ends with 9 when an answer was cut off", async () => {
    const { child, log, url } = await serving();
    await log.until(/ready/);
    const inputs = JSON.stringify({ inputs: Array(400).fill("the time ".repeat(64)) });
    const client = await RawHttp.connect(Number(new URL(url).port));
    await client.send(
      `POST /embed_all HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n`,
    );
    await client.send(`Content-Length: ${inputs.length}\r\n\r\n${inputs}`);
    // It never reads the rest of an answer that is more than the system keeps for it.
    await client.until(/^HTTP\/1\.1 200/);
    client.pause();
    child.kill("SIGTERM");
    expect(await child.exited).toBe(9);
    expect(await log.rest()).toContain("out of time: some requests were cut off");
    client.destroy();
  }, 30_000);

  test("serve ends with 0 on a signal while it is loading", async () => {
    const { child } = await serving(["serve"]);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
  });

  test("serve gives the same vector alone, in a batch, and as infer", async () => {
    const { child, log, url } = await serving();
    await log.until(/ready/);
    const ask = async (inputs: unknown) => {
      const body = JSON.stringify({ inputs, normalize: false });
      return (await (await fetch(`${url}/embed`, { ...BODY, body })).json()) as number[][];
    };
    const [alone] = await ask("the time");
    const batch = await ask(["a", "the time", "it is a long way"]);
    expect(batch[1]).toEqual(alone ?? []);
    const inferred = JSON.parse((await run(sentences, ["infer", "the time"])).stdout) as Results;
    expect(inferred.results[0]?.embedding).toEqual(alone ?? []);
    child.kill();
    expect(await child.exited).toBe(0);
  });

  test("serve refuses a port in use with one line and exit code 6", async () => {
    const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    try {
      for (const [args, env] of [
        [["--port", String(taken.port)], {}],
        [["serve"], { ENCODERFILE_PORT: String(taken.port) }],
      ] as const) {
        const { stderr, exitCode } = await run(sentences, args, env);
        expect(stderr).toMatch(
          /^encoderfile: Cannot listen on 127\.0\.0\.1 port \d+ .*in use.*\n$/,
        );
        expect(exitCode).toBe(6);
      }
    } finally {
      await taken.stop(true);
    }
  });

  test("serve refuses one port for requests and metrics before it listens, and blames the right setting", async () => {
    const { stderr, exitCode } = await run(sentences, ["--port", "9", "--metrics-port", "9"]);
    expect(stderr).toMatch(
      /^encoderfile: Cannot answer metrics at 127\.0\.0\.1 port 9 .*--metrics-port.*\n$/,
    );
    expect(exitCode).toBe(2);
    const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const args = ["--port", "0", "--metrics-port", String(taken.port)];
    expect((await run(sentences, args)).stderr).toEndWith("choose another with --metrics-port\n");
    await taken.stop(true);
  });

  test.each(["x", "-1", "65536", "1.5", "0x50"])("serve refuses the port %s", async (port) => {
    const { stderr, exitCode } = await run(sentences, ["serve"], { ENCODERFILE_PORT: port });
    expect(stderr).toMatch(
      /^encoderfile: Cannot use ".*" as it must be a whole number from 0 to 65535: correct --port .*\n$/,
    );
    expect(exitCode).toBe(2);
  });

  test("serve warns when other machines may reach it", async () => {
    const { child, log } = await serving(["serve"], { ENCODERFILE_HOST: "0.0.0.0" });
    await log.until(/warning: other machines may reach this server/);
    child.kill();
    expect(await child.exited).toBe(0);
  });
});

describe("main", () => {
  test.each([
    ["thrown", 'throw new Error("boom")'],
    ["rejected", 'void Promise.reject(new Error("boom"))'],
  ])("an error that is %s where nobody waits is one line and exit code 1", async (_name, code) => {
    const preload = folder.join("preload.ts");
    // Once the program has its last handlers in place.
    const isUp = 'process.listenerCount("unhandledRejection") > 0';
    const script = `const fail = () => { if (${isUp}) ${code}; else setTimeout(fail, 1); }; fail();`;
    await Bun.write(preload, script);
    const main = join(ROOT, "src/main.ts");
    const child = Bun.spawn([process.execPath, "--preload", preload, main, "--port", "0"], {
      env: { ENCODERFILE_FILE: sentences },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const log = await child.stderr.text();
    expect(log).toContain("encoderfile: Unexpected failure: boom\n");
    expect(log).not.toContain(" at ");
    expect(await child.exited).toBe(1);
  });
});
