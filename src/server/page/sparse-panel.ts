// Sparse vectors of texts: how alike lines are, and which pieces of the vocabulary weigh most in each.
import type { Server } from "./ask.ts";
import { foreign, make } from "./element.ts";
import { closestPair, EXAMPLE_LINES, lineFault, promptField, promptOf } from "./embedding-panel.ts";
import { area } from "./field.ts";
import { heatMap } from "./heat-map.ts";
import { countOf, linesOf } from "./lines.ts";
import type { Model } from "./model.ts";
import { type AskMore, makePanel, type Shown } from "./panel.ts";
import { heaviest, range, type SparseWeight, sparseDot } from "./similarity.ts";

/** Of each text. */
const PIECES_SHOWN = 10;

export function sparsePanel(model: Model, server: Server): HTMLElement {
  const texts = area("Texts, one in a line", EXAMPLE_LINES);
  const prompt = promptField(model);
  let asked: string[] = [];
  return makePanel(
    {
      title: "Compare texts",
      note: "Each line becomes weights of the vocabulary; the table shows the dot product of each two.",
      fields: [...texts.content, ...prompt.content],
      actions: [
        {
          name: "Compare",
          question: () => {
            asked = linesOf(texts.input.value);
            const body = { inputs: asked, ...promptOf(prompt) };
            return lineFault(asked) ?? { path: "embed_sparse", body };
          },
          show: (value, askMore) => showSparse(asked, value as SparseWeight[][], askMore),
        },
      ],
    },
    server,
  );
}

async function showSparse(
  texts: readonly string[],
  vectors: readonly SparseWeight[][],
  askMore: AskMore,
): Promise<Shown> {
  const values = vectors.map((left) => vectors.map((right) => sparseDot(left, right)));
  const [from, to] = range(values);
  const caption = "Dot products; warmer is more alike. A text with itself shows its own weight.";
  const map = { caption, rows: texts, columns: texts, values, from, to, isNumbered: true };
  const top = vectors.map((weights) => heaviest(weights, PIECES_SHOWN));
  const names = await namesOf(top.flat(), askMore);
  const lists = texts.flatMap((text, at) => [
    make(
      "p",
      {},
      `${at + 1}. `,
      foreign(text),
      ` (${countOf(vectors[at]?.length ?? 0, "weight")})`,
    ),
    pieceList(top[at] ?? [], names),
  ]);
  return {
    summary: `${countOf(texts.length, "text")} compared.${closestPair(values)}`,
    content: [heatMap(map), make("h3", {}, "Heaviest pieces"), ...lists],
  };
}

/** The pieces of the vocabulary by their numbers, which stay numbers where the server does not say. */
async function namesOf(
  weights: readonly SparseWeight[],
  askMore: AskMore,
): Promise<ReadonlyMap<number, string>> {
  const ids = [...new Set(weights.map(({ index }) => index))];
  if (ids.length === 0) return new Map();
  const body = { ids: ids.map((id) => [id]), skip_special_tokens: false };
  const answer = await askMore({ path: "decode", body });
  const names = answer.ok ? (answer.value as string[]) : [];
  return new Map(ids.map((id, at) => [id, names[at] || String(id)]));
}

function pieceList(
  weights: readonly SparseWeight[],
  names: ReadonlyMap<number, string>,
): HTMLElement {
  const items = weights.map(({ index, value }) =>
    make("li", {}, foreign(names.get(index) ?? String(index)), ` ${value.toFixed(2)}`),
  );
  return make("ul", { class: "pieces" }, ...items);
}
