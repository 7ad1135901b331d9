// The same model gives the same bytes for every target, whoever builds it, where, when and with which settings of the
// system.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { baseFileName, hostTarget, TARGETS, type Target } from "../../src/target/index.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { basePath, run, runWell } from "./executable.ts";

const has = (tool: string) => Bun.which(tool) !== null;
const isRoot = process.getuid?.() === 0;
/** A day none of the files was made on. */
const OTHER_DAY = "2031-05-06 07:08:09";
/** The user "nobody" of Debian; any that owns nothing will do. */
const NOBODY = "65534";

const folder = createTempDir();
const host = hostTarget();
/** Each has a model folder, bases and outputs of its own. */
const here = folder.join("here");
const there = folder.join("far/away/there");

/** Copies a folder file by file from the last to the first, dated long ago. */
function copyReversed(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const entries = readdirSync(from, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? 1 : -1))) {
    const target = join(to, entry.name);
    if (entry.isDirectory()) copyReversed(join(from, entry.name), target);
    else {
      copyFileSync(join(from, entry.name), target);
      utimesSync(target, 1_000_000_000, 1_000_000_000);
    }
  }
}

async function digest(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
  return hash.digest("hex");
}

beforeAll(async () => {
  const { sentences } = await cachedDemoModels();
  chmodSync(folder.path, 0o755);
  for (const place of [here, there]) mkdirSync(join(place, "bases"), { recursive: true });
  await runWell(["cp", "-r", sentences, join(here, "model")]);
  copyReversed(sentences, join(there, "model"));
  for (const target of TARGETS) {
    const copy = join(here, "bases", baseFileName(target));
    copyFileSync(basePath(target.name), copy);
    chmodSync(copy, 0o755);
    linkSync(copy, join(there, "bases", baseFileName(target)));
  }
  mkdirSync(join(there, "out"));
  chmodSync(join(there, "out"), 0o777);
  mkdirSync(join(there, "home"));
  chmodSync(join(there, "home"), 0o777);
});
afterAll(() => folder[Symbol.dispose]());

/** The other way to build: another user, day, core count, working directory and environment. */
async function buildThere(target: Target): Promise<string> {
  const user = isRoot && has("setpriv") ? ["setpriv", `--reuid=${NOBODY}`, "--clear-groups"] : [];
  const day = has("faketime") ? ["faketime", OTHER_DAY] : [];
  const cores = has("taskset") ? ["taskset", "-c", "0"] : [];
  const output = join(there, "out", target.name);
  const script = 'umask 077 && exec "$0" "$@"';
  const build = [
    join(there, "bases", baseFileName(host)),
    ...["build", "./model/", "--target", target.name],
    ...["--base", `bases/${baseFileName(target)}`, "-o", output],
  ];
  await runWell([...user, ...cores, "sh", "-c", script, ...day, ...build], {
    cwd: there,
    env: {
      HOME: join(there, "home"),
      TZ: "Pacific/Kiritimati",
      LANG: "tr_TR.UTF-8",
      LC_ALL: "tr_TR.UTF-8",
      XDG_CACHE_HOME: join(there, "home/cache"),
      SOURCE_DATE_EPOCH: "1",
      // The runtime of the checkout keeps its time where the library allows both.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  });
  return output;
}

describe("two builds give the same bytes", () => {
  test.each(TARGETS.map((target) => [target.name, target] as const))(
    "for %s",
    async (name, target) => {
      const one = join(here, name);
      const base = join(here, "bases", baseFileName(target));
      const model = join(here, "model");
      const flags = ["--target", name, "--base", base, "-o", one];
      const env = { HOME: here, TZ: "UTC", LANG: "C" };
      await runWell([basePath(), "build", model, ...flags], { env });
      const other = await buildThere(target);
      expect(await digest(other)).toBe(await digest(one));
    },
  );

  test.skipIf(!has("faketime"))(
    "and the other day is another day to the runtime (needs faketime)",
    async () => {
      const command = ["faketime", OTHER_DAY, process.execPath, "-p", "new Date().getFullYear()"];
      const { stdout } = await run(command, { env: { TZ: "UTC" } });
      expect(stdout.trim()).toBe("2031");
    },
  );

  test.skipIf(!isRoot || !has("setpriv"))(
    "and the other user is another user (needs root and setpriv)",
    () => {
      expect(statSync(join(there, "out", host.name)).uid).toBe(Number(NOBODY));
      expect(statSync(join(here, host.name)).uid).toBe(0);
    },
  );
});
