// Door of the module `golden`.
export { type Difference, firstDifference, printDifference } from "./difference.ts";
export { durableResponse, type Precision } from "./durable-response.ts";
export {
  GIVEN_TOLERANCE,
  type GivenContext,
  type GivenGoldens,
  type PlacedGolden,
  REQUEST_OPTIONS,
  readGivenGoldens,
} from "./given.ts";
export {
  GOLDENS_BYTES_MAX,
  GOLDENS_NAME,
  type Golden,
  type GoldenDocument,
  printGoldens,
  readStoredGoldens,
} from "./golden.ts";
export { type Probe, probesFor } from "./probe.ts";
export { type GoldenContext, type PreparedGolden, prepareGolden } from "./replay.ts";
