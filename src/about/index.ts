// Door of the module `about`.
export { BASE_MARKER, type BaseIdentity, baseIdentity, baseStamp, VERSION } from "./identity.ts";
export { programLicences } from "./licences.ts";
