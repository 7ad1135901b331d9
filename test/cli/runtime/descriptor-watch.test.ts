// A server with more connections than it may have.
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { watchDescriptors } from "../../../src/cli/runtime/descriptor-watch.ts";
import { ROOT } from "../../helper/source-tree.ts";
import { createTempDir } from "../../helper/temp-dir.ts";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());

test("watchDescriptors() closes nothing while files can be opened, or when the file has gone", async () => {
  const looked = Promise.withResolvers<void>();
  const notes: string[] = [];
  let timesNamed = 0;
  const options = {
    // Asked for at every look.
    get path() {
      timesNamed += 1;
      if (timesNamed === 4) looked.resolve();
      return timesNamed % 2 === 0 ? "/nowhere" : process.execPath;
    },
    closeIdle: () => expect.unreachable(),
    warn: (line: string) => notes.push(line),
    intervalMs: 1,
  };
  using _ = watchDescriptors(options);
  await looked.promise;
  expect(notes).toEqual([]);
});

test("watchDescriptors() closes idle connections when descriptors run out, and tells once", async () => {
  const script = folder.join("exhaust.ts");
  const source = join(ROOT, "src/cli/runtime/descriptor-watch.ts");
  await Bun.write(
    script,
    `import { closeSync, openSync } from "node:fs";
     import { watchDescriptors } from ${JSON.stringify(source)};
     const taken: number[] = [];
     const exhaust = () => { try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {} };
     let rounds = 0;
     const watch = watchDescriptors({
       path: process.execPath,
       closeIdle: () => {
         const count = Math.min(taken.length, 3);
         for (const descriptor of taken.splice(0, count)) closeSync(descriptor);
         rounds += 1;
         if (rounds === 2) watch[Symbol.dispose]();
         else setTimeout(exhaust, 5);
         return count;
       },
       warn: (line) => console.log(line),
       intervalMs: 1,
     });
     exhaust();`,
  );
  const child = Bun.spawn(["sh", "-c", `ulimit -n 64; exec "${process.execPath}" "${script}"`]);
  expect(await child.stdout.text()).toBe(
    "no more files or connections may be opened: closed 3 idle connections: " +
      'raise the limit ("ulimit -n")\n',
  );
  expect(await child.exited).toBe(0);
});

test.skipIf(process.platform !== "linux")(
  "watchDescriptors() closes idle connections when more are open than there may be (Linux)",
  async () => {
    const told = Promise.withResolvers<string>();
    using _ = watchDescriptors({
      path: process.execPath,
      connectionsMax: 1,
      closeIdle: () => 2,
      warn: told.resolve,
      intervalMs: 1,
    });
    expect(await told.promise).toBe(
      "more than 1 files and connections are open: closed 2 idle connections: " +
        "raise the limit (--max-connections)",
    );
  },
);
