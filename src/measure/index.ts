// Door of the module `measure`.
export { type MachineFacts, machineFacts } from "./machine.ts";
export {
  type Fit,
  fitWithin,
  type MemoryPrediction,
  predictMemory,
  type Resident,
  startClass,
} from "./predict-memory.ts";
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
