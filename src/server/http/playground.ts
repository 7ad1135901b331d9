// The page at / that shows the model and lets people try it: who gets it, and what it may do.
import { type PageAsset, pageAsset } from "./page-asset.ts";
import { pagePolicy } from "./page-policy.ts";
import { ok, type Reply } from "./reply.ts";

/** Whether who asks would rather have a page than JSON: browsers name text/html, programs do not. */
export function wantsPage(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "";
  const html = qualityOf("text/html", accept);
  return html > 0 && html >= qualityOf("application/json", accept);
}

/** The weight the header gives to exactly this type; 0 where it is not named. */
function qualityOf(type: string, accept: string): number {
  for (const range of accept.split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}

/** Made when it is first asked for; it is the same for every model. */
let page: Promise<Reply> | undefined;

/** The page, which knows nothing of the model: it asks, with the key a person gives it. */
export function playgroundReply(): Promise<Reply> {
  page ??= pageAsset().then(makePage);
  return page;
}

function makePage({ html, style, script }: PageAsset): Reply {
  // Functions, as "$&" in a replacement would mean something.
  const text = html
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace("<script></script>", () => `<script>${script}</script>`);
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": pagePolicy({ style, script, isTyped: true }),
    vary: "accept",
  };
  return { ...ok(new TextEncoder().encode(text)), headers };
}
