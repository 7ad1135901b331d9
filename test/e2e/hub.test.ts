// The compiled builder against a local server that speaks the hub's API: from a name to answers.
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { listFiles } from "../../src/io/index.ts";
import { startHubServer } from "../helper/hub-server.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, buildFile, run, runWell } from "./executable.ts";

const folder = createTempDir();
const hub = startHubServer("org/sentiment");
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const base = basePath();
const TOKEN = "hf_secret";
const env = { HF_ENDPOINT: hub.endpoint, HF_HOME: folder.join("hf"), HF_TOKEN: TOKEN };

async function commitModel(): Promise<{ readonly dir: string; readonly commit: string }> {
  const dir = (await cachedDemoModels()).sentiment;
  const names = listFiles(dir, { depthMax: 4, entriesMax: 1000 });
  const files = names.map((name) => [name, readFileSync(join(dir, name))] as const);
  return { dir, commit: hub.commit({ ...Object.fromEntries(files), "pytorch_model.bin": "x" }) };
}

describe("build hf:", () => {
  test("a model of the hub becomes a file that answers and says where it came from", async () => {
    hub.token = TOKEN;
    const { commit, dir } = await commitModel();
    const file = folder.join("sentiment.encoderfile");
    const built = await runWell([base, "build", "hf:org/sentiment", "-o", file], { env });
    expect(built.stdout).toContain(`org/sentiment at ${commit}`);
    expect(`${built.stdout}${built.stderr}`).not.toContain(TOKEN);
    expect(hub.requests.filter(({ path }) => path.includes("pytorch_model.bin"))).toEqual([]);
    expect(
      hub.requests.every(
        ({ server, headers }) => server === "hub" || !headers.has("authorization"),
      ),
    ).toBe(true);
    const report = JSON.parse((await runWell([base, "inspect", file, "--json"])).stdout);
    expect(report.name).toBe("sentiment");
    expect(report.provenance).toMatchObject({
      repository: "org/sentiment",
      revision: commit,
      endpoint: hub.endpoint,
    });
    await runWell([base, "verify", file]);
    const answer = await runWell([file, "infer", "what a wonderful film"]);
    const local = await buildFile(folder.join("local.encoderfile"), dir, "--name", "sentiment");
    expect(answer.stdout).toBe((await runWell([local, "infer", "what a wonderful film"])).stdout);
  });

  test("the same file is built again from the cache, offline and from the snapshot's folder", async () => {
    const { commit } = await commitModel();
    const build = async (name: string, model: string, ...flags: readonly string[]) => {
      const file = folder.join(name);
      await runWell([base, "build", model, "-o", file, ...flags], { env });
      return readFileSync(file);
    };
    const first = await build("first", "hf:org/sentiment");
    const count = hub.requests.length;
    const closed = { ...env, HF_ENDPOINT: "http://127.0.0.1:9" };
    await runWell([base, "build", "hf:org/sentiment", "--offline", "-o", folder.join("x")], {
      env: closed,
    });
    expect(await build("offline", "hf:org/sentiment", "--offline")).toEqual(first);
    expect(hub.requests.length).toBe(count);
    const snapshot = folder.join("hf", "hub", "models--org--sentiment", "snapshots", commit);
    const file = folder.join("snapshot");
    await runWell([base, "build", snapshot, "-o", file]);
    const report = JSON.parse((await runWell([base, "inspect", file, "--json"])).stdout);
    expect(report.provenance).toMatchObject({ repository: "org/sentiment", revision: commit });
  });

  test("a hub that says no leaves no file, and no stack", async () => {
    const file = folder.join("none.encoderfile");
    const refused = await run([base, "build", "hf:org/other", "-o", file], { env });
    expect(refused.exitCode).toBe(5);
    expect(refused.stderr).toStartWith('encoderfile: Cannot fetch "hf:org/other@main"');
    expect(refused.stderr).not.toMatch(/\n\s+at |hf_secret/);
    expect(existsSync(file)).toBe(false);
    rmSync(folder.join("hf"), { recursive: true });
    const offline = await run([base, "build", "hf:org/sentiment", "--offline"], { env });
    expect(offline.exitCode).toBe(5);
    expect(offline.stderr).toContain("--offline");
  });
});
