// Asks the server this page came from. Nothing else is ever asked.
import { countOf } from "./lines.ts";

export type Question = { readonly path: string; readonly body: unknown };

export type Answer =
  | { readonly ok: true; readonly value: unknown; readonly note: string }
  | { readonly ok: false; readonly status: number; readonly message: string };

/** The server, and the key it is asked with. */
export class Server {
  /** Kept here only: it is gone with the page. */
  key = "";

  /** Addresses are relative to the page, which may be served below a path. */
  get(path: string): Promise<Answer> {
    return this.#ask(path, { headers: this.#headers({ accept: "application/json" }) });
  }

  post({ path, body }: Question, signal: AbortSignal): Promise<Answer> {
    const headers = this.#headers({ "content-type": "application/json" });
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  #headers(headers: Readonly<Record<string, string>>): Record<string, string> {
    return this.key === "" ? headers : { ...headers, authorization: `Bearer ${this.key}` };
  }

  async #ask(path: string, request: RequestInit): Promise<Answer> {
    const startedMs = performance.now();
    try {
      const response = await fetch(path, { ...request, credentials: "same-origin" });
      const value = parse(await response.text());
      if (!response.ok) return refusal(response.status, value);
      return { ok: true, value, note: noteOf(response.headers, performance.now() - startedMs) };
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      return { ok: false, status: 0, message: `No answer from the server: ${reason}` };
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The words of the server, whatever the shape its errors have at this route. */
function refusal(status: number, value: unknown): Answer {
  const { error, message } = (value ?? {}) as { error?: unknown; message?: unknown };
  const nested = (error ?? {}) as { message?: unknown };
  const said = [error, nested.message, message, value].find((part) => typeof part === "string");
  return { ok: false, status, message: `${status}: ${said ?? "the server does not say why"}` };
}

const PART_NAME: Readonly<Record<string, string>> = {
  tok: "tokenising",
  queue: "waiting",
  inference: "model",
};

/** How long it took, as seen from here and as the server says, and whether everything was read. */
function noteOf(headers: Headers, elapsedMs: number): string {
  const parts = (headers.get("server-timing") ?? "").split(",").flatMap((part) => {
    const [, name = "", ms = ""] = /^\s*(\w+);dur=([\d.]+)/.exec(part) ?? [];
    return PART_NAME[name] === undefined ? [] : [`${PART_NAME[name]} ${Number(ms).toFixed(1)} ms`];
  });
  const tokens = Number(headers.get("x-compute-tokens") ?? 0);
  const cut = Number(headers.get("x-truncated-inputs") ?? 0);
  return [
    `Answered in ${elapsedMs.toFixed(0)} ms`,
    parts.length === 0 ? "" : ` (${parts.join(", ")})`,
    tokens === 0 ? "." : `, ${countOf(tokens, "token")}.`,
    cut === 0 ? "" : ` ${countOf(cut, "text")} cut: too long for the model.`,
  ].join("");
}
