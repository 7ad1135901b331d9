// Door of the module `telemetry`.
export { disableTelemetry } from "./disable-telemetry.ts";
