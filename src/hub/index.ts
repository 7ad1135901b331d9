// Door of the module `hub`.
export { type Checkout, findSnapshot } from "./checkout.ts";
export { ENDPOINT_DEFAULT, type HubEnvironment, readHubEnvironment } from "./environment.ts";
export { findCheckout } from "./find-checkout.ts";
export type { HubFile } from "./listing.ts";
export {
  type HubReference,
  isHubReference,
  parseHubReference,
  printHubReference,
} from "./reference.ts";
export { type FetchOptions, type HubRepository, openHubRepository } from "./repository.ts";
