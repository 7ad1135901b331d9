// A form that asks the server something, and the place where its answer is shown.
import type { Answer, Question, Server } from "./ask.ts";
import { curlCommand } from "./curl.ts";
import { type Content, make } from "./element.ts";

/** What a person gets to see of an answer. */
export type Shown = {
  /** One sentence, which screen readers say at once. */
  readonly summary: string;
  readonly content: readonly Content[];
};

/** Asks the server something more, which the answer needs to be shown. */
export type AskMore = (question: Question) => Promise<Answer>;

export type Action = {
  readonly name: string;
  /** What is to be asked; a sentence where the fields have nothing to ask. */
  readonly question: () => Question | string;
  readonly show: (value: unknown, askMore: AskMore) => Shown | Promise<Shown>;
};

export type Panel = {
  readonly title: string;
  readonly note: string;
  readonly fields: readonly Content[];
  readonly actions: readonly Action[];
};

export function makePanel({ title, note, fields, actions }: Panel, server: Server): HTMLElement {
  const result = new Result(server);
  const buttons = actions.map(({ name }, index) =>
    make("button", { type: "submit", ...(index === 0 ? { class: "main" } : {}) }, name),
  );
  const form = make("form", {}, ...fields, make("div", { class: "buttons" }, ...buttons));
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const index = Math.max(0, buttons.indexOf(event.submitter as HTMLButtonElement));
    const action = actions[index];
    if (action !== undefined) void result.show(action);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) form.requestSubmit(buttons[0]);
  });
  const heading = make("h2", { id: "panel-heading" }, title);
  const attributes = { "aria-labelledby": heading.id };
  const about = make("p", { class: "quiet" }, note);
  return make("section", attributes, heading, about, form, ...result.content);
}

/** The answer to the last thing that was asked, and how to ask it again. */
class Result {
  readonly content: readonly HTMLElement[];
  readonly #server: Server;
  readonly #status = make("p", { role: "status" });
  readonly #output = make("div", { id: "output" });
  readonly #command = make("pre", { tabindex: "0", role: "group", "aria-label": "Command" });
  readonly #details = make("details", {}, make("summary", {}, "The same with curl"));
  #asked = new AbortController();

  constructor(server: Server) {
    this.#server = server;
    const copy = make("button", { type: "button" }, "Copy");
    const copied = make("span", { role: "status", class: "quiet" });
    copy.addEventListener("click", async () => {
      copied.textContent = await copyOf(this.#command);
    });
    const buttons = make("div", { class: "buttons" }, copy, copied);
    this.#details.append(this.#command, buttons);
    this.#details.hidden = true;
    this.content = [this.#status, this.#output, this.#details];
  }

  async show({ question, show }: Action): Promise<void> {
    // Whoever asks again does not wait for the answer before.
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    const asking = question();
    if (typeof asking === "string") return this.#say(asking, true);
    this.#say("Waiting for the answer ...", false);
    this.#output.setAttribute("aria-busy", "true");
    this.#showCommand(asking);
    const answer = await this.#server.post(asking, asked.signal);
    if (asked.signal.aborted) return;
    if (!answer.ok) return this.#say(answer.message, true);
    const shown = await show(answer.value, (more) => this.#server.post(more, asked.signal));
    if (asked.signal.aborted) return;
    this.#say(`${shown.summary} ${answer.note}`, false);
    this.#output.replaceChildren(...shown.content);
  }

  /** What was shown before is not the answer any more. */
  #say(sentence: string, isBad: boolean): void {
    this.#status.textContent = sentence;
    this.#status.className = isBad ? "bad" : "";
    this.#output.removeAttribute("aria-busy");
    if (isBad) this.#output.replaceChildren();
  }

  #showCommand({ path, body }: Question): void {
    this.#command.textContent = curlCommand({
      url: new URL(path, location.href).href,
      body: JSON.stringify(body),
      withKey: this.#server.key !== "",
    });
    this.#details.hidden = false;
  }
}

/** Copies the text, or selects it where pages may not copy; says which. */
async function copyOf(element: HTMLElement): Promise<string> {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return "Copied.";
  } catch {
    // Pages from other machines need HTTPS for this.
    getSelection()?.selectAllChildren(element);
    return "Selected: press Ctrl+C to copy.";
  }
}
