// What the engine hears of a worker that dies.
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { CodedError } from "../../src/error/index.ts";
import { WorkerClient } from "../../src/runtime/worker-client.ts";
import type { Encoding } from "../../src/tokenizer/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";

const encoding: Encoding = {
  ids: Int32Array.of(1, 2),
  typeIds: new Int32Array(2),
  specialMask: new Uint8Array(2),
  spans: new Int32Array(4),
  sequenceIds: new Int8Array(2),
  wordIds: new Int32Array(2),
  truncated: false,
};

const ENDINGS: readonly (readonly [string, string])[] = [
  ["throws", "throw new Error('planted');"],
  ["exits", "process.exit(3);"],
];

test.each(ENDINGS)(
  "a worker that %s fails its requests with ENGINE_WORKER_FAILED",
  async (_, end) => {
    using folder = createTempDir();
    const entry = folder.join("worker.ts");
    writeFileSync(
      entry,
      `postMessage({ kind: "ready", native: { addon: "" }, marks: [] }); self.onmessage = () => { ${end} };`,
    );
    const client = new WorkerClient(entry);
    await client.ready;
    const codes = await Promise.all(
      [client.run([encoding], "default"), client.run([encoding], "default")].map((running) =>
        running.catch((error: CodedError) => error.code),
      ),
    );
    expect(codes).toEqual(["ENGINE_WORKER_FAILED", "ENGINE_WORKER_FAILED"]);
    expect((await client.ended).code).toBe("ENGINE_WORKER_FAILED");
    const later = await client.run([encoding], "default").catch((error: CodedError) => error.code);
    expect(later).toBe("ENGINE_WORKER_FAILED");
  },
);

test("a worker that is given up before it was started is not waited for", async () => {
  const client = new WorkerClient();
  client.abandon(new CodedError("ONNX_NATIVE_FAILED", "Cannot load the library: planted"));
  const codes = await Promise.all(
    [client.ready, client.run([encoding], "default")].map((promise) =>
      promise.then(
        () => "answered",
        (error: CodedError) => error.code,
      ),
    ),
  );
  expect(codes).toEqual(["ONNX_NATIVE_FAILED", "ONNX_NATIVE_FAILED"]);
});
