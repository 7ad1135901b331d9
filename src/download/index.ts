// Door of the module `download`.
export { downloadFile } from "./download-file.ts";
export { fetchJson, fetchText } from "./fetch-text.ts";
export { POLICY, type Policy } from "./policy.ts";
export type {
  Downloaded,
  DownloadOptions,
  Hop,
  JsonAnswer,
  RequestOptions,
  TextAnswer,
  TextOptions,
} from "./request.ts";
export { parseUrl, shownUrl } from "./url.ts";
