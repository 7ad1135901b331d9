// The life of a compiled server: when it is ready, how it ends, whom it tells, and where else it can listen.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { RawHttp } from "../helper/raw-http.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, runWell, startServer } from "./executable.ts";
import { Watched } from "./watched.ts";

const folder = createTempDir();
let file: string;

beforeAll(async () => {
  file = await buildFile(
    folder.join("sentiment.encoderfile"),
    (await cachedDemoModels()).sentiment,
  );
});
afterAll(() => folder[Symbol.dispose]());

const succeeds = (...command: string[]) =>
  Bun.which(command[0] ?? "") !== null && Bun.spawnSync(command).exitCode === 0;
const canIsolateNetwork = succeeds("unshare", "-n", "ip", "link", "set", "lo", "up");
const canBeFirst = succeeds("unshare", "-fp", "--kill-child", "true");
const canActivate = Bun.which("systemd-socket-activate") !== null;

const BODY = '{"inputs":["a fine day"]}';
const POST = { method: "POST", headers: { "content-type": "application/json" }, body: BODY };

function serving(args: readonly string[] = [], env?: Readonly<Record<string, string>>): Watched {
  return new Watched([file, "serve", "--port", "0", ...args], env);
}

describe("readiness", () => {
  test("a server is live before it is ready, and answers 503 with Retry-After in between", async () => {
    await using server = serving();
    const url = await server.url();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const early = await fetch(`${url}/readyz`);
    // It may have become ready meanwhile.
    if (early.status !== 200) {
      expect([early.status, early.headers.get("retry-after")]).toEqual([503, "1"]);
    }
    await server.until(/ready after \d+ ms/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/predict`, POST)).status).toBe(200);
  });

  test("a damaged asset is found before the server is ready, unless nobody looks", async () => {
    const damaged = folder.join("damaged.encoderfile");
    const bytes = readFileSync(file);
    // Within the numbers of the weights, where no parser minds.
    const { assets } = JSON.parse((await runWell([file, "inspect", "--json"])).stdout);
    const weights = assets.find(({ kind }: { kind: string }) => kind === "weights");
    const middle = weights.byte_offset + Math.floor(weights.byte_length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(damaged, bytes, { mode: 0o755 });
    await using full = new Watched([damaged, "serve", "--port", "0"]);
    expect(await full.child.exited).toBe(4);
    expect(full.log).toMatch(/digest|damaged/i);
    expect(full.log).not.toContain("ready after");
    for (const mode of ["manifest", "off"]) {
      await using off = new Watched([damaged, "serve", "--port", "0", "--verify", mode]);
      await off.until(/ready after \d+ ms/);
    }
  });
});

describe("the end", () => {
  test("SIGTERM ends it with 0; during the delay it answers, and says that it is not ready", async () => {
    await using server = serving(["--drain-delay", "2"]);
    const url = await server.url();
    await server.until(/ready after/);
    server.child.kill("SIGTERM");
    await server.until(/stopping on SIGTERM/);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "draining" }]);
    expect((await fetch(`${url}/predict`, POST)).status).toBe(200);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(await server.child.exited).toBe(0);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a second signal ends it at once: %s with %d", async (signal, code) => {
    await using server = serving(["--drain-delay", "60"]);
    await server.until(/ready after/);
    server.child.kill("SIGTERM");
    await server.until(/stopping on SIGTERM/);
    server.child.kill(signal);
    expect(await server.child.exited).toBe(code);
    expect(server.log).not.toContain("Z stopped\n");
  });

  test("it says at the end that it has stopped", async () => {
    await using server = serving();
    await server.until(/ready after/);
    server.child.kill("SIGTERM");
    expect(await server.child.exited).toBe(0);
    expect(server.log).toMatch(/^encoderfile: \S+Z stopped\n$/m);
  });

  test("a request that never arrives in full does not keep it", async () => {
    await using server = serving(["--drain-timeout", "5"]);
    const { port } = new URL(await server.url());
    await server.until(/ready after/);
    const client = await RawHttp.connect(Number(port));
    await client.send("POST /predict HTTP/1.1\r\nHost: test\r\nContent-Le");
    server.child.kill("SIGINT");
    expect(await server.child.exited).toBe(0);
    client.destroy();
  });

  test.skipIf(!canBeFirst)(
    "it ends with 0 as the first process of a container (needs unshare)",
    async () => {
      // The shell stands in for an engine of containers: it tells the number outside and becomes nothing.
      await using server = new Watched([
        ...["unshare", "-fp", "--kill-child", "--mount-proc"],
        ...[file, "serve", "--port", "0"],
      ]);
      const url = await server.url();
      await server.until(/ready after/);
      expect((await fetch(`${url}/predict`, POST)).status).toBe(200);
      const children = readFileSync(
        `/proc/${server.child.pid}/task/${server.child.pid}/children`,
        "utf8",
      );
      const first = Number(children.trim());
      expect(readFileSync(`/proc/${first}/status`, "utf8")).toMatch(/^NSpid:\s+\d+\s+1$/m);
      process.kill(first, "SIGTERM");
      expect(await server.child.exited).toBe(0);
    },
  );
});

describe("other places to listen", () => {
  test("PORT is honoured, and --port counts more", async () => {
    const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const { port } = free;
    await free.stop(true);
    await using server = new Watched([file], { PORT: String(port) });
    expect(await server.url()).toBe(`http://127.0.0.1:${port}`);
    await using other = serving([], { PORT: String(port) });
    expect(await other.url()).not.toBe(`http://127.0.0.1:${port}`);
  });

  test("the variables of Vertex AI say where it listens and which paths it is asked at", async () => {
    const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const { port } = free;
    await free.stop(true);
    await using server = new Watched([file], {
      AIP_HTTP_PORT: String(port),
      AIP_HEALTH_ROUTE: "/alive",
      AIP_PREDICT_ROUTE: "/v1/endpoints/1/deployedModels/2:predict",
    });
    const url = await server.url();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    await server.until(/ready after/);
    expect((await fetch(`${url}/alive`)).status).toBe(200);
    const body = '{"instances":[{"inputs":"a fine day"}]}';
    const asked = `${url}/v1/endpoints/1/deployedModels/2:predict`;
    expect(await (await fetch(asked, { ...POST, body })).json()).toHaveProperty("predictions");
  });

  test("--uds serves on a socket of owner and group, over one left behind, and removes it", async () => {
    const path = folder.join("model.sock");
    await using killed = serving(["--uds", path]);
    await killed.until(/ready after/);
    expect(killed.log).toContain(`listening on unix:${path}: `);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const refused = serving(["--uds", path]);
    expect(await refused.child.exited).toBe(6);
    killed.child.kill("SIGKILL");
    await killed.child.exited;
    expect(existsSync(path)).toBe(true);
    await using server = serving(["--uds", path]);
    await server.until(/ready after/);
    const response = await fetch("http://model/predict", { ...POST, unix: path });
    expect(response.status).toBe(200);
    server.child.kill("SIGTERM");
    expect(await server.child.exited).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test.skipIf(!canActivate)(
    "a socket that was handed over is served on (needs systemd-socket-activate)",
    async () => {
      const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
      const { port } = free;
      await free.stop(true);
      const address = `127.0.0.1:${port}`;
      await using server = new Watched([
        ...["systemd-socket-activate", `--listen=${address}`],
        ...[file, "serve", "--port", "1"],
      ]);
      await server.until(/Listening on/);
      // The first request starts it, and waits in the socket until it answers.
      const first = await fetch(`http://${address}/livez`);
      expect(first.status).toBe(200);
      expect(await server.url()).toBe(`http://${address}`);
      await server.until(/ready after/);
      expect((await fetch(`http://${address}/predict`, POST)).status).toBe(200);
      server.child.kill("SIGTERM");
      expect(await server.child.exited).toBe(0);
    },
  );

  test.skipIf(!canActivate)(
    "a unix socket that was handed over is served on (needs systemd-socket-activate)",
    async () => {
      const path = folder.join("handed.sock");
      await using server = new Watched([
        ...["systemd-socket-activate", `--listen=${path}`],
        ...[file, "serve"],
      ]);
      await server.until(/Listening on/);
      const response = await fetch("http://model/livez", { unix: path });
      expect(response.status).toBe(200);
      server.child.kill("SIGTERM");
      expect(await server.child.exited).toBe(0);
    },
  );

  test.skipIf(!canIsolateNetwork)(
    "it answers where there is no network at all (needs unshare -n)",
    async () => {
      const path = folder.join("offline.sock");
      const script = 'ip link set lo up && exec "$0" "$@"';
      const isolated = ["unshare", "-n", "sh", "-c", script, file, "serve"];
      await using server = new Watched([...isolated, "--uds", path]);
      await server.until(/ready after/);
      const response = await fetch("http://model/predict", { ...POST, unix: path });
      expect(response.status).toBe(200);
      await using loopback = new Watched([...isolated, "--port", "18080"]);
      await loopback.until(/ready after/);
      const pid = String(loopback.child.pid);
      const inside = ["nsenter", "-t", pid, "-n", "curl", "-s", "http://127.0.0.1:18080/readyz"];
      if (Bun.which("nsenter") !== null && Bun.which("curl") !== null) {
        expect(Bun.spawnSync(inside).stdout.toString()).toBe('{"status":"ready"}');
      }
      const routes = readFileSync(`/proc/${pid}/net/route`, "utf8").trim().split("\n");
      expect(routes).toHaveLength(1);
    },
  );
});

describe.skipIf(process.platform !== "linux" || Bun.which("python3") === null)(
  "a manager of services (needs python3)",
  () => {
    const LISTENER = [
      "import socket, sys",
      "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)",
      "name = sys.argv[1]",
      's.bind("\\0" + name[1:] if name[0] == "@" else name)',
      'sys.stderr.write("bound\\n"); sys.stderr.flush()',
      "while True:",
      '    sys.stderr.write(repr(s.recv(4096).decode()) + "\\n"); sys.stderr.flush()',
    ].join("\n");

    test.each(["path", "abstract"])(
      "is told over a socket with a name of kind %s",
      async (kind) => {
        const address =
          kind === "path" ? folder.join("notify.sock") : `@encoderfile-test-${process.pid}`;
        await using manager = new Watched(["python3", "-c", LISTENER, address]);
        await manager.until(/bound/);
        await using server = serving([], { NOTIFY_SOCKET: address, WATCHDOG_USEC: "200000" });
        await manager.until(/READY=1/);
        await manager.until(/WATCHDOG=1/);
        expect(server.log).toContain("ready after");
        server.child.kill("SIGTERM");
        await manager.until(/STOPPING=1/);
        expect(await server.child.exited).toBe(0);
      },
    );

    test("that is not there is no fault", async () => {
      await using server = serving([], { NOTIFY_SOCKET: folder.join("nobody.sock") });
      await server.until(/ready after/);
      server.child.kill("SIGTERM");
      expect(await server.child.exited).toBe(0);
    });
  },
);

test("startServer() works with the variables a container sets", async () => {
  await using server = await startServer(file, ["serve", "--port", "0"], { env: { PORT: "1" } });
  expect((await fetch(`${server.url}/predict`, POST)).status).toBe(200);
});
