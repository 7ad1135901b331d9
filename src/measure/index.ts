// Door of the module `measure`.
export { type Ask, type Asked, type Asking, askAll, figure, quantile } from "./ask.ts";
export {
  type Answerer,
  type BenchOptions,
  benchLengths,
  type LatencyFigures,
  measureLatency,
  measureThroughput,
  type ThroughputFigures,
} from "./bench.ts";
export { type Chart, drawChart, type Panel, type Series } from "./chart.ts";
export { type MachineFacts, machineFacts } from "./machine.ts";
export { memoryOf, parseMemory } from "./memory-use.ts";
export { type OwnServer, type OwnServerOptions, openOwnServer } from "./own-server.ts";
export {
  type Fit,
  fitWithin,
  type MemoryPrediction,
  predictMemory,
  type Resident,
  startClass,
} from "./predict-memory.ts";
export { chooseBest, type Tuned, type TuneOptions, tune, workerSplits } from "./tune.ts";
export {
  BATCH_TOKENS_CHOICE_MIN,
  PROFILE_BYTES_MAX,
  type ProfileSubject,
  parseProfile,
  printProfile,
  profileMismatch,
  type TuneChoice,
  type TuneFigures,
  type TuneProfile,
} from "./tune-profile.ts";
export { readWeightFacts, type WeightFacts, weightFacts } from "./weight-facts.ts";
export { mixedTexts, textsOfTokens } from "./workload.ts";
