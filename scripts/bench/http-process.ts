// A server whose model answers at once, for bench/http.ts: says where it listens, and its CPU time for every line it is
// sent.
import { createLog, createObservation, serve } from "../../src/server/index.ts";
import { WordEngine } from "../../test/helper/word-engine.ts";

async function main(way: string | undefined): Promise<void> {
  const engine = new WordEngine("sentence_embedding");
  const writer = Bun.stderr.writer();
  const sink = (text: string) => {
    writer.write(text);
    const flushed = writer.flush();
    return flushed instanceof Promise ? flushed : undefined;
  };
  const log = createLog({ format: "json", level: "info", sink });
  const observation =
    way === "observed" ? await createObservation({ engine, log, env: {} }) : undefined;
  const about = { engine, host: "127.0.0.1", port: 0, onFault: () => undefined };
  const server = serve({ ...about, ...observation });
  process.stdout.write(`${server.url}\n`);
  for await (const _ of console) {
    const { user, system } = process.cpuUsage();
    // The engine keeps every signal it was given, for tests.
    engine.signals.length = 0;
    engine.deadlines.length = 0;
    process.stdout.write(`${(user + system) / 1000}\n`);
  }
}

await main(process.argv[2]);
