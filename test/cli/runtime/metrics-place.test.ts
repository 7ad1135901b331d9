// Ports that are one and ports that are two.
import { expect, test } from "bun:test";
import { checkMetricsPlace } from "../../../src/cli/runtime/metrics-place.ts";
import { thrownBy } from "../../helper/coded.ts";

const LOOPBACK = { host: "127.0.0.1", port: 8080 };

test.each([
  [LOOPBACK, "127.0.0.1"],
  [LOOPBACK, "localhost"],
  [LOOPBACK, "0.0.0.0"],
  [{ host: "::", port: 8080 }, "[::1]"],
])("checkMetricsPlace() throws USAGE for %j and metrics on %s", (place, metricsHost) => {
  const error = thrownBy(() => checkMetricsPlace(place, { metricsHost, metricsPort: 8080 }));
  expect(error).toMatchObject({
    code: "USAGE",
    message: expect.stringContaining(
      "as requests are answered there: choose another with --metrics-port",
    ),
  });
});

test.each([
  [LOOPBACK, "127.0.0.1", 8081],
  [LOOPBACK, "127.0.0.1", undefined],
  [LOOPBACK, "10.0.0.1", 8080],
  [{ host: "127.0.0.1", port: 0 }, "127.0.0.1", 0],
  [{ ...LOOPBACK, socketPath: "/a" }, "127.0.0.1", 8080],
])("checkMetricsPlace() takes %j with %s and %p", (place, metricsHost, metricsPort) => {
  expect(() => checkMetricsPlace(place, { metricsHost, metricsPort })).not.toThrow();
});
