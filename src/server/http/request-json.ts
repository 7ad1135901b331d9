// A request's JSON body: content type, bytes, value. What the value means is the contract's business.
import { CodedError } from "../../error/index.ts";
import { readBody } from "./body.ts";
import { parseJson } from "./json.ts";
import type { Service } from "./route.ts";
import { inSlices } from "./slices.ts";

/** Media types that carry JSON: "application/json", and "application/vnd.api+json" and the like. */
const JSON_MEDIA_TYPE = /^application\/(?:[\w.-]+\+)?json$/i;
/** Reading and understanding such a body takes some hundredths of a second each. */
const LARGE_BODY_BYTES = 2 ** 20;

const UTF8_CHARSET = /^(?:utf-?8|us-ascii)$/i;

/** Throws `SERVER_UNSUPPORTED_MEDIA_TYPE`, and what reading and parsing throw. */
export async function readJson(
  request: Request,
  service: Pick<Service, "limits" | "lifecycle" | "scope">,
): Promise<unknown> {
  checkContentType(request.headers.get("content-type"));
  const value = await inSlices(parseJson(await readRequestBody(request, service), service.limits));
  const { bodyBytes } = service.scope;
  // What follows holds the value against a schema, in one go.
  if (bodyBytes >= LARGE_BODY_BYTES) await new Promise((resolve) => setImmediate(resolve));
  return value;
}

/** The bytes of a body of any type, counted against what the server takes on. Throws what `readBody` throws. */
export async function readRequestBody(
  request: Request,
  { limits, lifecycle, scope }: Pick<Service, "limits" | "lifecycle" | "scope">,
): Promise<Uint8Array> {
  checkContentEncoding(request.headers.get("content-encoding"));
  const { admitted } = scope;
  const bytes = await readBody(request, limits, { stopping: lifecycle.undelivered, admitted });
  scope.bodyBytes = bytes.byteLength;
  return bytes;
}

/** A packed body could unpack to a thousand times its size: none is taken. */
function checkContentEncoding(header: string | null): void {
  const encoding = (header ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return;
  throw new CodedError(
    "SERVER_UNSUPPORTED_MEDIA_TYPE",
    `Cannot read the body as it must not be encoded: found ${JSON.stringify(encoding.slice(0, 100))}: ` +
      "leave out Content-Encoding",
  );
}

function checkContentType(header: string | null): void {
  const [mediaType = "", ...parameters] = (header ?? "").split(";").map((part) => part.trim());
  const charset = parameters
    .find((parameter) => /^charset=/i.test(parameter))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (JSON_MEDIA_TYPE.test(mediaType) && UTF8_CHARSET.test(charset ?? "utf-8")) return;
  const found = header === null ? "none" : JSON.stringify(header.slice(0, 100));
  throw new CodedError(
    "SERVER_UNSUPPORTED_MEDIA_TYPE",
    `Cannot read the body as its content type must be application/json in UTF-8: found ${found}: ` +
      "send it (curl: -H 'content-type: application/json')",
  );
}
