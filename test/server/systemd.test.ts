// Variables of a manager of services: which are for this process, and what they ask.
import { describe, expect, test } from "bun:test";
import { activatedSocket, watchdogInterval } from "../../src/server/index.ts";

describe("activatedSocket()", () => {
  test.each([
    [{ LISTEN_FDS: "1", LISTEN_PID: "7" }, 3],
    [{ LISTEN_FDS: "1", LISTEN_PID: "8" }, undefined],
    [{ LISTEN_FDS: "1" }, undefined],
    [{ LISTEN_FDS: "0", LISTEN_PID: "7" }, undefined],
    [{}, undefined],
  ])("activatedSocket() reads %j", (env, expected) => {
    expect(activatedSocket(env, 7)).toBe(expected);
  });

  test.each(["2", "x", "-1"])("activatedSocket() throws SERVER_LISTEN_FAILED for %s", (count) => {
    expect(() => activatedSocket({ LISTEN_FDS: count, LISTEN_PID: "7" }, 7)).toThrow(
      `as one socket may be handed over by LISTEN_FDS: found "${count}"`,
    );
  });
});

describe("watchdogInterval()", () => {
  test.each([
    [{ WATCHDOG_USEC: "10000000" }, 5000],
    [{ WATCHDOG_USEC: "10000000", WATCHDOG_PID: "7" }, 5000],
    [{ WATCHDOG_USEC: "10000000", WATCHDOG_PID: "8" }, undefined],
    [{ WATCHDOG_USEC: "1" }, 1],
    [{ WATCHDOG_USEC: "0" }, undefined],
    [{ WATCHDOG_USEC: "soon" }, undefined],
    [{}, undefined],
  ])("watchdogInterval() reads %j", (env, expected) => {
    expect(watchdogInterval(env, 7)).toBe(expected);
  });
});
