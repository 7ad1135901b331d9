// The page at / of compiled executables in headless Chromium: it works for every task, by keyboard, for who does not
// see it, with keys, with hostile names, and asks nobody but its server.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { cachedDemoModels } from "../../scripts/demo-model/make-demo-models.ts";
import { makeFixture } from "../../scripts/fixture/make-model.ts";
import { CHROMIUM, launchChromium, WatchedPage } from "../helper/browser.ts";
import { createTempDir } from "../helper/temp-dir.ts";
import { buildFile, post, type RunningServer, startServer } from "./executable.ts";

const HOSTILE_NAME = `<img src=x onerror="document.title='taken'">`;
const HOSTILE_LABEL = "<b onclick=alert(1)>&amp;</b>";

const folder = createTempDir();
afterAll(() => folder[Symbol.dispose]());
const servers = new Map<string, RunningServer>();
let browser: Browser;

const SUBJECTS = {
  sentences: ["--prompt", "query=a question: "],
  sentiment: [],
  entities: [],
  reranker: [],
  sparse: ["--task", "sparse_embedding"],
  tokens: ["--task", "embedding"],
  entailment: ["--labels", "contradiction,neutral,entailment"],
  hostile: ["--name", HOSTILE_NAME, "--labels", `a,b,${HOSTILE_LABEL}`],
} as const;
type Subject = keyof typeof SUBJECTS;

async function modelOf(subject: Subject): Promise<string> {
  const demo = await cachedDemoModels();
  switch (subject) {
    case "sparse":
      return makeFixture({ head: "masked-lm" });
    case "tokens":
      return makeFixture({ head: "embedding" });
    case "entailment":
    case "hostile":
      return makeFixture({ head: "sequence-classification" });
    default:
      return demo[subject];
  }
}

async function fileOf(subject: Subject): Promise<string> {
  return buildFile(folder.join(subject), await modelOf(subject), ...SUBJECTS[subject]);
}

async function open(subject: Subject, options = {}): Promise<WatchedPage> {
  const watched = await WatchedPage.open(browser, `${servers.get(subject)?.url}/`, options);
  await watched.page.locator("#panel button").first().waitFor();
  return watched;
}

/** The sentence screen readers hear once there is an answer. */
async function heard({ page }: WatchedPage): Promise<string> {
  const status = page.locator("#panel [role=status]").first();
  await status.filter({ hasText: /^(?!Waiting)\S/ }).waitFor();
  return (await status.textContent()) ?? "";
}

async function clickAndHear(watched: WatchedPage, button: string): Promise<string> {
  await watched.page.getByRole("button", { name: button, exact: true }).click();
  return heard(watched);
}

function expectQuiet({ complaints, strangers }: WatchedPage): void {
  expect([complaints, strangers]).toEqual([[], []]);
}

describe.skipIf(CHROMIUM === undefined)("the page at / (needs chromium)", () => {
  beforeAll(async () => {
    browser = await launchChromium();
    for (const subject of Object.keys(SUBJECTS) as Subject[]) {
      servers.set(subject, await startServer(await fileOf(subject)));
    }
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
  });

  describe.each<[Subject, string, RegExp]>([
    ["sentences", "Compare", /^4 texts compared\. Closest: 1 and 2, 0\.\d\d\. Answered in \d+ ms/],
    ["sentiment", "Classify", /^Highest: positive, 0\.\d+\. Answered in/],
    ["entities", "Find", /^6 entities found\. Answered in/],
    ["reranker", "Rank", /^4 documents ranked\. Answered in/],
    ["sparse", "Compare", /^4 texts compared\. Closest: /],
    ["tokens", "Compare", /^\d+ and \d+ tokens compared\. Mean .*: -?\d\.\d{3}\. Answered/],
    ["entailment", "Try these labels", /^Highest: (joy|anger|boredom), 0\.\d+\./],
  ])("of %s", (subject, button, sentence) => {
    test.each(["light", "dark"] as const)("answers, and is accessible in %s", async (scheme) => {
      await using watched = await open(subject, { colorScheme: scheme });
      expect(await clickAndHear(watched, button)).toMatch(sentence);
      expect(await watched.accessibilityFaults()).toEqual([]);
      expectQuiet(watched);
      await watched.screenshot(`${subject}-${scheme}`);
    });

    test("fits a small screen", async () => {
      await using watched = await open(subject, { viewport: { width: 340, height: 700 } });
      await clickAndHear(watched, button);
      const width = await watched.page.evaluate("document.documentElement.scrollWidth");
      expect(Number(width)).toBeLessThanOrEqual(340);
      await watched.screenshot(`${subject}-small`);
    });
  });

  test("a heat map is a table with numbers, which are those of /similarity", async () => {
    await using watched = await open("sentences");
    await watched.page
      .getByLabel("Texts, one in a line")
      .fill("  one cat \n\nbig dogs\r\na house\n");
    await clickAndHear(watched, "Compare");
    const table = watched.page.getByRole("table");
    expect(await table.getByRole("rowheader").allInnerTexts()).toEqual([
      "1. one cat",
      "2. big dogs",
      "3. a house",
    ]);
    expect(await table.getByRole("columnheader").allTextContents()).toEqual([
      ...["Text", "1. one cat", "2. big dogs", "3. a house"],
    ]);
    const inputs = { source_sentence: "one cat", sentences: ["one cat", "big dogs", "a house"] };
    const { body } = await post(`${servers.get("sentences")?.url}/similarity`, { inputs });
    const cells = await table.getByRole("cell").allInnerTexts();
    expect(cells.slice(0, 3)).toEqual((body as number[]).map((value) => value.toFixed(2)));
  });

  test("prompts and dimensions are asked for as they are chosen", async () => {
    await using watched = await open("sentences");
    await watched.page.getByLabel("Prompt before each text").selectOption({ label: "query" });
    await watched.page.getByLabel(/^Dimensions/).fill("8");
    await clickAndHear(watched, "Compare");
    expect(await watched.page.locator("caption").textContent()).toContain("8 dimensions");
    await watched.page.getByText("The same with curl").click();
    const command = await watched.page.getByLabel("Command").textContent();
    expect(command).toContain(`"dimensions":8,"prompt_name":"query"`);
  });

  test("entities stand where they are, whatever comes before them", async () => {
    await using watched = await open("entities");
    const filler = "The weather was fine and they went on and on. ".repeat(60);
    const text = `🎉 é 𝒳\n${filler}Then Charles Babbage came to London. 👩‍🚀`;
    await watched.page.getByLabel("Text", { exact: true }).fill(text);
    expect(await clickAndHear(watched, "Find")).not.toContain("cut");
    const marked = await watched.page.locator("mark > .foreign").allTextContents();
    expect(marked).toEqual(["Charles Babbage", "London"]);
    const shown = await watched.page.locator(".marked").textContent();
    expect(shown?.replaceAll(/(?<=Babbage|London)(PER|LOC)/g, "")).toBe(text);

    expect(await clickAndHear(watched, "Redact")).toStartWith("2 entities replaced.");
    const redacted = (await watched.page.locator(".marked").textContent()) ?? "";
    expect(redacted).not.toMatch(/Charles|Babbage|London/);
    const replaced = await watched.page.locator("mark > .foreign").allTextContents();
    expect(replaced.every((words) => /^\[.*\]$|^<.*>$/.test(words))).toBe(true);
    await watched.screenshot("redact");
  });

  test("texts too long for the model are told of", async () => {
    await using watched = await open("sentiment");
    await watched.page.getByLabel("Text", { exact: true }).fill("a very good film ".repeat(400));
    expect(await clickAndHear(watched, "Classify")).toContain(
      "1 text cut: too long for the model.",
    );
  });

  test("refusals are shown in the words of the server", async () => {
    await using watched = await open("sentences");
    await watched.page.getByLabel(/^Dimensions/).fill("9999");
    const said = await clickAndHear(watched, "Compare");
    const url = `${servers.get("sentences")?.url}/embed`;
    const { status, body } = await post(url, { inputs: ["a"], dimensions: 9999 });
    expect(said).toBe(`${status}: ${(body as { error: string }).error}`);
    expect(await watched.page.getByRole("table").count()).toBe(0);
    expect(await watched.accessibilityFaults()).toEqual([]);
  });

  test("fields without anything in them ask nothing", async () => {
    await using watched = await open("sentences");
    await watched.page.getByLabel("Texts, one in a line").fill(" \n ");
    expect(await clickAndHear(watched, "Compare")).toStartWith("Nothing to compare");
  });

  test.skipIf(Bun.which("curl") === null)("the command asks a shell for the same", async () => {
    await using watched = await open("sentiment");
    const text = `It's "so" \\good\\ $HOME \`id\` !! 'twas & <b>\nsecond line`;
    await watched.page.getByLabel("Text", { exact: true }).fill(text);
    await clickAndHear(watched, "Classify");
    await watched.page.getByText("The same with curl").click();
    const command = await watched.page.getByLabel("Command").textContent();
    const child = Bun.spawn(["sh", "-c", command ?? ""], { stdout: "pipe", stderr: "ignore" });
    const { body } = await post(`${servers.get("sentiment")?.url}/classify`, { inputs: text });
    expect(await new Response(child.stdout).json()).toEqual(body);
  });

  test("the command is copied, or selected where pages may not copy", async () => {
    await using watched = await open("reranker", { permissions: ["clipboard-write"] });
    const { page } = watched;
    await clickAndHear(watched, "Rank");
    await page.getByText("The same with curl").click();
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied.").waitFor();
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(Error('no'))");
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Selected: press Ctrl+C to copy.").waitFor();
    const command = await page.getByLabel("Command").textContent();
    expect(command).toStartWith("curl ");
    expect(await page.evaluate("String(getSelection())")).toBe(command);
    expectQuiet(watched);
  });

  test("a server that has gone is told of", async () => {
    const file = await fileOf("reranker");
    await using server = await startServer(file);
    await using watched = await WatchedPage.open(browser, `${server.url}/`);
    await watched.page.locator("#panel button").first().waitFor();
    server.kill("SIGKILL");
    await server.exited;
    expect(await clickAndHear(watched, "Rank")).toStartWith("No answer from the server: ");
  });

  test("the page at /docs asks nobody else, and is accessible", async () => {
    await using watched = await WatchedPage.open(browser, `${servers.get("reranker")?.url}/docs`);
    await watched.page.locator("details").first().waitFor();
    expect(await watched.accessibilityFaults()).toEqual([]);
    expectQuiet(watched);
    await watched.screenshot("docs");
  });

  test("everything can be done without a mouse", async () => {
    await using watched = await open("entities");
    const { page } = watched;
    const order: string[] = [];
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
      expect(outline).toBe("solid");
      const name =
        "document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent";
      order.push(String(await page.evaluate(name)));
    }
    expect(order).toEqual(["Text", "How tokens become entities", "Find", "Redact"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    expect(await heard(watched)).toContain("6 entities found");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("Anna Schmidt from Berlin met Peter Miller.");
    await page.keyboard.press("Control+Enter");
    await page.locator("#panel [role=status]", { hasText: "3 entities found" }).first().waitFor();
    expectQuiet(watched);
  });

  test("names and labels of a model are text, whatever they look like", async () => {
    await using watched = await open("hostile");
    const { page } = watched;
    await clickAndHear(watched, "Classify");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(HOSTILE_NAME);
    expect(await page.title()).toBe(HOSTILE_NAME);
    expect(await page.locator("li .foreign").allInnerTexts()).toContain(HOSTILE_LABEL);
    expect(await page.locator("img, b, body script:not(:last-child)").count()).toBe(0);
    expectQuiet(watched);
    await watched.screenshot("hostile");
  });

  test("what the browser is told lets no markup become a script", async () => {
    await using watched = await open("hostile");
    for (const attack of [
      "document.body.innerHTML = '<img src=x onerror=alert(1)>'",
      "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
      "new Image().src = 'http://127.0.0.1:9/'",
      "fetch('http://127.0.0.1:9/')",
    ]) {
      const before = watched.complaints.length;
      await watched.page
        .evaluate(`(() => { try { ${attack} } catch {} })()`)
        .catch(() => undefined);
      await watched.page.evaluate("new Promise((resolve) => setTimeout(resolve))");
      expect([attack, watched.complaints.length > before]).toEqual([attack, true]);
    }
  });

  test("a server with keys is tried with one, which is kept nowhere", async () => {
    const env = { ENCODERFILE_API_KEYS: "key-of-a-person" };
    const file = await fileOf("sentiment");
    await using server = await startServer(file, ["serve", "--port", "0"], { env });
    await using watched = await WatchedPage.open(browser, `${server.url}/`);
    const { page } = watched;
    const field = page.getByLabel(/^API key/);
    await field.waitFor();
    expect(await page.locator("#about").textContent()).toStartWith("401: ");
    expect(await watched.accessibilityFaults()).toEqual([]);
    await watched.screenshot("key");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.locator("#about", { hasText: "one that is not known" }).waitFor();
    await field.fill("key-of-a-person");
    await page.keyboard.press("Enter");
    await page.locator("#panel button").first().waitFor();
    expect(await clickAndHear(watched, "Classify")).toContain("Highest");
    await page.getByText("The same with curl").click();
    const command = await page.getByLabel("Command").textContent();
    expect(command).toContain('"authorization: Bearer $API_KEY"');
    expect(await page.content()).not.toContain("key-of-a-person");
    const kept = "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])";
    expect(await page.evaluate(kept)).not.toContain("key-of-a-person");
    expectQuiet(watched);
  });

  test("says what the model is", async () => {
    await using watched = await open("sentences");
    const facts = await watched.page.locator("#facts dl").first().textContent();
    const { url } = servers.get("sentences") ?? { url: "" };
    const model = (await (await fetch(`${url}/model`)).json()) as { model_digest: string };
    expect(facts).toContain(model.model_digest);
    for (const words of ["sentence embedding", "Licence", "Dimensions", "query", "encoderfile"]) {
      expect(facts).toContain(words);
    }
    const tree = await watched.page.locator("body").ariaSnapshot();
    expect(tree).toContain('button "Compare"');
    expect(tree).toContain('region "Compare texts"');
  });
});
