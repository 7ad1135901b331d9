// Documents in the order of their relevance to a query.
import type { Server } from "./ask.ts";
import { bars } from "./bars.ts";
import { area, line } from "./field.ts";
import { countOf, linesOf } from "./lines.ts";
import { makePanel, type Shown } from "./panel.ts";

const EXAMPLE = [
  "Bananas are rich in potassium.",
  "The train to the coast leaves at noon.",
  "The kitten sleeps on the couch all day.",
  "Interest rates were raised by the bank.",
].join("\n");

type Ranked = { readonly index: number; readonly score: number };

export function rankingPanel(server: Server): HTMLElement {
  const query = line("Query", "Where does the cat sleep?");
  const documents = area("Documents, one in a line", EXAMPLE);
  let asked: string[] = [];
  return makePanel(
    {
      title: "Rank documents",
      note: "The documents, the most relevant to the query first.",
      fields: [...query.content, ...documents.content],
      actions: [
        {
          name: "Rank",
          question: () => {
            asked = linesOf(documents.input.value);
            const text = query.input.value.trim();
            if (text === "" || asked.length === 0) return "Type a query and some documents.";
            return { path: "rerank", body: { query: text, texts: asked } };
          },
          show: (value) => showRanking(asked, value as Ranked[]),
        },
      ],
    },
    server,
  );
}

function showRanking(documents: readonly string[], ranking: readonly Ranked[]): Shown {
  const items = ranking.map(({ index, score }) => ({ name: documents[index] ?? "", score }));
  return {
    summary: `${countOf(items.length, "document")} ranked.`,
    content: [bars("ol", items)],
  };
}
