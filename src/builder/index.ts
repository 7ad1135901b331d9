// Door of the module `builder`.
export { readBaseIdentity } from "./base.ts";
export {
  type BuildEnvironment,
  type BuildOptions,
  type BuildResult,
  buildEncoderfile,
} from "./build.ts";
export { FIELDS, mergeSettings, readSetting, type SettingId, type Settings } from "./config.ts";
export { readConfigFile } from "./config-file.ts";
