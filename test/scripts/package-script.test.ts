// What package.json offers to run.
import { expect, test } from "bun:test";
import { scripts } from "../../package.json";

const INSTALL = "bun install --frozen-lockfile --ignore-scripts --silent && ";

test.each(Object.entries(scripts))("bun run %s works in a fresh clone", (_name, command) => {
  expect(command).toStartWith(INSTALL);
});
