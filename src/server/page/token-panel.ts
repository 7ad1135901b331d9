// A vector for each token: which tokens of two texts are alike.
import type { Server } from "./ask.ts";
import { promptField, promptOf } from "./embedding-panel.ts";
import { line } from "./field.ts";
import { heatMap } from "./heat-map.ts";
import type { Model } from "./model.ts";
import { type AskMore, makePanel, type Shown } from "./panel.ts";
import { cosine, meanOfMaxima, range } from "./similarity.ts";

/** Of each text: a table of more is not read by anybody. */
const TOKENS_SHOWN = 32;

type Token = { readonly text: string };

export function tokenPanel(model: Model, server: Server): HTMLElement {
  const first = line("First text", "The cat sleeps on the sofa.");
  const second = line("Second text", "A kitten is napping on the couch.");
  const prompt = promptField(model);
  let body: object = {};
  return makePanel(
    {
      title: "Compare tokens",
      note: "Each token becomes a vector; the table shows the cosine between those of the two texts.",
      fields: [...first.content, ...second.content, ...prompt.content],
      actions: [
        {
          name: "Compare",
          question: () => {
            const inputs = [first.input.value.trim(), second.input.value.trim()];
            if (inputs.includes("")) return "Nothing to compare: type both texts.";
            body = { inputs, ...promptOf(prompt) };
            return { path: "embed_all", body };
          },
          show: (value, askMore) => showTokens(value as number[][][], body, askMore),
        },
      ],
    },
    server,
  );
}

async function showTokens(
  [left = [], right = []]: readonly number[][][],
  body: object,
  askMore: AskMore,
): Promise<Shown> {
  const answer = await askMore({ path: "tokenize", body });
  const [rows = [], columns = []] = answer.ok ? (answer.value as Token[][]) : [];
  const all = left.map((a) => right.map((b) => cosine(a, b)));
  const values = all.slice(0, TOKENS_SHOWN).map((row) => row.slice(0, TOKENS_SHOWN));
  const [from, to] = range(values);
  const isCut = left.length > TOKENS_SHOWN || right.length > TOKENS_SHOWN;
  const rest = isCut ? ` Only the first ${TOKENS_SHOWN} of each text are shown.` : "";
  const map = {
    caption: `Cosines of tokens, first text down, second across; warmer is more alike.${rest}`,
    rows: namesOf(rows, left.length),
    columns: namesOf(columns, right.length),
    ...{ values, from, to },
    isNumbered: false,
  };
  const mean = meanOfMaxima(all).toFixed(3);
  return {
    summary:
      `${left.length} and ${right.length} tokens compared. ` +
      `Mean of each token's best match in the second text: ${mean}.`,
    content: [heatMap(map)],
  };
}

function namesOf(tokens: readonly Token[], count: number): readonly string[] {
  const shown = Math.min(count, TOKENS_SHOWN);
  return Array.from({ length: shown }, (_, at) => tokens[at]?.text || String(at + 1));
}
