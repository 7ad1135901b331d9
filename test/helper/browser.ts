// A page in headless Chromium that is watched: whatever it complains of and whomever it asks is kept.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { ROOT } from "./source-tree.ts";

/** Where Debian and others have it; undefined where there is none. */
export const CHROMIUM: string | undefined =
  Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome") ?? undefined;

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    // Containers give shared memory by the teaspoon.
    args: ["--disable-dev-shm-usage"],
  });
}

/** Nothing on these pages takes this long; a test that waits for what never comes fails by itself. */
const WAIT_MS = 15_000;

/** What a browser says of every answer that is no success, whether the page handles it or not. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;

export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  /** Errors, warnings and violations of the policy, as the browser words them. */
  readonly complaints: string[] = [];
  /** Addresses beyond the page's own server. */
  readonly strangers: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      if (!REFUSED.test(message.text())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== "data:") this.strangers.push(request.url());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<WatchedPage> {
    const context = await browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
    context.setDefaultTimeout(WAIT_MS);
    const watched = new WatchedPage(await context.newPage(), new URL(url).origin);
    await watched.page.goto(url);
    return watched;
  }

  /** What axe-core finds wrong for people who do not see, or cannot use a mouse. */
  async accessibilityFaults(): Promise<readonly string[]> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate("axe.run()");
    const { violations } = found as AxeResults;
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    );
  }

  /** Writes what is seen to dist/screenshot, for people to look at. */
  async screenshot(name: string): Promise<void> {
    const folder = join(ROOT, "dist", "screenshot");
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}
