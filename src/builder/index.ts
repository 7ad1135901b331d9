// Door of the module `builder`.
export {
  type BuildEnvironment,
  type BuildOptions,
  type BuildResult,
  buildEncoderfile,
} from "./build.ts";
export { FIELDS, type Field, type SettingId } from "./config.ts";
export { readConfigFile } from "./config-file.ts";
export { fetchHubModel, type HubDecision, isOnHub } from "./hub-model.ts";
export { explainNoEncoderfile } from "./no-encoderfile.ts";
export {
  type BuildFaults,
  type MergedSettings,
  mergeSettings,
  type ReadSettings,
  readSetting,
  type Settings,
} from "./settings.ts";
